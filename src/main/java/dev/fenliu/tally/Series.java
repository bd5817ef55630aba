package dev.fenliu.tally;

import java.time.Instant;
import java.util.NavigableMap;

/**
 * The traffic of one name over time.
 *
 * @param name a device, rule, outbound, group, domain or user; {@link #OTHER} for those there was no room for
 * @param points by the beginning of the hour or day; times without traffic are left out
 */
public record Series(String name, Amount total, NavigableMap<Instant, Amount> points) {
    /** All that are not told apart. */
    public static final String OTHER = "other";
}
