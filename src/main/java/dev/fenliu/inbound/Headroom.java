package dev.fenliu.inbound;

import dev.fenliu.net.Sockets;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Whether memory has room for one more client: not when buffers run low, nor when a
 * whole collection has found the heap nearly full of what is in use. One for the process, as memory is; thread-safe.
 */
final class Headroom {
    private static final double NEARLY_FULL = 0.9;

    /** Nothing may be left to be collected by itself when those that are here go and nobody new comes in. */
    private static final long COLLECT_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final List<MemoryPoolMXBean> LONG_LIVED = ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP
                    && pool.isUsageThresholdSupported() // which those for short lives do not have
                    && pool.isCollectionUsageThresholdSupported())
            .toList();
    private static final AtomicLong COLLECTED = new AtomicLong(System.nanoTime() - COLLECT_NANOS);

    static {
        LONG_LIVED.forEach(pool -> {
            long most = pool.getUsage().getMax();
            if (most > 0) {
                pool.setCollectionUsageThreshold((long) (most * NEARLY_FULL));
            }
        });
    }

    private Headroom() {}

    /** While there is none, collects from time to time to learn whether that has changed. */
    static boolean isThere() {
        if (Sockets.buffersRunLow()) {
            return false; // none of them waits to be collected
        }
        if (!isFull()) {
            return true;
        }
        long now = System.nanoTime();
        long last = COLLECTED.get();
        if (now - last >= COLLECT_NANOS && COLLECTED.compareAndSet(last, now)) {
            System.gc();
            return !isFull();
        }
        return false;
    }

    private static boolean isFull() {
        return LONG_LIVED.stream().anyMatch(MemoryPoolMXBean::isCollectionUsageThresholdExceeded);
    }
}
