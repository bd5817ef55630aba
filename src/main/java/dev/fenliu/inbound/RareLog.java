package dev.fenliu.inbound;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Logs what strangers can make happen thousands of times a second: one line a minute for each cause, with how often it
 * happened since the last one. One instance for each cause; thread-safe.
 */
public final class RareLog {
    private static final long INTERVAL = TimeUnit.MINUTES.toNanos(1);

    private final Logger log;
    private final LongSupplier nanos;
    private final AtomicLong next;
    private final LongAdder unsaid = new LongAdder();

    public RareLog(Logger log) {
        this(log, System::nanoTime);
    }

    /** @param nanos a clock that never goes back */
    RareLog(Logger log, LongSupplier nanos) {
        this.log = log;
        this.nanos = nanos;
        this.next = new AtomicLong(nanos.getAsLong());
    }

    /** Logs {@code message} now, or counts it. */
    public void warn(String message) {
        long now = nanos.getAsLong();
        long due = next.get();
        if (now - due < 0 || !next.compareAndSet(due, now + INTERVAL)) {
            unsaid.increment();
            return;
        }
        long more = unsaid.sumThenReset();
        if (more == 0) {
            log.warn("{}", message);
        } else {
            log.warn("{} (and {} times since this was last logged)", message, more);
        }
    }
}
