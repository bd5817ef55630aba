package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.ExitRule;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A group as the config wants it.
 *
 * @param strategy of a group that balances its load
 * @param tolerance of a group of the fastest
 * @param check how members are tried out; empty for not at all
 * @param exits where its members may leave from; empty for anywhere
 * @param at where the config says so
 */
record GroupPlan(
        String name,
        Kind kind,
        List<String> members,
        Strategy strategy,
        Duration tolerance,
        Optional<Check> check,
        Optional<ExitRule> exits,
        ConfigNode at) {
    /** How a group picks. */
    enum Kind {
        SELECT,
        FALLBACK,
        FASTEST,
        LOAD_BALANCE;

        /** As the config names it. */
        String key() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** How load is balanced. */
    enum Strategy {
        HASH,
        ROUND_ROBIN,
        STICKY
    }

    GroupPlan {
        members = List.copyOf(members);
    }

    /** Whether it judges its members by their far ends, before a flow takes one. */
    boolean judges() {
        return exits.isPresent() || check.filter(Check::doctor).isPresent();
    }

    /** Where that key of it stands in the config. */
    String place(String key) {
        ConfigNode value = at.get(key);
        return (value == null ? at : value).position().toString();
    }

    /** The same with other members. */
    GroupPlan with(List<String> others) {
        return new GroupPlan(name, kind, others, strategy, tolerance, check, exits, at);
    }
}
