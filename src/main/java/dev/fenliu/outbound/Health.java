package dev.fenliu.outbound;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** What real flows have seen of the outbounds lately; outlives a reload. Thread-safe. */
public final class Health {
    /** For so long a member that could not be reached is tried after the others. */
    private static final Duration MEMORY = Duration.ofSeconds(10);

    private final LongSupplier nanos;
    private final Map<String, Long> failures = new ConcurrentHashMap<>();

    /** @param nanos a monotonic clock in nanoseconds */
    public Health(LongSupplier nanos) {
        this.nanos = nanos;
    }

    void failed(String outbound) {
        failures.put(outbound, nanos.getAsLong());
    }

    void worked(String outbound) {
        failures.remove(outbound);
    }

    /** Whether the outbound could not be reached within the last ten seconds. */
    public boolean failedLately(String outbound) {
        Long when = failures.get(outbound);
        return when != null && nanos.getAsLong() - when < MEMORY.toNanos();
    }
}
