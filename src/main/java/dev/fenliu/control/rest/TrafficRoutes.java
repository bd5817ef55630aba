package dev.fenliu.control.rest;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.engine.HistoryOptions;
import dev.fenliu.engine.Proxy;
import dev.fenliu.engine.Status;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Mac;
import dev.fenliu.tally.Amount;
import dev.fenliu.tally.Dimension;
import dev.fenliu.tally.Series;
import dev.fenliu.tally.Tally;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Traffic over time, and today's by device. */
final class TrafficRoutes {
    private static final int MOST_SERIES = 1000;
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private final Proxy proxy;
    private final Tally tally;

    private TrafficRoutes(Proxy proxy, Tally tally) {
        this.proxy = proxy;
        this.tally = tally;
    }

    static List<Route> routes(Proxy proxy, Tally tally) {
        TrafficRoutes traffic = new TrafficRoutes(proxy, tally);
        return List.of(
                Route.work(HttpMethod.GET, "/api/v1/traffic", Scope.READ, traffic::traffic),
                Route.work(HttpMethod.DELETE, "/api/v1/traffic", Scope.ADMIN, call -> traffic.forget()),
                Route.workLater(HttpMethod.GET, "/api/v1/devices", Scope.READ, traffic::devices));
    }

    private Reply traffic(Call call) {
        Dimension by = call.parameter("by")
                .flatMap(Dimension::of)
                .orElseThrow(() -> new BadRequest("by: device, rule, outbound, group, domain or user"));
        Tally.Step step = switch (call.parameter("step").orElse("hour")) {
            case "hour" -> Tally.Step.HOUR;
            case "day" -> Tally.Step.DAY;
            default -> throw new BadRequest("step: hour or day");
        };
        HistoryOptions kept = tally.options();
        if (kept.keep() == HistoryOptions.Keep.OFF) {
            return Reply.refusal(
                    HttpResponseStatus.CONFLICT,
                    "nothing is kept: the config says `history: off`; write memory or disk");
        }
        if (by == Dimension.DOMAIN && !kept.domains()) {
            return Reply.refusal(
                    HttpResponseStatus.CONFLICT,
                    "destinations are not kept: write `history: {domains: true}` into the config");
        }
        Instant to = time(call, "to", tally.now().plus(Duration.ofHours(1)));
        Instant from = time(call, "from", to.minus(step == Tally.Step.DAY ? Duration.ofDays(30) : Duration.ofDays(1)));
        int limit = call.number("limit", 100, 1, MOST_SERIES);
        List<Series> all = tally.traffic(by, step, from, to);
        JsonObject object = new JsonObject();
        object.addProperty("step", step.name().toLowerCase(Locale.ROOT));
        object.addProperty("from", from.toString());
        object.addProperty("to", to.toString());
        object.addProperty("total", all.size());
        object.add("series", Json.list(all.subList(0, Math.min(limit, all.size())), TrafficRoutes::series));
        return Reply.json(object);
    }

    private static Instant time(Call call, String name, Instant absent) {
        String text = call.parameter(name).orElse("");
        try {
            return text.isEmpty() ? absent : Instant.parse(text);
        } catch (DateTimeException e) {
            throw new BadRequest(name + ": a time as RFC 3339 has it, such as " + absent);
        }
    }

    private static JsonObject series(Series one) {
        JsonObject object = new JsonObject();
        object.addProperty("name", one.name());
        object.addProperty("up", one.total().up());
        object.addProperty("down", one.total().down());
        object.addProperty("flows", one.total().flows());
        JsonArray points = new JsonArray();
        one.points().forEach((time, amount) -> {
            JsonArray point = new JsonArray();
            point.add(time.toString());
            point.add(amount.up());
            point.add(amount.down());
            points.add(point);
        });
        object.add("points", points);
        return object;
    }

    private Reply forget() {
        tally.forget();
        return Reply.empty();
    }

    private Future<Reply> devices(Call call) {
        Map<String, Map<String, Amount>> today = tally.today();
        return Reply.when(
                proxy.overview().status(call.loop()),
                call.loop(),
                status -> Reply.json(
                        call.page().of(all(status.devices(), today.keySet()), device -> device(device, today))));
    }

    /** Those that are there, and after them those whose traffic of today is all that is left of them. */
    private List<Status.Device> all(List<Status.Device> present, Set<String> counted) {
        Set<String> gone = new TreeSet<>(counted);
        present.forEach(device -> gone.removeAll(names(device)));
        List<Status.Device> all = new ArrayList<>(present);
        for (String name : gone) {
            InetAddress address = name.equals(tally.device(LOOPBACK)) ? LOOPBACK : Addresses.parse(name);
            if (address != null) {
                all.add(new Status.Device(List.of(address), Optional.empty(), Optional.empty(), Optional.empty(), 0));
            }
        }
        return all;
    }

    /** What its traffic may have been counted by: it has a name from some time on. */
    private Set<String> names(Status.Device device) {
        Set<String> names = new LinkedHashSet<>();
        device.name().ifPresent(names::add);
        device.mac().map(Mac::toString).ifPresent(names::add);
        for (InetAddress address : device.addresses()) {
            names.add(address.isLoopbackAddress() ? tally.device(address) : Addresses.text(address));
        }
        return names;
    }

    private JsonObject device(Status.Device device, Map<String, Map<String, Amount>> today) {
        Amount all = Amount.NONE;
        Map<String, Long> outbounds = new HashMap<>();
        for (String name : names(device)) {
            for (Map.Entry<String, Amount> entry :
                    today.getOrDefault(name, Map.of()).entrySet()) {
                all = all.plus(entry.getValue());
                outbounds.merge(entry.getKey(), entry.getValue().bytes(), Long::sum);
            }
        }
        JsonObject object = new JsonObject();
        object.add("name", Json.text(device.name()));
        object.add("addresses", Json.list(device.addresses(), address -> new JsonPrimitive(Addresses.text(address))));
        object.add("mac", Json.text(device.mac().map(Mac::toString)));
        object.add(
                "seen",
                device.seen()
                        .<JsonElement>map(ago -> new JsonPrimitive(ago.toSeconds()))
                        .orElse(JsonNull.INSTANCE));
        object.addProperty("flows", device.flows());
        object.addProperty("up", all.up());
        object.addProperty("down", all.down());
        JsonObject by = new JsonObject();
        outbounds.forEach(by::addProperty);
        object.add("outbounds", by);
        return object;
    }
}
