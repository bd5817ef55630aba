package dev.fenliu.app;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.fenliu.engine.Kept;
import dev.fenliu.engine.ListDiff;
import dev.fenliu.engine.Status;
import dev.fenliu.engine.Updates;
import dev.fenliu.model.Reason;
import dev.fenliu.subscribe.Quota;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fenliu status}: how the running program stands. */
@Command(
        name = "status",
        description = "Say how the running program stands: listeners, tunnels, devices, warnings.",
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    private static final int MAX_NAMES = 12;

    @Mixin
    private final ApiClient api = new ApiClient();

    @Option(names = "--json", description = "One JSON object.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        JsonObject status = api.get("/api/v1/status");
        status.add("rule-sets", api.get("/api/v1/rule-sets?limit=1000").get("items"));
        System.out.println(json ? status.toString() : text(status));
        return ExitCode.OK;
    }

    static String text(JsonObject status) {
        Lines out = new Lines("fenliu " + status.get("version").getAsString() + ", up "
                + duration(status.get("uptime").getAsLong()) + ", generation "
                + status.get("generation").getAsLong());
        out.add(
                "config",
                status.get("config").isJsonPrimitive() ? status.get("config").getAsString() : "built-in defaults");
        for (JsonObject listener : objects(status, "listeners")) {
            out.add(
                    "listener",
                    listener.get("address").getAsString() + " ("
                            + listener.get("name").getAsString() + ")");
        }
        List<JsonObject> outbounds = objects(status, "outbounds");
        for (JsonObject outbound : outbounds) {
            if (outbound.has("subscription") && outbounds.size() > MAX_NAMES) {
                continue; // of thousands nobody reads
            }
            String via = outbound.get("via").isJsonPrimitive()
                    ? " via " + outbound.get("via").getAsString()
                    : "";
            out.add("outbound", named(outbound, via) + vitals(outbound));
        }
        for (JsonObject group : objects(status, "groups")) {
            List<String> members = new ArrayList<>();
            group.getAsJsonArray("members").forEach(member -> members.add(member.getAsString()));
            out.add("group", named(group, "") + ": " + (members.isEmpty() ? "no member" : some(members)));
            JsonObject faults = group.has("faults") ? group.getAsJsonObject("faults") : new JsonObject();
            faults.keySet().stream()
                    .limit(MAX_NAMES)
                    .forEach(name ->
                            out.add("", "  " + name + ": " + faults.get(name).getAsString()));
        }
        for (JsonObject subscription : objects(status, "subscriptions")) {
            out.add("subscription", SubscriptionText.of(subscription(subscription)));
        }
        if (status.get("pause") instanceof JsonObject pause) {
            out.add("pause", pause(pause, Kept.wall().instant()));
        }
        for (JsonObject set : objects(status, "rule-sets")) {
            if (set.get("kind").getAsString().equals("url")) {
                out.add("rule-set", ruleSet(set));
            }
        }
        out.add("flows", status.get("flows").getAsLong() + " open");
        for (JsonObject user : objects(status, "users")) {
            out.add(
                    "user",
                    user.get("name").getAsString() + ", "
                            + count(user.get("flows").getAsLong(), "flow") + ", "
                            + SizeText.of(user.get("month").getAsLong())
                            + given(user, "limit")
                                    .map(limit -> " of " + SizeText.of(Long.parseLong(limit)))
                                    .orElse("") + " this month");
        }
        for (JsonObject device : objects(status, "devices")) {
            out.add("device", device(device));
        }
        for (JsonObject warning : objects(status, "warnings")) {
            String hint = warning.get("hint").isJsonPrimitive()
                    ? "; " + warning.get("hint").getAsString()
                    : "";
            out.add(
                    "warning",
                    warning.get("file").getAsString() + ":"
                            + warning.get("line").getAsInt() + ": "
                            + warning.get("message").getAsString() + hint);
        }
        return out.toString();
    }

    private static String pause(JsonObject pause, Instant now) {
        String to = pause.get("to").getAsString();
        String way = to.equals("direct") ? "goes direct" : to.equals("block") ? "is blocked" : "goes through " + to;
        return "everything " + way + " for another " + left(pause, now) + "; to end it: fenliu rule rm "
                + pause.getAsJsonObject("rule").get("index").getAsInt();
    }

    /** How long something lasts that has an {@code until}. */
    static String left(JsonObject timed, Instant now) {
        Duration left = Duration.between(now, Instant.parse(timed.get("until").getAsString()));
        return duration(Math.max(0, left.toSeconds()));
    }

    private static String ruleSet(JsonObject set) {
        StringBuilder line = new StringBuilder(set.get("name").getAsString());
        line.append(" (").append(set.get("source").getAsString()).append("): ");
        line.append(given(set, "entries").map(entries -> entries + " entries").orElse("no copy yet"));
        given(set, "updated")
                .map(Instant::parse)
                .ifPresent(time -> line.append("; updated ").append(time.truncatedTo(ChronoUnit.SECONDS)));
        SubscriptionText.updates(updates(set), line);
        return line.toString();
    }

    static String some(List<String> members) {
        int more = members.size() - MAX_NAMES;
        return more <= 0
                ? String.join(", ", members)
                : String.join(", ", members.subList(0, MAX_NAMES)) + " and " + more + " more";
    }

    private static Status.Subscription subscription(JsonObject one) {
        Quota quota = new Quota(
                given(one, "used").map(Long::parseLong),
                given(one, "total").map(Long::parseLong),
                given(one, "expires").map(Instant::parse));
        return new Status.Subscription(
                one.get("name").getAsString(),
                one.get("source").getAsString(),
                one.get("nodes").getAsInt(),
                one.get("refused").getAsInt(),
                one.getAsJsonArray("notes").asList().stream()
                        .map(JsonElement::getAsString)
                        .toList(),
                given(one, "updated").map(Instant::parse),
                quota,
                updates(one));
    }

    /** What older programs do not tell is nothing. */
    static Updates updates(JsonObject one) {
        return new Updates(
                given(one, "problem").map(text -> new Reason("", text)),
                one.has("held") && one.get("held").getAsBoolean(),
                counts(one.get("change")),
                counts(one.get("waiting")));
    }

    private static Optional<ListDiff.Counts> counts(@Nullable JsonElement counts) {
        return counts instanceof JsonObject object
                ? Optional.of(new ListDiff.Counts(
                        Instant.parse(object.get("time").getAsString()),
                        object.get("added").getAsInt(),
                        object.get("removed").getAsInt()))
                : Optional.empty();
    }

    private static Optional<String> given(JsonObject object, String key) {
        return object.get(key).isJsonPrimitive() ? Optional.of(object.get(key).getAsString()) : Optional.empty();
    }

    private static String vitals(JsonObject outbound) {
        List<String> words = new ArrayList<>();
        boolean down = outbound.get("failure").isJsonPrimitive();
        if (down) {
            words.add((outbound.get("failing").getAsBoolean() ? "down: " : "was down: ")
                    + outbound.get("failure").getAsString());
        }
        if (outbound.get("connect-ms").isJsonPrimitive()) {
            words.add((down ? "" : "alive, ") + "connects in "
                    + outbound.get("connect-ms").getAsLong() + " ms");
        }
        if (outbound.get("answer-ms").isJsonPrimitive()) {
            words.add("first byte in " + outbound.get("answer-ms").getAsLong() + " ms");
        }
        return words.isEmpty() ? "" : ": " + String.join(", ", words);
    }

    private static String device(JsonObject device) {
        List<String> words = new ArrayList<>();
        for (String key : List.of("name", "mac")) {
            if (device.get(key).isJsonPrimitive()) {
                words.add(device.get(key).getAsString());
            }
        }
        device.getAsJsonArray("addresses").forEach(address -> words.add(address.getAsString()));
        words.add(count(device.get("flows").getAsLong(), "flow"));
        if (device.get("seen").isJsonPrimitive()) {
            words.add("seen " + duration(device.get("seen").getAsLong()) + " ago");
        }
        return String.join(", ", words);
    }

    private static String named(JsonObject way, String more) {
        return way.get("name").getAsString() + " (" + way.get("type").getAsString() + more + ")";
    }

    private static List<JsonObject> objects(JsonObject status, String key) {
        return (status.has(key) ? status.getAsJsonArray(key) : new JsonArray())
                .asList().stream().map(JsonElement::getAsJsonObject).toList();
    }

    static String duration(long seconds) {
        long minutes = seconds / 60;
        return minutes == 0
                ? seconds + " s"
                : minutes < 60
                        ? minutes + " min"
                        : minutes < 24 * 60
                                ? minutes / 60 + " h " + minutes % 60 + " min"
                                : count(minutes / (24 * 60), "day") + " " + minutes / 60 % 24 + " h";
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
