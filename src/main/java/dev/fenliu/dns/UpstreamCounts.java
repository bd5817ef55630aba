package dev.fenliu.dns;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** How often upstreams were asked since the program started, and how they did. Safe for concurrent use. */
public final class UpstreamCounts {
    /** More than anybody writes into a config; nodes of subscriptions come and go. */
    private static final int MOST = 500;

    private static final int REMEMBERED = 101;

    /**
     * Of one upstream.
     *
     * @param median of the latest answers
     */
    public record Count(long queries, long failures, Optional<Duration> median) {}

    private static final class Counter {
        private final long[] nanos = new long[REMEMBERED];
        private long queries;
        private long failures;

        synchronized void add(boolean good, long time) {
            queries++;
            if (good) {
                nanos[(int) ((queries - failures - 1) % REMEMBERED)] = time;
            } else {
                failures++;
            }
        }

        synchronized Count count() {
            long[] known = Arrays.copyOf(nanos, (int) Math.min(REMEMBERED, queries - failures));
            Arrays.sort(known);
            Optional<Duration> median =
                    known.length == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(known[(known.length - 1) / 2]));
            return new Count(queries, failures, median);
        }
    }

    private final Map<String, Counter> counters = new ConcurrentHashMap<>();

    /** @param nanos until the answer was there */
    void add(String upstream, boolean good, long nanos) {
        Counter known = counters.get(upstream);
        if (known == null && counters.size() < MOST) {
            known = counters.computeIfAbsent(upstream, fresh -> new Counter());
        }
        if (known != null) {
            known.add(good, nanos);
        }
    }

    /** Those that were asked, by name; those that are asked through an outbound begin with {@code through NAME: }. */
    public Map<String, Count> all() {
        Map<String, Count> all = new TreeMap<>();
        counters.forEach((name, counter) -> all.put(name, counter.count()));
        return all;
    }
}
