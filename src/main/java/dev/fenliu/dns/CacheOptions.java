package dev.fenliu.dns;

import java.time.Duration;

/**
 * How answers are kept.
 *
 * @param size bytes of memory at most
 * @param stale how long after it expired an answer is given at once, while a new one is fetched
 * @param staleOnError how long after it expired an answer is given when no upstream answers (RFC 8767); at least
 *     {@code stale}
 * @param persist whether they are kept over a restart
 */
public record CacheOptions(long size, Duration stale, Duration staleOnError, boolean persist) {
    /** What a config without {@code cache:} has. */
    public static final CacheOptions DEFAULT =
            new CacheOptions(16L << 20, Duration.ofHours(12), Duration.ofHours(24), true);
}
