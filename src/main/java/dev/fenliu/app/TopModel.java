package dev.fenliu.app;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What {@code fenliu top} shows, as the API tells it: the state of things once, and events from then on. */
final class TopModel {
    /** A name and what goes on there, in bytes a second. */
    record Rate(String name, long up, long down) {
        long both() {
            return up + down;
        }
    }

    /** A flow, its bytes as last told, and what they were a second before. */
    static final class Running {
        private JsonObject json;
        private long up;
        private long down;
        private long upBefore;
        private long downBefore;
        private long upRate;
        private long downRate;

        private Running(JsonObject json) {
            this.json = json;
            told(json);
            upBefore = up;
            downBefore = down;
        }

        private void told(JsonObject flow) {
            json = flow;
            up = flow.get("up").getAsLong();
            down = flow.get("down").getAsLong();
        }

        private void tick(double seconds) {
            upRate = Math.max(0, Math.round((up - upBefore) / seconds));
            downRate = Math.max(0, Math.round((down - downBefore) / seconds));
            upBefore = up;
            downBefore = down;
        }

        long rate() {
            return upRate + downRate;
        }

        long upRate() {
            return upRate;
        }

        long downRate() {
            return downRate;
        }

        String host() {
            return text(json, "host");
        }

        /** Where it goes. */
        String target() {
            return host() + ":" + text(json, "port") + (text(json, "network").equals("udp") ? " udp" : "");
        }

        /** Who it is of. */
        String device() {
            String name = text(json, "device");
            return name.isEmpty() ? text(json, "source") : name;
        }

        String path() {
            List<String> path = new ArrayList<>();
            json.getAsJsonArray("path").forEach(one -> path.add(one.getAsString()));
            return String.join("/", path);
        }
    }

    private final Map<Long, Running> flows = new HashMap<>();
    private JsonObject status = new JsonObject();
    private JsonObject totals = new JsonObject();

    /** The answer of {@code /api/v1/status}. */
    void status(JsonObject told) {
        status = told;
    }

    /** A page of {@code /api/v1/flows}. */
    void flows(JsonObject page) {
        page.getAsJsonArray("items").forEach(flow -> put(flow.getAsJsonObject()));
    }

    /** An event of {@code /api/v1/events}. @return whether it is time to draw */
    boolean event(JsonObject event) {
        switch (text(event, "topic")) {
            case "flows" -> {
                list(event, "opened").forEach(flow -> put(flow.getAsJsonObject()));
                list(event, "updated").forEach(flow -> put(flow.getAsJsonObject()));
                list(event, "changed").forEach(one -> changed(one.getAsJsonArray()));
                list(event, "closed")
                        .forEach(one ->
                                flows.remove(one.getAsJsonObject().get("id").getAsLong()));
                return false;
            }
            case "totals" -> {
                double seconds = seconds(text(totals, "time"), text(event, "time"));
                flows.values().forEach(flow -> flow.tick(seconds));
                totals = event;
                return true;
            }
            default -> {
                return false;
            }
        }
    }

    private void put(JsonObject flow) {
        flows.computeIfAbsent(flow.get("id").getAsLong(), any -> new Running(flow))
                .told(flow);
    }

    private void changed(JsonArray change) {
        Running flow = flows.get(change.get(0).getAsLong());
        if (flow != null) {
            flow.up = change.get(1).getAsLong();
            flow.down = change.get(2).getAsLong();
        }
    }

    private static double seconds(String from, String to) {
        if (from.isEmpty() || to.isEmpty()) {
            return 1;
        }
        return Math.max(
                0.1, Duration.between(Instant.parse(from), Instant.parse(to)).toMillis() / 1000.0);
    }

    JsonObject status() {
        return status;
    }

    JsonObject totals() {
        return totals;
    }

    /** How many flows there are. */
    int running() {
        return flows.size();
    }

    /** The busiest first. */
    List<Running> busiest() {
        return flows.values().stream()
                .filter(flow -> flow.rate() > 0)
                .sorted(Comparator.comparingLong(Running::rate).reversed().thenComparing(Running::target))
                .toList();
    }

    /** The same, put together by what {@code name} says of each. */
    List<Rate> busiest(Function<Running, String> name) {
        Map<String, Rate> rates = new LinkedHashMap<>();
        flows.values()
                .forEach(flow -> rates.merge(
                        name.apply(flow),
                        new Rate(name.apply(flow), flow.upRate, flow.downRate),
                        (one, other) -> new Rate(one.name, one.up + other.up, one.down + other.down)));
        return rates.values().stream()
                .filter(rate -> rate.both() > 0)
                .sorted(Comparator.comparingLong(Rate::both).reversed().thenComparing(Rate::name))
                .toList();
    }

    /** What goes through an outbound, in bytes a second. */
    Rate outbound(String name) {
        JsonElement rates = totals.get("outbounds") instanceof JsonObject outbounds ? outbounds.get(name) : null;
        return rates instanceof JsonArray pair
                ? new Rate(name, pair.get(0).getAsLong(), pair.get(1).getAsLong())
                : new Rate(name, 0, 0);
    }

    static JsonArray list(JsonObject object, String key) {
        return object.get(key) instanceof JsonArray array ? array : new JsonArray();
    }

    /** Empty for what is not there, or null. */
    static String text(JsonObject object, String key) {
        JsonElement value = object.get(key);
        return value == null || !value.isJsonPrimitive() ? "" : value.getAsString();
    }

    static long number(JsonObject object, String key) {
        String text = text(object, key);
        return text.isEmpty() ? 0 : new java.math.BigDecimal(text).longValue();
    }
}
