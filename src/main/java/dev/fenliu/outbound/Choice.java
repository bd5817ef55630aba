package dev.fenliu.outbound;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** How a group orders its members for a new flow. Safe for concurrent use. */
@FunctionalInterface
public interface Choice {
    /**
     * The members to try, best first, as things stand; a member that is not in the answer is not tried. Changes nothing.
     *
     * @param members as the config lists them
     */
    List<Outbound> order(List<Outbound> members, Standing standing, Aim aim);

    /** The same for a flow that goes now, of which later choices may know. */
    default List<Outbound> take(List<Outbound> members, Standing standing, Aim aim) {
        return order(members, standing, aim);
    }

    /** The member that the user selected, and no other. */
    static Choice select(Supplier<String> selected) {
        return (members, standing, aim) -> {
            String name = selected.get();
            return members.stream()
                    .filter(member -> member.name().equals(name))
                    .findFirst()
                    .or(() -> members.stream().findFirst())
                    .map(List::of)
                    .orElse(List.of());
        };
    }

    /**
     * The member that the user has pinned comes first, the others as {@code usual} has them.
     *
     * @param pinned the name of the member; of none, for none
     */
    static Choice pinned(Choice usual, Supplier<String> pinned) {
        return new Pinned(usual, pinned);
    }

    /** The first that works: in the order of the config, those that failed lately last. */
    static Choice fallback() {
        return (members, standing, aim) -> ailingLast(members, standing);
    }

    /**
     * The fastest, which stays until others were faster by more than the tolerance for all of a while.
     *
     * @param group its name
     * @param current the current member of each group by its name; safe for concurrent use
     * @param patience for how long another must be faster
     */
    static Choice fastest(String group, Map<String, String> current, Duration tolerance, Duration patience) {
        return new Fastest(group, current, tolerance, patience);
    }

    /** Each site by a member of its own. */
    static Choice hash() {
        return new Hashed();
    }

    /** The members in turn, a flow each. */
    static Choice roundRobin() {
        return new RoundRobin();
    }

    /**
     * A client keeps its member for a site until it has not gone there for ten minutes.
     *
     * @param nanos a monotonic clock in nanoseconds
     */
    static Choice sticky(LongSupplier nanos) {
        return new Sticky(nanos);
    }

    /** The same order, but those that ail come after the others. */
    static List<Outbound> ailingLast(List<Outbound> members, Standing standing) {
        List<Outbound> order = new ArrayList<>(members);
        order.sort(Comparator.comparing(standing::ails));
        return order;
    }
}
