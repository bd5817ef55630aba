package dev.fenliu.engine;

import dev.fenliu.config.Position;
import dev.fenliu.dns.DnsOptions;
import dev.fenliu.dns.NameResolver;
import dev.fenliu.model.Device;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.outbound.Aim;
import dev.fenliu.outbound.Group;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.route.Decision;
import dev.fenliu.route.PlainNames;
import dev.fenliu.route.Question;
import dev.fenliu.route.Router;
import dev.fenliu.route.RuleRef;
import dev.fenliu.route.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Everything built from one version of the configuration. Immutable; a flow takes the current one when it starts and
 * finishes on it.
 *
 * @param number rises with every reload
 * @param outbounds outbounds and groups by name
 * @param plain the names of outbounds that leave without a tunnel and without an interface of their own: {@code direct}
 *     and what is like it
 * @param resolver for the names of direct flows, and of rules that ask for addresses
 * @param tunnelled the resolver whose questions leave through the outbound of that name
 * @param replies what DNS clients are told
 * @param processes finds the program behind a flow
 * @param devices finds the machine that a flow comes from
 * @param autoConfig how browsers find us
 * @param guards judges destinations
 */
record Generation(
        long number,
        Router router,
        Map<String, Outbound> outbounds,
        Set<String> plain,
        NameResolver resolver,
        Function<String, NameResolver> tunnelled,
        DnsOptions.Replies replies,
        ProcessLookup processes,
        DeviceLookup devices,
        ProxyAutoConfig autoConfig,
        Guards guards) {
    Generation {
        outbounds = Map.copyOf(outbounds);
        plain = Set.copyOf(plain);
    }

    /** What is current before the first config is in force: refuses every flow. */
    static Generation refusing() {
        RuleRef rule = new RuleRef(0, new Position("start", 0, 0), "not started");
        Router none = new Router() {
            @Override
            public Verdict match(Question question) {
                return new Decision.Block(rule);
            }

            @Override
            public boolean wantsFirstBytes(Flow flow) {
                return false;
            }
        };
        return new Generation(
                0,
                none,
                Map.of(),
                Set.of(),
                (name, loop) -> loop.newFailedFuture(new Failure(Failure.Kind.OVERLOADED, "not started")),
                name -> (host, loop) -> loop.newFailedFuture(new Failure(Failure.Kind.OVERLOADED, "not started")),
                DnsOptions.DEFAULT.replies(),
                (flow, loop) -> loop.newSucceededFuture(""),
                (source, loop) -> loop.newSucceededFuture(Device.UNKNOWN),
                new ProxyAutoConfig(PlainNames.NONE),
                new Guards(Map.of(), Set.of(), Set.of()));
    }

    /** Whether what is sent to this outbound or group may leave plainly as things stand. */
    boolean leavesPlainly(String name) {
        return outbounds.get(name) instanceof Group group ? leavesPlainly(group) : plain.contains(name);
    }

    private boolean leavesPlainly(Group group) {
        return group.order().stream()
                .anyMatch(
                        member -> member instanceof Group inner ? leavesPlainly(inner) : plain.contains(member.name()));
    }

    /** The same with other eyes for devices. */
    Generation withDevices(DeviceLookup other) {
        return new Generation(
                number, router, outbounds, plain, resolver, tunnelled, replies, processes, other, autoConfig, guards);
    }

    /**
     * Group, …, outbound: who carries what is sent to {@code target} as things stand; where a group would use none of its
     * members, the first of them ends the path.
     */
    List<String> path(String target, Aim aim) {
        List<String> path = new ArrayList<>(List.of(target));
        Outbound at = outbounds.get(target);
        while (at instanceof Group group && !group.members().isEmpty()) {
            List<Outbound> order = group.order(aim);
            at = order.stream()
                    .filter(member -> group.objection(member).isEmpty())
                    .findFirst()
                    .orElse(order.get(0));
            path.add(at.name());
        }
        return path;
    }

    /** Why groups on that path would not use the members that they would try before it goes on, in order. */
    List<Objection> objections(List<String> path, Aim aim) {
        List<Objection> objections = new ArrayList<>();
        for (String name : path) {
            if (outbounds.get(name) instanceof Group group) {
                for (Outbound member : group.order(aim)) {
                    Optional<String> why = group.objection(member);
                    if (why.isEmpty()) {
                        break;
                    }
                    objections.add(new Objection(name, member.name(), why.get()));
                }
            }
        }
        return objections;
    }

    /** The same with other rules. */
    Generation withRouter(Router other) {
        return new Generation(
                number, other, outbounds, plain, resolver, tunnelled, replies, processes, devices, autoConfig, guards);
    }

    /** The same with other guards. */
    Generation withGuards(Guards other) {
        return new Generation(
                number, router, outbounds, plain, resolver, tunnelled, replies, processes, devices, autoConfig, other);
    }
}
