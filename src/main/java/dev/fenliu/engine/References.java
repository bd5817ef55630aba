package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Nearest;
import dev.fenliu.config.Problems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks that outbounds and groups name only what exists, and that none goes through itself. */
final class References {
    private final Map<String, OutboundPlan<?>> outbounds;
    private final Map<String, GroupPlan> groups;
    private final Set<String> known;
    private final Problems problems;

    References(
            Map<String, OutboundPlan<?>> outbounds,
            Map<String, GroupPlan> groups,
            Set<String> known,
            Problems problems) {
        this.outbounds = outbounds;
        this.groups = groups;
        this.known = known;
        this.problems = problems;
    }

    void check() {
        groups.values()
                .forEach(group -> group.members()
                        .forEach(member -> checkName(member, group.at(), "group \"" + group.name() + "\"")));
        outbounds
                .values()
                .forEach(outbound -> outbound.via()
                        .ifPresent(via -> checkName(via, outbound.at(), "outbound \"" + outbound.name() + "\"")));
        Map<String, List<String>> edges = new LinkedHashMap<>();
        groups.forEach((name, group) -> edges.put(name, group.members()));
        outbounds.forEach(
                (name, outbound) -> edges.put(name, outbound.via().stream().toList()));
        Set<String> done = new LinkedHashSet<>();
        for (String name : edges.keySet()) {
            List<String> circle = circle(name, edges, new ArrayList<>(), done);
            if (!circle.isEmpty()) {
                String first = circle.get(0);
                ConfigNode at = place(node(first), circle.get(1));
                problems.error(at, "\"" + first + "\" goes through itself: " + String.join(" → ", circle));
            }
        }
    }

    private ConfigNode node(String name) {
        GroupPlan group = groups.get(name);
        OutboundPlan<?> outbound = outbounds.get(name);
        return group != null
                ? group.at()
                : java.util.Objects.requireNonNull(outbound).at();
    }

    private void checkName(String name, ConfigNode at, String what) {
        if (!known.contains(name)) {
            problems.error(
                    place(at, name), what + " names \"" + name + "\", which does not exist", Nearest.hint(name, known));
        }
    }

    /** The node of the name itself below {@code at}, where it can be found. */
    private static ConfigNode place(ConfigNode at, String name) {
        for (ConfigNode.Entry entry : at.entries()) {
            if (entry.value().text().equals(name)) {
                return entry.value();
            }
            for (ConfigNode item : entry.value().items()) {
                if (item.text().equals(name)) {
                    return item;
                }
            }
        }
        return at;
    }

    private static List<String> circle(
            String name, Map<String, List<String>> edges, List<String> path, Set<String> done) {
        if (path.contains(name)) {
            List<String> circle = new ArrayList<>(path.subList(path.indexOf(name), path.size()));
            circle.add(name);
            return circle;
        }
        if (!done.add(name)) {
            return List.of();
        }
        path.add(name);
        for (String next : edges.getOrDefault(name, List.of())) {
            List<String> found = circle(next, edges, path, done);
            if (!found.isEmpty()) {
                return found;
            }
        }
        path.remove(path.size() - 1);
        return List.of();
    }
}
