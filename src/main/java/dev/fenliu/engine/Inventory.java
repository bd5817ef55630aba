package dev.fenliu.engine;

import dev.fenliu.model.Transport;
import dev.fenliu.outbound.Aim;
import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.Group;
import dev.fenliu.outbound.Health;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.route.Rule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the config in force lists, each in the order of the config, and how that stands.
 *
 * @param time when that was looked at
 * @param outbounds those of the config and the nodes of its subscriptions; without direct and block
 * @param listeners the API's too
 * @param level of what is logged
 */
public record Inventory(
        Instant time,
        List<Single> outbounds,
        List<Team> groups,
        List<Rule> rules,
        List<Status.Subscription> subscriptions,
        List<Status.Listening> listeners,
        Config.Level level) {

    /**
     * An outbound that is no group.
     *
     * @param udp whether it carries datagrams; also true of a node that nobody has wanted yet, of which nothing is known
     * @param via the outbound or group that carries it to its server
     * @param subscription the one that lists it
     * @param checked one for each way in which groups try out their members
     */
    public record Single(
            String name,
            String type,
            boolean udp,
            Optional<String> via,
            Optional<String> subscription,
            Health.Vitals vitals,
            List<Checked> checked) {}

    /**
     * What checks of one kind found.
     *
     * @param delay until the answers began, the median of the latest
     * @param ago when the latest was
     */
    public record Checked(Check check, Duration delay, Duration ago) {}

    /**
     * A group.
     *
     * @param type as the config names it
     * @param members as the config lists them
     * @param current the member that a flow would try first now
     * @param pinned the member that the user has put first in a group that picks by itself
     * @param check how its members are tried out
     */
    public record Team(
            String name,
            String type,
            List<String> members,
            Optional<String> current,
            Optional<String> pinned,
            Optional<Check> check) {}

    /** What {@code config} lists, as things stand. */
    static Inventory of(
            Config config,
            Generation generation,
            Kept kept,
            List<Status.Subscription> subscriptions,
            List<Status.Listening> listeners) {
        Set<Check> checks = new LinkedHashSet<>();
        config.groups().values().forEach(plan -> plan.check().ifPresent(checks::add));
        checks.add(Check.DEFAULT);
        return new Inventory(
                kept.dates().instant(),
                config.outbounds().values().stream()
                        .map(plan -> single(plan, generation.outbounds().get(plan.name()), kept.health(), checks))
                        .toList(),
                config.groups().values().stream()
                        .map(plan -> team(plan, generation, kept.selections()))
                        .toList(),
                config.rules(),
                subscriptions,
                listeners,
                config.log().level());
    }

    private static Single single(OutboundPlan<?> plan, @Nullable Outbound built, Health health, Set<Check> checks) {
        boolean udp = built instanceof LazyOutbound
                || built != null && built.transports().contains(Transport.UDP);
        List<Checked> checked = new ArrayList<>();
        for (Check check : checks) {
            Optional<Duration> delay = health.delay(plan.name(), check);
            Optional<Duration> ago = health.checked(plan.name(), check);
            if (delay.isPresent() && ago.isPresent()) {
                checked.add(new Checked(check, delay.get(), ago.get()));
            }
        }
        return new Single(
                plan.name(),
                plan.type().name(),
                udp,
                plan.via(),
                plan.subscription(),
                health.vitals(plan.name()),
                checked);
    }

    private static Team team(GroupPlan plan, Generation generation, Map<String, String> selections) {
        boolean built = generation.outbounds().get(plan.name()) instanceof Group;
        Optional<String> current = built && plan.kind() != GroupPlan.Kind.LOAD_BALANCE
                ? generation.path(plan.name(), Aim.ANY).stream().skip(1).findFirst()
                : Optional.empty();
        Optional<String> pinned =
                Optional.of(Steered.pin(selections, plan.name())).filter(plan.members()::contains);
        return new Team(plan.name(), plan.kind().key(), plan.members(), current, pinned, plan.check());
    }
}
