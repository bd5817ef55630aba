package dev.fenliu.engine;

import dev.fenliu.config.InputFile;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Remark;
import dev.fenliu.config.Type;
import dev.fenliu.subscribe.BadNode;
import dev.fenliu.subscribe.NodeList;
import dev.fenliu.subscribe.NodeNames;
import dev.fenliu.subscribe.Quota;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A config with the nodes of its subscriptions: each node that can be used is an outbound of it, and a member of the groups
 * that want it. An outbound of the config takes the place of the node that has its name; rules, tests and all else are
 * the config's alone. Reads files; not for an event loop.
 */
final class Subscribed {
    private final Config given;
    private final ListCache cache;
    private final Instant now;
    private final Problems problems;
    private final Map<String, OutboundPlan<?>> outbounds;
    private final Map<String, GroupPlan> groups;
    private final List<Status.Subscription> reports = new ArrayList<>();
    /** Which name each node has come to have, by subscription. */
    private final Map<String, Map<Nodes.Entry, String>> names = new LinkedHashMap<>();

    private final Set<String> loaded = new HashSet<>();

    private Subscribed(Config given, ListCache cache, Instant now, Problems problems) {
        this.given = given;
        this.cache = cache;
        this.now = now;
        this.problems = problems;
        this.outbounds = new LinkedHashMap<>(given.outbounds());
        this.groups = new LinkedHashMap<>(given.groups());
    }

    /**
     * Reads the copies of subscriptions, or their files.
     *
     * @param now by which accounts end
     * @param problems is told what cannot be used
     */
    static Subscribed load(Config given, ListCache cache, Instant now, Problems problems) {
        Subscribed subscribed = new Subscribed(given, cache, now, problems);
        Set<String> taken = new LinkedHashSet<>(ConfigReader.RESERVED);
        taken.addAll(given.groups().keySet());
        NodeNames free = new NodeNames(taken);
        given.subscriptions().values().forEach(plan -> subscribed.read(plan, free));
        given.uses().forEach(subscribed::use);
        return subscribed;
    }

    /** The config with them. */
    Config config() {
        return given.subscriptions().isEmpty() ? given : given.with(outbounds, groups);
    }

    /** How each of them stands, in the order of the config. */
    List<Status.Subscription> reports() {
        return List.copyOf(reports);
    }

    /** Those that have a copy, as {@link Remote#what} calls them. */
    Set<String> loaded() {
        return Set.copyOf(loaded);
    }

    private void read(SubscriptionPlan plan, NodeNames free) {
        Optional<Path> file = plan.url().map(cache::file).or(plan::file);
        try {
            if (plan.url().isPresent() && cache.fetched(plan.url().get()).isEmpty()) {
                missing(plan, "has no copy yet");
                return;
            }
            Nodes nodes = Nodes.read(plan, InputFile.read(file.orElseThrow(), NodeList.MAX_BYTES));
            loaded.add(plan.what());
            take(plan, nodes, free);
        } catch (IOException e) {
            if (plan.url().isPresent()) {
                missing(plan, "has a broken copy (" + Type.reason(e) + ")");
            } else {
                problems.error(plan.at(), "subscription \"" + plan.name() + "\": " + Type.reason(e));
            }
        }
    }

    private void missing(SubscriptionPlan plan, String what) {
        problems.warning(
                plan.at(),
                Remark.of("subscription-missing")
                        .with("subscription", plan.name())
                        .with("how", what),
                "subscription \"" + plan.name() + "\" " + what + ": it has no node until it is fetched",
                null);
        reports.add(new Status.Subscription(
                plan.name(), plan.source(), 0, 0, List.of(), Optional.empty(), Quota.UNKNOWN, Updates.NONE));
    }

    private void take(SubscriptionPlan plan, Nodes nodes, NodeNames free) {
        Map<Nodes.Entry, String> named = new LinkedHashMap<>();
        List<BadNode> bad = new ArrayList<>(nodes.unreadable());
        List<String> unverified = new ArrayList<>();
        for (Nodes.Entry node : nodes.entries()) {
            if (given.outbounds().containsKey(node.name())) {
                named.put(node, node.name());
            } else if (node.plan().isEmpty()) {
                node.refused().ifPresent(bad::add);
            } else {
                String name = free.take(node.name());
                named.put(node, name);
                outbounds.put(name, node.plan().get().named(name));
                if (node.unverified()) {
                    unverified.add(name);
                }
            }
        }
        names.put(plan.name(), named);
        Map<String, String> said = plan.url().map(cache::said).orElse(Map.of());
        Quota header = Quota.parse(said.getOrDefault(SubscriptionPlan.USERINFO, ""));
        Quota quota = header.isUnknown() ? nodes.quota() : header;
        new NodeWarnings(plan, problems).tell(bad, unverified, quota, now);
        reports.add(new Status.Subscription(
                plan.name(),
                plan.source(),
                named.size(),
                bad.size(),
                nodes.notes(),
                plan.url().flatMap(cache::fetched),
                quota,
                plan.url().map(cache::updates).orElse(Updates.NONE)));
    }

    private void use(String group, GroupUse use) {
        GroupPlan plan = java.util.Objects.requireNonNull(given.groups().get(group), group);
        Set<String> members = new LinkedHashSet<>(plan.members());
        for (String subscription : use.subscriptions()) {
            names.getOrDefault(subscription, Map.of()).forEach((node, name) -> {
                if (use.takes(node) && (!given.outbounds().containsKey(name) || goesElsewhere(name, group))) {
                    members.add(name);
                }
            });
        }
        groups.put(group, plan.with(List.copyOf(members)));
        if (members.isEmpty()) {
            problems.warning(
                    plan.at(),
                    Remark.of("group-without-node").with("group", group),
                    "group \"" + group + "\" has no member: what is sent to it is refused",
                    "no node of its subscriptions is there, or none that its filters let in");
        }
    }

    /** Whether an outbound of the config may be a member of a group: not if it is itself carried by that group. */
    private boolean goesElsewhere(String outbound, String group) {
        boolean circle = leadsTo(outbound, group, new HashSet<>());
        if (circle) {
            problems.warning(
                    java.util.Objects.requireNonNull(given.outbounds().get(outbound))
                            .at(),
                    Remark.of("outbound-in-circle").with("outbound", outbound).with("group", group),
                    "outbound \"" + outbound + "\" has the name of a node that group \"" + group
                            + "\" uses, but goes through that group: it is no member of it",
                    null);
        }
        return !circle;
    }

    private boolean leadsTo(String from, String to, Set<String> seen) {
        if (from.equals(to)) {
            return true;
        }
        OutboundPlan<?> outbound = outbounds.get(from);
        GroupPlan group = groups.get(from);
        List<String> next = outbound != null
                ? outbound.via().stream().toList()
                : group != null ? group.members() : List.<String>of();
        return seen.add(from) && next.stream().anyMatch(one -> leadsTo(one, to, seen));
    }
}
