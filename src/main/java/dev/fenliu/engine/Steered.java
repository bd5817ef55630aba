package dev.fenliu.engine;

import dev.fenliu.config.Nearest;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the user has told groups while they run: which member a selecting one uses, and which one another puts first. */
final class Steered {
    /** What no name of a group begins with. */
    private static final String PIN = "\u0000";

    private Steered() {}

    /** The member that comes first in a group that picks by itself; empty for none. */
    static String pin(Map<String, String> selections, String group) {
        return selections.getOrDefault(PIN + group, "");
    }

    /**
     * Tells a group.
     *
     * @param member null to leave it to the group
     * @return why not, in words
     */
    static Optional<String> select(Map<String, String> selections, GroupPlan group, @Nullable String member) {
        if (member != null && !group.members().contains(member)) {
            String hint = Nearest.hint(member, group.members());
            return Optional.of("group \"" + group.name() + "\" has no member \"" + member + "\""
                    + (hint == null ? "" : "; " + hint));
        }
        boolean selects = group.kind() == GroupPlan.Kind.SELECT;
        if (member == null && selects) {
            return Optional.of("group \"" + group.name() + "\" uses the member that is chosen: name one");
        }
        if (member == null) {
            selections.remove(PIN + group.name());
        } else {
            selections.put(selects ? group.name() : PIN + group.name(), member);
        }
        return Optional.empty();
    }
}
