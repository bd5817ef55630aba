package dev.fenliu.outbound;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** One member first, whatever the group thinks of it. Thread-safe. */
record Pinned(Choice usual, Supplier<String> pinned) implements Choice {
    @Override
    public List<Outbound> order(List<Outbound> members, Standing standing, Aim aim) {
        return first(members, usual.order(members, standing, aim));
    }

    @Override
    public List<Outbound> take(List<Outbound> members, Standing standing, Aim aim) {
        return first(members, usual.take(members, standing, aim));
    }

    private List<Outbound> first(List<Outbound> members, List<Outbound> order) {
        String name = pinned.get();
        if (name.isEmpty()) {
            return order;
        }
        List<Outbound> all = new ArrayList<>(order);
        members.stream()
                .filter(member -> member.name().equals(name))
                .findFirst()
                .ifPresent(member -> {
                    all.remove(member);
                    all.add(0, member);
                });
        return all;
    }
}
