package dev.fenliu.control.clash;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/** What the tests came to that dashboards asked for, the latest of each outbound and page. Thread-safe. */
final class Measured {
    private static final int MOST = 8192;

    /**
     * A delay at a time.
     *
     * @param delay until the answer, in milliseconds; 0 for none
     */
    record Point(Instant time, int delay) {}

    private record Key(String outbound, String url) {}

    private record Found(long nanos, int delay) {}

    private final Cache<Key, Found> latest =
            Caffeine.newBuilder().maximumSize(MOST).executor(Runnable::run).build();
    private final LongSupplier nanos;

    /** @param nanos a clock that never goes back */
    Measured(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** @param delay empty when there was no good answer */
    void add(String outbound, String url, Optional<Duration> delay) {
        latest.put(
                new Key(outbound, url),
                new Found(nanos.getAsLong(), delay.map(Measured::millis).orElse(0)));
    }

    /** Whole milliseconds, of which there is always one. */
    static int millis(Duration delay) {
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, delay.toMillis()));
    }

    /** What was found, by outbound and then by page; the wall's clock says {@code now}. */
    Map<String, Map<String, Point>> points(Instant now) {
        Map<String, Map<String, Point>> all = new TreeMap<>();
        latest.asMap()
                .forEach((key, found) -> all.computeIfAbsent(key.outbound, any -> new TreeMap<>())
                        .put(
                                key.url,
                                new Point(now.minusNanos(Math.max(0, nanos.getAsLong() - found.nanos)), found.delay)));
        return all;
    }
}
