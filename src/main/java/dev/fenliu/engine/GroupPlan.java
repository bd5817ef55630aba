package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import java.util.List;

/** A group as the config wants it. */
record GroupPlan(String name, Kind kind, List<String> members, ConfigNode at) {
    /** How a group picks. */
    enum Kind {
        SELECT,
        FALLBACK
    }

    GroupPlan {
        members = List.copyOf(members);
    }

    /** The same with other members. */
    GroupPlan with(List<String> others) {
        return new GroupPlan(name, kind, others, at);
    }
}
