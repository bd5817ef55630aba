package dev.fenliu.tally;

import dev.fenliu.engine.NameView;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** DNS queries of clients since the program started. Safe for concurrent use. */
public final class DnsCounts {
    /** Where spans of time end that queries took, in seconds. */
    private static final double[] SECONDS = {0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};

    /**
     * What queries have in common.
     *
     * @param from where the answer came from, see {@link NameView#from}
     * @param result the response code in lower case, such as {@code noerror}
     */
    public record Kind(String from, String result) {}

    private final Map<Kind, LongAdder> counts = new ConcurrentHashMap<>();
    private final LongAdder[] spans = new LongAdder[SECONDS.length + 1];
    private final LongAdder nanos = new LongAdder();

    DnsCounts() {
        Arrays.setAll(spans, i -> new LongAdder());
    }

    void add(NameView query) {
        Kind kind = new Kind(query.from(), query.result());
        LongAdder known = counts.get(kind);
        (known == null ? counts.computeIfAbsent(kind, fresh -> new LongAdder()) : known).increment();
        Duration time = query.took();
        double seconds = time.toNanos() / 1e9;
        int span = 0;
        while (span < SECONDS.length && seconds > SECONDS[span]) {
            span++;
        }
        spans[span].increment();
        nanos.add(time.toNanos());
    }

    /** How many there were of each kind. */
    public Map<Kind, Long> counts() {
        Map<Kind, Long> all = new HashMap<>();
        counts.forEach((kind, count) -> all.put(kind, count.sum()));
        return all;
    }

    /** Where spans of time end, in seconds. */
    public static double[] seconds() {
        return SECONDS.clone();
    }

    /** How many took so long: one more than there are ends. */
    public long[] spans() {
        return Arrays.stream(spans).mapToLong(LongAdder::sum).toArray();
    }

    /** How long all took together, in seconds. */
    public double time() {
        return nanos.sum() / 1e9;
    }
}
