package dev.fenliu.control;

import com.google.gson.JsonObject;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Feed;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.control.http.Sink;
import dev.fenliu.engine.Proxy;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** {@code /api/v1/events?topics=A,B}: several feeds as one; each text of a topic says whose it is. Immutable. */
final class Events {
    private static final long LOOK_SECONDS = 1;

    private final Map<String, Feed> topics;

    /** @param topics what there is to hear of, by name */
    private Events(Map<String, Feed> topics) {
        this.topics = topics;
    }

    static Route route(Proxy proxy, Map<String, Feed> topics) {
        Map<String, Feed> all = new LinkedHashMap<>(topics);
        all.put("status", (call, sink) -> status(proxy, sink));
        return Route.feed("/api/v1/events", Scope.READ, new Events(all)::open);
    }

    private Feed.Closing open(Call call, Sink sink) {
        TreeSet<String> wanted = new TreeSet<>();
        for (String name : call.parameter("topics").orElse("").split(",", -1)) {
            if (!name.isBlank()) {
                wanted.add(name.strip());
            }
        }
        if (wanted.isEmpty() || !topics.keySet().containsAll(wanted)) {
            throw new BadRequest("topics: some of " + String.join(",", new TreeSet<>(topics.keySet())));
        }
        List<Feed.Closing> open = new ArrayList<>();
        for (String name : wanted) {
            Feed feed = topics.get(name);
            if (feed != null) {
                open.add(feed.open(call, sink));
            }
        }
        return () -> open.forEach(Feed.Closing::close);
    }

    /** Another generation is in force: what is known of rules, groups and warnings is to be asked anew. */
    private static Feed.Closing status(Proxy proxy, Sink sink) {
        long[] told = {proxy.generation()};
        Future<?> timer = sink.loop()
                .scheduleWithFixedDelay(
                        () -> {
                            long now = proxy.generation();
                            if (now != told[0]) {
                                told[0] = now;
                                JsonObject event = new JsonObject();
                                event.addProperty("topic", "status");
                                event.addProperty("generation", now);
                                sink.send(event);
                            }
                        },
                        LOOK_SECONDS,
                        LOOK_SECONDS,
                        TimeUnit.SECONDS);
        return () -> timer.cancel(false);
    }
}
