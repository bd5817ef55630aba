package dev.fenliu.control.clash;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.engine.Inventory;
import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.History;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Outbounds and groups as dashboards read them. Of one moment. */
final class ProxyJson {
    /** What dashboards take the order of the groups from. No rule can name it, so nothing goes its way. */
    static final String GLOBAL = "GLOBAL";

    private static final int POINTS = 10;

    private final Inventory inventory;
    private final Function<String, List<History.Span>> history;
    private final Map<String, Map<String, Measured.Point>> measured;

    /**
     * Of what is there now.
     *
     * @param history of an outbound, in fine spans
     * @param measured by outbound and page
     */
    ProxyJson(
            Inventory inventory,
            Function<String, List<History.Span>> history,
            Map<String, Map<String, Measured.Point>> measured) {
        this.inventory = inventory;
        this.history = history;
        this.measured = measured;
    }

    /** All of them by name. */
    JsonObject all() {
        JsonObject proxies = new JsonObject();
        proxies.add(GLOBAL, global());
        inventory.groups().forEach(group -> proxies.add(group.name(), group(group)));
        proxies.add("direct", plain("direct"));
        proxies.add("block", plain("block"));
        inventory.outbounds().forEach(outbound -> proxies.add(outbound.name(), single(outbound)));
        return proxies;
    }

    /** One of them; empty if there is none of that name. */
    Optional<JsonObject> one(String name) {
        if (name.equals(GLOBAL)) {
            return Optional.of(global());
        }
        if (name.equals("direct") || name.equals("block")) {
            return Optional.of(plain(name));
        }
        return inventory.groups().stream()
                .filter(group -> group.name().equals(name))
                .findFirst()
                .map(this::group)
                .or(() -> inventory.outbounds().stream()
                        .filter(outbound -> outbound.name().equals(name))
                        .findFirst()
                        .map(this::single));
    }

    /** The nodes of a subscription. */
    JsonArray nodes(String subscription) {
        JsonArray nodes = new JsonArray();
        inventory.outbounds().stream()
                .filter(outbound ->
                        outbound.subscription().filter(subscription::equals).isPresent())
                .forEach(outbound -> nodes.add(single(outbound)));
        return nodes;
    }

    private JsonObject global() {
        List<String> order = new ArrayList<>(
                inventory.groups().stream().map(Inventory.Team::name).toList());
        if (order.isEmpty()) {
            order.add("direct");
        }
        JsonObject object = base(GLOBAL, "Selector", true);
        object.add("all", texts(order));
        object.addProperty("now", order.get(0));
        object.addProperty("hidden", true);
        object.addProperty("alive", true);
        return object;
    }

    private JsonObject group(Inventory.Team group) {
        JsonObject object = base(group.name(), Types.of(group.type()), true);
        object.addProperty("alive", true);
        object.addProperty("hidden", false);
        object.addProperty("icon", "");
        object.add("all", texts(group.members()));
        group.current().ifPresent(now -> object.addProperty("now", now));
        if (!group.type().equals("select")) {
            object.addProperty("fixed", group.pinned().orElse(""));
        }
        Check check = group.check().orElse(Check.DEFAULT);
        object.addProperty("testUrl", check.url().toString());
        object.addProperty("timeout", check.timeout().toMillis());
        object.addProperty(
                "expectedStatus",
                String.join("/", check.expect().stream().map(String::valueOf).toList()));
        return object;
    }

    /** One that needs no config. */
    private JsonObject plain(String name) {
        JsonObject object = base(name, Types.of(name), name.equals("direct"));
        object.addProperty("alive", true);
        object.add("history", array(latest(measured.getOrDefault(name, Map.of()).values())));
        object.add("extra", extra(measured.getOrDefault(name, Map.of()), true));
        return object;
    }

    private JsonObject single(Inventory.Single outbound) {
        boolean alive = !outbound.vitals().ailing();
        Map<String, Measured.Point> pages = pages(outbound);
        List<Measured.Point> points = new ArrayList<>(spans(outbound.name()));
        points.addAll(pages.values());
        if (!alive) {
            points.add(new Measured.Point(inventory.time(), 0));
        }
        JsonObject object = base(outbound.name(), Types.of(outbound.type()), outbound.udp());
        object.addProperty("alive", alive);
        object.add("history", array(latest(points)));
        object.add("extra", extra(pages, alive));
        outbound.via().ifPresent(via -> object.addProperty("dialer-proxy", via));
        outbound.subscription().ifPresent(name -> object.addProperty("provider-name", name));
        return object;
    }

    /** What was found of an outbound by page, by checks and by tests that were asked for. */
    private Map<String, Measured.Point> pages(Inventory.Single outbound) {
        Map<String, Measured.Point> pages = new HashMap<>(measured.getOrDefault(outbound.name(), Map.of()));
        for (Inventory.Checked one : outbound.checked()) {
            Instant time = inventory.time().minus(one.ago());
            pages.merge(
                    one.check().url().toString(),
                    new Measured.Point(time, Measured.millis(one.delay())),
                    (asked, checked) -> asked.time().isAfter(checked.time()) ? asked : checked);
        }
        return pages;
    }

    private List<Measured.Point> spans(String outbound) {
        List<Measured.Point> points = new ArrayList<>();
        for (History.Span span : history.apply(outbound)) {
            Optional<Duration> delay = span.answer().or(span::connect);
            boolean failed = span.attempts() > 0 && span.failures() >= span.attempts();
            if (delay.isPresent() || failed) {
                points.add(new Measured.Point(
                        span.start(), failed ? 0 : delay.map(Measured::millis).orElse(0)));
            }
        }
        return points;
    }

    private static List<Measured.Point> latest(Collection<Measured.Point> points) {
        List<Measured.Point> sorted = points.stream()
                .sorted(Comparator.comparing(Measured.Point::time))
                .toList();
        return sorted.subList(Math.max(0, sorted.size() - POINTS), sorted.size());
    }

    private static JsonObject extra(Map<String, Measured.Point> pages, boolean alive) {
        JsonObject extra = new JsonObject();
        pages.forEach((url, point) -> {
            JsonObject page = new JsonObject();
            page.addProperty("alive", alive && point.delay() > 0);
            page.add("history", array(List.of(point)));
            extra.add(url, page);
        });
        return extra;
    }

    private static JsonArray array(List<Measured.Point> points) {
        JsonArray array = new JsonArray();
        for (Measured.Point point : points) {
            JsonObject one = new JsonObject();
            one.addProperty("time", point.time().toString());
            one.addProperty("delay", point.delay());
            array.add(one);
        }
        return array;
    }

    /** What each has, also what Fenliu's have nothing of. */
    private static JsonObject base(String name, String type, boolean udp) {
        JsonObject object = new JsonObject();
        object.addProperty("name", name);
        object.addProperty("type", type);
        object.addProperty("udp", udp);
        for (String none : List.of("xudp", "tfo", "mptcp", "smux")) {
            object.addProperty(none, false);
        }
        object.add("history", new JsonArray());
        object.add("extra", new JsonObject());
        return object;
    }

    static JsonArray texts(List<String> texts) {
        JsonArray array = new JsonArray();
        texts.forEach(array::add);
        return array;
    }
}
