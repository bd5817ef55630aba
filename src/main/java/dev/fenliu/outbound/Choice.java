package dev.fenliu.outbound;

import java.util.List;

/** How a group orders its members for a new flow. Pure; safe for concurrent use. */
@FunctionalInterface
public interface Choice {
    /**
     * The members to try, best first; a member that is not in the answer is not tried.
     *
     * @param members as the config lists them
     * @param health what was seen of them lately
     */
    List<Outbound> order(List<Outbound> members, Health health);

    /** The member that the user selected, and no other. */
    static Choice select(java.util.function.Supplier<String> selected) {
        return (members, health) -> {
            String name = selected.get();
            return members.stream()
                    .filter(member -> member.name().equals(name))
                    .findFirst()
                    .or(() -> members.stream().findFirst())
                    .map(List::of)
                    .orElse(List.of());
        };
    }

    /** The first that works: in the order of the config, those that failed lately last. */
    static Choice fallback() {
        return (members, health) -> {
            List<Outbound> order = new java.util.ArrayList<>(members);
            order.sort(java.util.Comparator.comparing(member -> health.failedLately(member.name())));
            return order;
        };
    }
}
