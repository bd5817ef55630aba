package dev.fenliu.control;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.fenliu.control.http.Scope;
import dev.fenliu.engine.Status;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Mac;
import dev.fenliu.model.Reason;
import dev.fenliu.net.Sockets;
import dev.fenliu.route.Rule;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The answer of {@code /api/v1/status}. Times are RFC 3339, durations whole seconds. */
final class StatusJson {
    private StatusJson() {}

    static JsonObject of(Status status, String version, Optional<Scope> scope) {
        JsonObject object = new JsonObject();
        object.addProperty("version", version);
        object.add("scope", text(scope.map(Scope::text)));
        object.addProperty("started", status.started().toString());
        object.addProperty("uptime", status.uptime().toSeconds());
        object.addProperty("generation", status.generation());
        object.add(
                "config",
                text(status.config()
                        .map(file -> file.toAbsolutePath().normalize().toString())));
        object.add("listeners", list(status.listeners(), StatusJson::listener));
        object.add("outbounds", list(status.outbounds(), StatusJson::outbound));
        object.add("groups", list(status.groups(), StatusJson::group));
        object.add("subscriptions", list(status.subscriptions(), StatusJson::subscription));
        object.add("warnings", list(status.warnings(), ProblemJson::of));
        object.add("pause", status.pause().<JsonElement>map(StatusJson::pause).orElse(JsonNull.INSTANCE));
        object.addProperty("flows", status.flows());
        JsonObject totals = new JsonObject();
        totals.addProperty("up", status.traffic().up());
        totals.addProperty("down", status.traffic().down());
        object.add("totals", totals);
        object.add("devices", list(status.devices(), StatusJson::device));
        object.add("users", list(status.users(), StatusJson::user));
        return object;
    }

    private static JsonObject pause(Rule rule) {
        JsonObject object = new JsonObject();
        object.addProperty("to", rule.target());
        object.add("until", text(rule.until().map(Instant::toString)));
        object.add("rule", RuleJson.of(rule.ref()));
        return object;
    }

    /** Bytes of this month, and what it may have. */
    private static JsonObject user(Status.User user) {
        JsonObject object = new JsonObject();
        object.addProperty("name", user.name());
        object.addProperty("flows", user.flows());
        object.addProperty("month", user.month());
        object.add("limit", number(Optional.of(user.limit()).filter(limit -> limit > 0)));
        return object;
    }

    private static JsonObject listener(Status.Listening listener) {
        JsonObject object = new JsonObject();
        object.addProperty("name", listener.name());
        object.addProperty("type", listener.type());
        object.addProperty("address", Sockets.text(listener.address()));
        return object;
    }

    private static JsonObject outbound(Status.Way way) {
        JsonObject object = new JsonObject();
        object.addProperty("name", way.name());
        object.addProperty("type", way.type());
        object.add("via", text(way.via()));
        object.addProperty("failing", way.vitals().ailing());
        object.add("failure", text(way.vitals().failure().map(Reason::text)));
        object.add("failure-code", text(way.vitals().failure().map(Reason::code)));
        object.add("connect-ms", millis(way.vitals().connect()));
        object.add("answer-ms", millis(way.vitals().answer()));
        way.subscription().ifPresent(name -> object.addProperty("subscription", name));
        return object;
    }

    static JsonObject group(Status.Team group) {
        JsonObject object = new JsonObject();
        object.addProperty("name", group.name());
        object.addProperty("type", group.type());
        object.add("members", list(group.members(), JsonPrimitive::new));
        JsonObject faults = new JsonObject();
        JsonObject codes = new JsonObject();
        group.faults().forEach((member, why) -> {
            faults.addProperty(member, why.text());
            codes.addProperty(member, why.code());
        });
        object.add("faults", faults);
        object.add("fault-codes", codes);
        object.add("all", list(group.all(), JsonPrimitive::new));
        object.add("now", text(group.members().stream().findFirst()));
        object.addProperty("selectable", group.type().equals("select"));
        object.add("choice", text(group.choice()));
        return object;
    }

    /** Sizes are in bytes. */
    static JsonObject subscription(Status.Subscription one) {
        JsonObject object = new JsonObject();
        object.addProperty("name", one.name());
        object.addProperty("source", one.source());
        object.addProperty("nodes", one.nodes());
        object.addProperty("refused", one.refused());
        JsonArray notes = new JsonArray();
        one.notes().forEach(notes::add);
        object.add("notes", notes);
        object.add("updated", text(one.updated().map(Instant::toString)));
        object.add("used", number(one.quota().used()));
        object.add("total", number(one.quota().total()));
        object.add("expires", text(one.quota().expires().map(Instant::toString)));
        UpdatesJson.updates(object, one.updates());
        return object;
    }

    private static JsonElement number(Optional<Long> number) {
        return number.<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE);
    }

    private static JsonObject device(Status.Device device) {
        JsonObject object = new JsonObject();
        object.add("name", text(device.name()));
        object.add("mac", text(device.mac().map(Mac::toString)));
        object.add("addresses", list(device.addresses(), address -> new JsonPrimitive(Addresses.text(address))));
        object.add(
                "seen",
                device.seen()
                        .<JsonElement>map(ago -> new JsonPrimitive(ago.toSeconds()))
                        .orElse(JsonNull.INSTANCE));
        object.addProperty("flows", device.flows());
        return object;
    }

    private static JsonElement millis(Optional<Duration> time) {
        return time.<JsonElement>map(known -> new JsonPrimitive(known.toMillis()))
                .orElse(JsonNull.INSTANCE);
    }

    private static <T> JsonArray list(List<T> items, Function<T, JsonElement> one) {
        JsonArray array = new JsonArray();
        items.forEach(item -> array.add(one.apply(item)));
        return array;
    }

    /** Text, or null. */
    static JsonElement text(Optional<String> text) {
        return text.<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE);
    }
}
