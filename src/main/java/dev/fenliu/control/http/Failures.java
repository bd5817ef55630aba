package dev.fenliu.control.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.net.InetAddress;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Wrong tokens by source. Whoever has shown {@value #MOST} within a minute is heard no more until a minute after the last.
 * Thread-safe.
 */
final class Failures {
    static final int MOST = 5;
    static final Duration TIME = Duration.ofMinutes(1);

    private static final int MOST_SOURCES = 1024;

    private final Cache<InetAddress, Integer> bySource;

    /** @param nanos a clock that never goes back */
    Failures(LongSupplier nanos) {
        this.bySource = Caffeine.newBuilder()
                .maximumSize(MOST_SOURCES)
                .expireAfterWrite(TIME)
                .ticker(nanos::getAsLong)
                .executor(Runnable::run)
                .build();
    }

    boolean tooMany(InetAddress source) {
        Integer count = bySource.getIfPresent(source);
        return count != null && count >= MOST;
    }

    void count(InetAddress source) {
        bySource.asMap().merge(source, 1, Integer::sum);
    }
}
