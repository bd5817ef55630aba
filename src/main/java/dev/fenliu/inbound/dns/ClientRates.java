package dev.fenliu.inbound.dns;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How often each client may ask: {@value #PER_SECOND} times a second, {@value #AT_ONCE} times at once, so that one device that
 * has gone mad leaves room for the others. An IPv6 client is its address too: all of a home share one /64. This machine may ask
 * as often as it likes. Thread-safe.
 */
final class ClientRates {
    static final int PER_SECOND = 100;
    static final int AT_ONCE = 500;

    private static final int MOST_CLIENTS = 4096;
    private static final long NANOS_EACH = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
    private static final long BURST = AT_ONCE * NANOS_EACH;

    private final LongSupplier nanos;

    /** When the client would have asked all that it has asked at the steady rate; of those who have asked last. */
    private final Map<InetAddress, Long> booked = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Long> eldest) {
            return size() > MOST_CLIENTS;
        }
    };

    /** @param nanos a clock that never goes back */
    ClientRates(LongSupplier nanos) {
        this.nanos = nanos;
    }

    boolean admits(InetAddress client) {
        if (client.isLoopbackAddress()) {
            return true;
        }
        long now = nanos.getAsLong();
        synchronized (booked) {
            @Nullable Long until = booked.get(client);
            long from = until == null || until - now < 0 ? now : until;
            if (from - now > BURST - NANOS_EACH) {
                return false;
            }
            booked.put(client, from + NANOS_EACH);
            return true;
        }
    }
}
