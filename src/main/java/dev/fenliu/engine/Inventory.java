package dev.fenliu.engine;

import dev.fenliu.model.Transport;
import dev.fenliu.outbound.Aim;
import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.Group;
import dev.fenliu.outbound.Health;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.route.CompiledRouter;
import dev.fenliu.route.Rule;
import dev.fenliu.route.RuleSet;
import dev.fenliu.route.list.ListFormat;
import java.nio.file.Path;
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
        List<Listing> ruleSets,
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
     * @param check how its members are tried out
     */
    public record Team(
            String name, String type, List<String> members, Optional<String> current, Optional<Check> check) {}

    /**
     * A rule-set.
     *
     * @param kind {@code file}, {@code url}, {@code built-in} or {@code entries}
     * @param format as the config forces it
     * @param file what is read: the copy of what is kept elsewhere
     * @param entries how many are good; empty while there is no copy
     */
    public record Listing(
            String name, String kind, Optional<String> format, Optional<Path> file, Optional<Integer> entries) {}

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
                        .map(plan -> team(plan, generation))
                        .toList(),
                listings(config, generation, kept),
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

    private static Team team(GroupPlan plan, Generation generation) {
        Optional<String> current = generation.outbounds().get(plan.name()) instanceof Group group
                        && plan.kind() != GroupPlan.Kind.LOAD_BALANCE
                ? generation.path(plan.name(), Aim.ANY).stream().skip(1).findFirst()
                : Optional.empty();
        return new Team(plan.name(), plan.kind().key(), plan.members(), current, plan.check());
    }

    private static List<Listing> listings(Config config, Generation generation, Kept kept) {
        Map<String, RuleSet> sets = generation.router() instanceof CompiledRouter router ? router.sets() : Map.of();
        ListCache cache = new ListCache(kept.state());
        List<Listing> listings = new ArrayList<>();
        config.ruleSets().values().forEach(plan -> {
            String kind = plan.url().isPresent()
                    ? "url"
                    : plan.file().isPresent() ? "file" : plan.builtIn().isPresent() ? "built-in" : "entries";
            listings.add(new Listing(
                    plan.name(),
                    kind,
                    Optional.ofNullable(plan.format()).map(ListFormat::key),
                    plan.url().map(cache::file).or(plan::file),
                    Optional.ofNullable(sets.get(plan.name())).map(RuleSet::entries)));
        });
        return List.copyOf(listings);
    }
}
