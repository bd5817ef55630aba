package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.outbound.Check;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A group as the config wants it.
 *
 * @param strategy of a group that balances its load
 * @param tolerance of a group of the fastest
 * @param check how members are tried out; empty for not at all
 * @param at where the config says so
 */
record GroupPlan(
        String name,
        Kind kind,
        List<String> members,
        Strategy strategy,
        Duration tolerance,
        Optional<Check> check,
        ConfigNode at) {
    /** How a group picks. */
    enum Kind {
        SELECT,
        FALLBACK,
        FASTEST,
        LOAD_BALANCE
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

    /** The same with other members. */
    GroupPlan with(List<String> others) {
        return new GroupPlan(name, kind, others, strategy, tolerance, check, at);
    }
}
