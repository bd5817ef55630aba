package dev.fenliu.control.clash;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Feed;
import dev.fenliu.control.http.Sink;
import dev.fenliu.engine.Proxy;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.Locale;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What dashboards have told them over and over. */
final class Feeds {
    private static final int SECOND = 1_000;
    private static final int LEAST_MILLIS = 100;
    private static final int MOST_MILLIS = 60_000;

    private final Proxy proxy;
    private final Core core;

    Feeds(Proxy proxy, Core core) {
        this.proxy = proxy;
        this.core = core;
    }

    /** The flows, each second or as often as the parameter {@code interval} says in milliseconds; once without WebSocket. */
    Feed.Closing connections(Call call, Sink sink) {
        if (!isSocket(call)) {
            sink.send(connections());
            sink.end();
            return () -> {};
        }
        int interval = call.number("interval", SECOND, LEAST_MILLIS, MOST_MILLIS);
        sink.send(connections());
        Runnable asked = core.eachSecond(() -> {}); // or the bytes would be those of some seconds ago
        Feed.Closing timer = every(interval, sink, this::connections);
        return () -> {
            timer.close();
            asked.run();
        };
    }

    private static boolean isSocket(Call call) {
        return call.headers().contains(HttpHeaderNames.UPGRADE, "websocket", true);
    }

    private JsonObject connections() {
        Core.Totals totals = core.totals();
        JsonObject object = new JsonObject();
        object.addProperty("downloadTotal", totals.down());
        object.addProperty("uploadTotal", totals.up());
        object.addProperty("memory", totals.memory());
        object.add(
                "connections",
                proxy.overview()
                        .inventory()
                        .map(inventory -> new ConnectionJson(inventory)
                                .all(proxy.overview().flows()))
                        .orElseGet(JsonArray::new));
        return object;
    }

    /** Bytes a second, each second. */
    Feed.Closing traffic(Call call, Sink sink) {
        Rates rates = new Rates(sink.loop().ticker().nanoTime());
        return core.eachSecond(() -> sink.loop().execute(() -> {
            if (sink.isWritable()) {
                sink.send(rates.next(sink.loop().ticker().nanoTime()));
            }
        }))::run;
    }

    /** What has passed since the last time. Confined to one thread. */
    private final class Rates {
        private Core.Totals last = core.totals();
        private long at;

        Rates(long now) {
            at = now;
        }

        JsonObject next(long now) {
            Core.Totals totals = core.totals();
            double seconds = Math.max(0.1, (now - at) / 1e9);
            JsonObject object = new JsonObject();
            object.addProperty("up", Math.round((totals.up() - last.up()) / seconds));
            object.addProperty("down", Math.round((totals.down() - last.down()) / seconds));
            object.addProperty("upTotal", totals.up());
            object.addProperty("downTotal", totals.down());
            last = totals;
            at = now;
            return object;
        }
    }

    /** Bytes; the first is 0, where charts begin. */
    Feed.Closing memory(Call call, Sink sink) {
        sink.send(memory(0));
        return every(SECOND, sink, () -> memory(core.totals().memory()));
    }

    private static JsonObject memory(long bytes) {
        JsonObject object = new JsonObject();
        object.addProperty("inuse", bytes);
        object.addProperty("oslimit", 0);
        return object;
    }

    /** Messages from now on, of the parameter {@code level} and above. */
    Feed.Closing logs(Call call, Sink sink) {
        Core.Level least = level(call.parameter("level").orElse("info"));
        Runnable end = core.readLog(line -> {
            if (line.level().compareTo(least) >= 0) {
                JsonObject object = new JsonObject();
                object.addProperty("type", line.level().name().toLowerCase(Locale.ROOT));
                object.addProperty("payload", line.text());
                sink.send(object);
            }
        });
        return end::run;
    }

    /** Dashboards that meet with a refusal come back for ever, so what others have is taken too. */
    private static Core.Level level(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "trace", "debug" -> Core.Level.DEBUG;
            case "info", "" -> Core.Level.INFO;
            case "warning", "warn" -> Core.Level.WARNING;
            case "error", "fatal", "panic" -> Core.Level.ERROR;
            case "silent" -> Core.Level.SILENT;
            default -> throw new BadRequest("level: debug, info, warning, error or silent");
        };
    }

    /** Leaves out what a slow client has no use for. */
    private static Feed.Closing every(int millis, Sink sink, Supplier<JsonObject> text) {
        ScheduledFuture<?> timer = sink.loop()
                .scheduleAtFixedRate(
                        () -> {
                            if (sink.isWritable()) {
                                sink.send(text.get());
                            }
                        },
                        millis,
                        millis,
                        TimeUnit.MILLISECONDS);
        return () -> timer.cancel(false);
    }
}
