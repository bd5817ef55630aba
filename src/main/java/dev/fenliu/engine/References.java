package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Nearest;
import dev.fenliu.config.Problems;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks that outbounds and groups name only what exists, and that none goes through itself. */
final class References {
    /** The longest way through outbounds and groups; each step is a step of recursion wherever it is walked. */
    private static final int MAX_STEPS = 64;

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
        groups.values().stream()
                .filter(GroupPlan::judges)
                .forEach(group -> group.members().stream()
                        .filter(groups::containsKey)
                        .forEach(member -> problems.error(
                                place(group.at(), member),
                                "group \"" + group.name() + "\" judges the far ends of its members, and \"" + member
                                        + "\" is a group, which may change its mind",
                                "list the members of \"" + member + "\", or let it judge them itself")));
        outbounds
                .values()
                .forEach(outbound -> outbound.via()
                        .ifPresent(via -> checkName(via, outbound.at(), "outbound \"" + outbound.name() + "\"")));
        Map<String, List<String>> edges = new LinkedHashMap<>();
        groups.forEach((name, group) -> edges.put(name, group.members()));
        outbounds.forEach(
                (name, outbound) -> edges.put(name, outbound.via().stream().toList()));
        Map<String, Integer> steps = new HashMap<>();
        for (String name : edges.keySet()) {
            List<String> way = oddWay(name, edges, new ArrayList<>(), steps);
            if (!way.isEmpty() && way.lastIndexOf(way.get(0)) > 0) {
                ConfigNode at = place(node(way.get(0)), way.get(1));
                problems.error(at, "\"" + way.get(0) + "\" goes through itself: " + String.join(" → ", way));
            } else if (!way.isEmpty()) {
                problems.error(
                        node(way.get(0)),
                        "\"" + way.get(0) + "\" goes through more than " + MAX_STEPS + " outbounds and groups");
                return;
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

    /**
     * A way from {@code name} back to where it has been, or one that is too long; empty if there is none.
     *
     * @param path what leads to it
     * @param steps how long the longest way is from each that has been looked at
     */
    private static List<String> oddWay(
            String name, Map<String, List<String>> edges, List<String> path, Map<String, Integer> steps) {
        if (path.contains(name)) {
            List<String> circle = new ArrayList<>(path.subList(path.indexOf(name), path.size()));
            circle.add(name);
            return circle;
        }
        if (steps.containsKey(name)) {
            return List.of();
        }
        path.add(name);
        int most = 0;
        for (String next : edges.getOrDefault(name, List.of())) {
            List<String> found = path.size() > MAX_STEPS ? path : oddWay(next, edges, path, steps);
            if (!found.isEmpty()) {
                steps.put(name, 0);
                return found;
            }
            most = Math.max(most, 1 + steps.getOrDefault(next, 0));
        }
        if (most > MAX_STEPS) {
            return path;
        }
        steps.put(name, most);
        path.remove(path.size() - 1);
        return List.of();
    }
}
