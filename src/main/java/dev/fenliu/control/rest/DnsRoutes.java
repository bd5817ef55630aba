package dev.fenliu.control.rest;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.engine.NameView;
import dev.fenliu.engine.Proxy;
import dev.fenliu.tally.DnsCounts;
import dev.fenliu.tally.LogEntry;
import dev.fenliu.tally.Tally;
import io.netty.handler.codec.http.HttpMethod;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The latest DNS queries and how the resolvers do, and the latest lines of the log. */
final class DnsRoutes {
    private static final int MOST_LINES = 1000;

    /** The most important first. */
    private static final List<String> LEVELS = List.of("error", "warn", "info", "debug");

    private DnsRoutes() {}

    static List<Route> routes(Proxy proxy, Tally tally) {
        return List.of(
                Route.work(HttpMethod.GET, "/api/v1/dns/log", Scope.READ, call -> queries(call, tally)),
                Route.now(HttpMethod.GET, "/api/v1/dns", Scope.READ, call -> resolvers(proxy, tally)),
                Route.now(HttpMethod.DELETE, "/api/v1/dns/cache", Scope.SWITCH, call -> forget(proxy)),
                Route.now(HttpMethod.GET, "/api/v1/logs", Scope.READ, call -> lines(call, tally)));
    }

    private static Reply queries(Call call, Tally tally) {
        String words = call.parameter("search").orElse("").toLowerCase(Locale.ROOT);
        List<NameView> wanted = tally.queries().newest().stream()
                .filter(query -> DnsJson.matches(query, words, tally))
                .toList();
        return Reply.json(call.page().of(wanted, query -> DnsJson.of(query, tally)));
    }

    /** Queries and hits are those of DNS clients; upstreams are asked for flows too. */
    private static Reply resolvers(Proxy proxy, Tally tally) {
        long queries = 0;
        long hits = 0;
        for (Map.Entry<DnsCounts.Kind, Long> kind : tally.queryCounts().counts().entrySet()) {
            boolean kept = List.of("cache", "stale").contains(kind.getKey().from());
            queries += kind.getValue();
            hits += kept ? kind.getValue() : 0;
        }
        JsonObject object = new JsonObject();
        object.addProperty("queries", queries);
        object.addProperty("hits", hits);
        object.addProperty("entries", proxy.overview().answers().size());
        JsonArray upstreams = new JsonArray();
        proxy.overview().answers().counts().all().forEach((name, count) -> {
            JsonObject upstream = new JsonObject();
            upstream.addProperty("name", name);
            upstream.addProperty("queries", count.queries());
            upstream.addProperty("failures", count.failures());
            upstream.add(
                    "median-ms",
                    count.median()
                            .<JsonElement>map(time -> Json.millis(time.toNanos()))
                            .orElse(JsonNull.INSTANCE));
            upstreams.add(upstream);
        });
        object.add("upstreams", upstreams);
        return Reply.json(object);
    }

    private static Reply forget(Proxy proxy) {
        proxy.overview().answers().clear();
        return Reply.empty();
    }

    private static Reply lines(Call call, Tally tally) {
        String level = call.parameter("level").orElse("debug");
        int least = LEVELS.indexOf(level);
        if (least < 0) {
            throw new BadRequest("level: debug, info, warn or error");
        }
        List<LogEntry> wanted = tally.lines().newest().stream()
                .filter(line -> LEVELS.indexOf(line.level()) <= least)
                .limit(call.number("limit", MOST_LINES, 1, MOST_LINES))
                .toList();
        JsonObject object = new JsonObject();
        object.add("items", Json.list(wanted, DnsRoutes::line));
        return Reply.json(object);
    }

    static JsonObject line(LogEntry line) {
        JsonObject object = new JsonObject();
        object.addProperty("time", line.time().truncatedTo(ChronoUnit.MILLIS).toString());
        object.addProperty("level", line.level());
        object.addProperty("message", line.message());
        return object;
    }
}
