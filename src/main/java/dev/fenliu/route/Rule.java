package dev.fenliu.route;

import dev.fenliu.config.ConfigNode;

/**
 * A rule of the configuration: flows for which the condition holds go to the target.
 *
 * @param target an outbound, a group, {@code direct} or {@code block}
 * @param node where it is written, for messages about it
 */
public record Rule(RuleRef ref, Condition condition, String target, ConfigNode node) {
    /** The target that refuses. */
    public static final String BLOCK = "block";

    /** The target that takes no tunnel. */
    public static final String DIRECT = "direct";

    boolean isUnconditional() {
        return condition.equals(Condition.always());
    }
}
