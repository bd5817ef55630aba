package dev.fenliu.route;

import dev.fenliu.config.ConfigNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A rule of the configuration: flows for which the condition holds go to the target.
 *
 * @param target an outbound, a group, {@code direct} or {@code block}
 * @param until when it ends to match; empty for ever
 * @param node where it is written, for messages about it
 */
public record Rule(RuleRef ref, Condition condition, String target, Optional<Instant> until, ConfigNode node) {
    /** The target that refuses. */
    public static final String BLOCK = "block";

    /** The target that takes no tunnel. */
    public static final String DIRECT = "direct";

    /** What the rule-set of the home network is called, in the configs that come with the program too. */
    public static final String PRIVATE = "private";

    /** A clock that shows an earlier time has never been set. */
    private static final Instant SET = Instant.parse("2025-01-01T00:00:00Z");

    /** Whether it takes everything, for ever. */
    boolean isUnconditional() {
        return condition.equals(Condition.always()) && until.isEmpty();
    }

    /** Whether it takes everything, or everything but the home network. */
    boolean takesAll() {
        return condition.equals(Condition.always())
                || condition instanceof Condition.Not but
                        && but.part() instanceof Condition.InSet in
                        && in.sets().equals(List.of(PRIVATE));
    }

    /**
     * Whether its time is over. By a clock that was never set nobody can tell, and a rule that lets traffic out counts as
     * over then, one that leads to a tunnel does not.
     *
     * @param open whether the target takes no tunnel
     */
    boolean isOver(Instant now, boolean open) {
        return until.isPresent() && (!now.isBefore(until.get()) || open && now.isBefore(SET));
    }
}
