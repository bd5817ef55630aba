package dev.fenliu.control.rest;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.fenliu.control.http.Feed;
import dev.fenliu.control.http.Sink;
import dev.fenliu.engine.NameView;
import dev.fenliu.engine.Proxy;
import dev.fenliu.tally.Amount;
import dev.fenliu.tally.LogEntry;
import dev.fenliu.tally.Ring;
import dev.fenliu.tally.Tally;
import dev.fenliu.tally.Totals;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What happens, told each second to those who listen; while nobody does, nothing is done. All who listen to a topic get the
 * same. Safe for concurrent use.
 */
final class LiveFeeds {
    private static final String FLOWS = "flows";
    private static final String TOTALS = "totals";
    private static final String LOGS = "logs";
    private static final String DNS = "dns";

    private record Client(String topic, Sink sink) {}

    private final Proxy proxy;
    private final Tally tally;
    private final LongSupplier clock;
    private final Set<Client> clients = new CopyOnWriteArraySet<>();
    private final FlowDeltas flows;
    private @Nullable Runnable stop;
    private @Nullable Totals before;
    private long lately;
    private long lines;
    private long queries;

    /** @param clock monotonic, in nanoseconds */
    LiveFeeds(Proxy proxy, Tally tally, LongSupplier clock) {
        this.proxy = proxy;
        this.tally = tally;
        this.clock = clock;
        this.flows = new FlowDeltas(tally);
    }

    /** By topic. */
    Map<String, Feed> feeds() {
        return Map.of(
                FLOWS, (call, sink) -> open(FLOWS, sink),
                TOTALS, (call, sink) -> open(TOTALS, sink),
                LOGS, (call, sink) -> open(LOGS, sink),
                DNS, (call, sink) -> open(DNS, sink));
    }

    private synchronized Feed.Closing open(String topic, Sink sink) {
        if (!isWanted(topic)) {
            begin(topic);
        }
        Client client = new Client(topic, sink);
        clients.add(client);
        if (stop == null) {
            stop = tally.watch(this::second);
        }
        return () -> leave(client);
    }

    private synchronized void leave(Client client) {
        clients.remove(client);
        if (clients.isEmpty() && stop != null) {
            stop.run();
            stop = null;
        }
    }

    private boolean isWanted(String topic) {
        return clients.stream().anyMatch(client -> client.topic.equals(topic));
    }

    /** Whatever is known by now is asked for otherwise. */
    private void begin(String topic) {
        switch (topic) {
            case FLOWS -> flows.reset(proxy.overview().flows());
            case TOTALS -> before = null;
            case LOGS -> lines = tally.lines().added();
            default -> queries = tally.queries().added();
        }
    }

    /** What is done each second. */
    synchronized void second() {
        if (isWanted(FLOWS)) {
            JsonObject changes = flows.next(proxy.overview().flows());
            if (changes != null) {
                send(FLOWS, List.of(changes));
            }
        }
        if (isWanted(TOTALS)) {
            send(TOTALS, List.of(totals()));
        }
        if (isWanted(LOGS)) {
            Ring.News<LogEntry> news = tally.lines().since(lines);
            lines = news.added();
            send(
                    LOGS,
                    news.items().stream()
                            .map(line -> topic("log", DnsRoutes.line(line)))
                            .toList());
        }
        if (isWanted(DNS)) {
            Ring.News<NameView> news = tally.queries().since(queries);
            queries = news.added();
            send(
                    DNS,
                    news.items().stream()
                            .map(query -> topic(DNS, DnsJson.of(query, tally)))
                            .toList());
        }
    }

    private void send(String topic, List<JsonObject> texts) {
        for (Client client : clients) {
            // Who missed a change of flows would be wrong for ever; all else is said anew.
            if (client.topic.equals(topic) && (topic.equals(FLOWS) || client.sink.isWritable())) {
                texts.forEach(client.sink::send);
            }
        }
    }

    private static JsonObject topic(String topic, JsonObject of) {
        JsonObject text = new JsonObject();
        text.addProperty("topic", topic);
        of.entrySet().forEach(entry -> text.add(entry.getKey(), entry.getValue()));
        return text;
    }

    private JsonObject totals() {
        Totals now = tally.totals();
        long time = clock.getAsLong();
        Totals earlier = before == null ? now : before;
        double seconds = before == null ? 1 : Math.max(1, time - lately) / 1e9;
        before = now;
        lately = time;
        JsonObject text = new JsonObject();
        text.addProperty("topic", TOTALS);
        text.addProperty("time", tally.now().toString());
        text.addProperty("up", now.all().up());
        text.addProperty("down", now.all().down());
        text.addProperty("up-rate", rate(now.all().up(), earlier.all().up(), seconds));
        text.addProperty("down-rate", rate(now.all().down(), earlier.all().down(), seconds));
        text.addProperty(FLOWS, proxy.running());
        JsonObject outbounds = new JsonObject();
        now.outbounds().forEach((name, amount) -> {
            Amount was = earlier.outbounds().getOrDefault(name, Amount.NONE);
            if (!amount.equals(was)) {
                outbounds.add(name, rates(amount, was, seconds));
            }
        });
        text.add("outbounds", outbounds);
        text.addProperty(
                "memory",
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        return text;
    }

    private static JsonElement rates(Amount now, Amount was, double seconds) {
        JsonArray rates = new JsonArray();
        rates.add(rate(now.up(), was.up(), seconds));
        rates.add(rate(now.down(), was.down(), seconds));
        return rates;
    }

    private static long rate(long now, long was, double seconds) {
        return Math.round((now - was) / seconds);
    }
}
