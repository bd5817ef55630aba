package dev.fenliu.outbound;

import java.time.Duration;
import java.util.Optional;

/** How the members of one group stand, as its choice sees them. Safe for concurrent use. */
public interface Standing {
    /** Whether the other members are to be preferred. */
    boolean ails(Outbound member);

    /** How fast it is by the group's checks, the median of the latest; empty when nothing is known. */
    Optional<Duration> delay(Outbound member);

    /** A monotonic clock in nanoseconds. */
    long nanos();
}
