package dev.fenliu.outbound;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/** The latest of many times. Not thread-safe. */
final class Recent {
    private final long[] nanos;
    private int seen;

    /** @param most how many are remembered */
    Recent(int most) {
        nanos = new long[most];
    }

    void add(Duration time) {
        nanos[seen++ % nanos.length] = time.toNanos();
        if (seen == 2 * nanos.length) {
            seen = nanos.length;
        }
    }

    /** Half of them are no longer than this; of two in the middle, the shorter. */
    Optional<Duration> median() {
        if (seen == 0) {
            return Optional.empty();
        }
        long[] sorted = Arrays.copyOf(nanos, Math.min(seen, nanos.length));
        Arrays.sort(sorted);
        return Optional.of(Duration.ofNanos(sorted[(sorted.length - 1) / 2]));
    }
}
