package dev.fenliu.control.rules;

import java.time.Instant;
import java.util.Optional;

/** How often a rule has decided, and when last. */
public record Hit(long count, Optional<Instant> last) {
    /** Never. */
    public static final Hit NONE = new Hit(0, Optional.empty());
}
