package dev.fenliu.engine;

import dev.fenliu.config.Problems;
import dev.fenliu.dns.Resolvers;
import dev.fenliu.model.Reason;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.Resolver;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.outbound.Block;
import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.Choice;
import dev.fenliu.outbound.Direct;
import dev.fenliu.outbound.Group;
import dev.fenliu.outbound.Health;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TunnelContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Builds the outbounds and groups of a config, each after what it goes through. References were checked before. */
final class Outbounds {
    /** So many are made at once, for the first flow of each is the faster for it. */
    private static final int FEW = 32;

    private final Config config;
    private final Kept kept;
    private final Resolvers resolvers;
    private final SocketOptions sockets;
    private final Dialer bootstrap;
    private final Problems problems;
    private final Map<String, Outbound> built = new LinkedHashMap<>();

    private Outbounds(Config config, Kept kept, Resolvers resolvers, Problems problems) {
        this.config = config;
        this.kept = kept;
        this.resolvers = resolvers;
        this.sockets = config.sockets();
        this.bootstrap = new Direct("bootstrap", sockets, resolvers.bootstrap());
        this.problems = problems;
    }

    /** All outbounds by name; fewer when a problem was reported. */
    static Map<String, Outbound> build(Config config, Kept kept, Resolvers resolvers, Problems problems) {
        Outbounds outbounds = new Outbounds(config, kept, resolvers, problems);
        outbounds.built.put("direct", new Direct("direct", outbounds.sockets, resolvers.direct()));
        outbounds.built.put("block", new Block());
        config.outbounds().keySet().forEach(outbounds::get);
        config.groups().keySet().forEach(outbounds::get);
        return outbounds.built;
    }

    /** Names of outbounds and groups that may leave this machine plainly, by the address that it has anyway. */
    static Set<String> plain(Config config) {
        Set<String> plain = new LinkedHashSet<>();
        plain.add("direct");
        config.outbounds().forEach((name, plan) -> {
            if (plan.options() instanceof SocketOptions options && isPlain(options)) {
                plain.add(name);
            }
        });
        return plain;
    }

    /** Names of groups and outbounds that carry by tunnels only, as things stand, in the order of the config. */
    static List<String> tunnels(Config config, Generation generation) {
        List<String> tunnels = new ArrayList<>();
        config.groups().keySet().stream()
                .filter(name -> generation.outbounds().get(name) instanceof Group group
                        && !group.order().isEmpty()
                        && !generation.leavesPlainly(name))
                .forEach(tunnels::add);
        config.outbounds().values().stream()
                .filter(plan -> plan.subscription().isEmpty() && !(plan.options() instanceof SocketOptions))
                .forEach(plan -> tunnels.add(plan.name()));
        return tunnels;
    }

    /** How the outbounds of a config stand. */
    static List<Status.Way> ways(Config config, Health health) {
        return config.outbounds().values().stream()
                .map(plan -> new Status.Way(
                        plan.name(), plan.type().name(), plan.via(), health.vitals(plan.name()), plan.subscription()))
                .toList();
    }

    /** How the groups of a config stand. */
    static List<Status.Team> teams(Config config, Generation generation, Map<String, String> selections) {
        return config.groups().values().stream()
                .map(plan -> team(plan, generation.outbounds().get(plan.name()), selections))
                .toList();
    }

    private static Status.Team team(GroupPlan plan, @Nullable Outbound built, Map<String, String> selections) {
        List<String> members = new ArrayList<>();
        Map<String, Reason> faults = new LinkedHashMap<>();
        if (built instanceof Group group) {
            group.order().forEach(member -> members.add(member.name()));
            group.members().forEach(member -> group.fault(member).ifPresent(fault -> faults.put(member.name(), fault)));
        }
        List<String> selectable = built instanceof Group group
                ? group.members().stream().map(Outbound::name).toList()
                : List.of();
        String choice = plan.kind() == GroupPlan.Kind.SELECT
                ? members.stream().findFirst().orElse("")
                : Steered.pin(selections, plan.name());
        return new Status.Team(
                plan.name(),
                plan.kind().key(),
                members,
                faults,
                selectable,
                Optional.of(choice).filter(name -> !name.isEmpty()));
    }

    private Outbound get(String name) {
        Outbound known = built.get(name);
        if (known != null) {
            return known;
        }
        OutboundPlan<?> plan = config.outbounds().get(name);
        Outbound made = plan == null
                ? group(name)
                : plan.subscription().isPresent() && config.outbounds().size() > FEW
                        ? new LazyOutbound(name, () -> open(plan))
                        : open(plan);
        built.put(name, made);
        return made;
    }

    private Outbound open(OutboundPlan<?> plan) {
        Dialer server = plan.via().<Dialer>map(this::get).orElse(bootstrap);
        try {
            return plan.open(new TunnelContext(server, origins(plan), sockets.mark()));
        } catch (IOException e) {
            problems.error(plan.at(), "outbound \"" + plan.name() + "\": " + e.getMessage());
            return new Block();
        }
    }

    /** Names of what leaves by another way out of this machine are asked by that way too. */
    private Resolver origins(OutboundPlan<?> plan) {
        return plan.options() instanceof SocketOptions options && !isPlain(options)
                ? resolvers.through(plan.name(), options.marked(sockets.mark()))
                : resolvers.direct();
    }

    private static boolean isPlain(SocketOptions options) {
        return options.equals(SocketOptions.DEFAULT);
    }

    private Outbound group(String name) {
        GroupPlan plan = java.util.Objects.requireNonNull(config.groups().get(name), name);
        List<Outbound> members = new ArrayList<>();
        plan.members().forEach(member -> members.add(get(member)));
        return new Group(name, members, choice(plan), kept.health(), plan.check(), MemberGuard.of(plan, kept.exits()));
    }

    private Choice choice(GroupPlan plan) {
        Choice own = own(plan);
        return plan.kind() == GroupPlan.Kind.SELECT
                ? own
                : Choice.pinned(own, () -> Steered.pin(kept.selections(), plan.name()));
    }

    private Choice own(GroupPlan plan) {
        return switch (plan.kind()) {
            case SELECT -> Choice.select(() -> kept.selections().getOrDefault(plan.name(), ""));
            case FALLBACK -> Choice.fallback();
            case FASTEST ->
                Choice.fastest(
                        plan.name(),
                        kept.selections(),
                        plan.tolerance(),
                        plan.check().map(Check::every).orElse(Check.EVERY).multipliedBy(3)); // three checks or so
            case LOAD_BALANCE ->
                switch (plan.strategy()) {
                    case HASH -> Choice.hash();
                    case ROUND_ROBIN -> Choice.roundRobin();
                    case STICKY -> Choice.sticky(kept.clock());
                };
        };
    }
}
