package dev.fenliu.engine;

import dev.fenliu.model.Failure;
import dev.fenliu.net.ClientTls;
import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.Group;
import dev.fenliu.outbound.Health;
import dev.fenliu.outbound.Outbound;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tries out the members of groups that no flow tells about: rarely, not at all in groups that nobody has used for an hour,
 * and at once where flows make it doubtful that a member works. Confined to one event loop, where nothing else is said.
 */
public final class Prober {
    /** Asks for the page of a check through an outbound. */
    @FunctionalInterface
    interface Asking {
        Future<HttpProbe.Answer> ask(Outbound outbound, Check check);
    }

    /**
     * What a check of one outbound came to.
     *
     * @param delay until the answer, if there was one
     * @param fault what is wrong
     */
    public record Finding(String outbound, Optional<Duration> delay, Optional<String> fault) {}

    private static final long LOOK_MILLIS = 500;
    private static final Duration UNUSED = Duration.ofHours(1);
    private static final Duration SOON = Duration.ofSeconds(2);
    private static final int MOST_AT_ONCE = 8;

    private record Key(String outbound, Check check) {}

    /** An outbound to try out for the groups that have it as a member, directly or not. */
    private static final class Target {
        private final Outbound outbound;
        private final Check check;
        private final Set<Group> groups = new HashSet<>();
        private long next;
        private @Nullable Long last;
        private boolean running;

        Target(Outbound outbound, Check check) {
            this.outbound = outbound;
            this.check = check;
        }
    }

    private final EventLoop loop;
    private final Health health;
    private final LongSupplier clock;
    private final Asking asking;
    private @Nullable Generation generation;
    private Map<Key, Target> targets = Map.of();
    private Map<Group, Duration> fastest = Map.of();
    private @Nullable ScheduledFuture<?> timer;
    private int running;
    private boolean closed;

    Prober(EventLoop loop, Health health, LongSupplier clock, Asking asking) {
        this.loop = loop;
        this.health = health;
        this.clock = clock;
        this.asking = asking;
    }

    /** With real questions on {@code loop}. */
    static Prober of(EventLoop loop, Health health, LongSupplier clock) {
        Map<String, ClientTls> sessions =
                new HashMap<>(); // a server must not see that it is one program behind all ways
        return new Prober(
                loop,
                health,
                clock,
                (outbound, check) -> HttpProbe.ask(
                        check.url(),
                        outbound,
                        sessions.computeIfAbsent(outbound.name(), any -> ClientTls.plain()),
                        loop,
                        check.timeout()));
    }

    /** Goes by a new generation. Called on any thread. */
    void follow(Config config, Generation generation) {
        loop.execute(() -> {
            this.generation = generation;
            Set<Check> checks = new HashSet<>(Set.of(Check.DEFAULT));
            config.groups().values().forEach(plan -> plan.check().ifPresent(checks::add));
            health.keep(generation.outbounds().keySet(), checks);
            Map<Key, Target> wanted = new LinkedHashMap<>();
            Map<Group, Duration> rivals = new LinkedHashMap<>();
            for (GroupPlan plan : config.groups().values()) {
                if (plan.check().isPresent() && generation.outbounds().get(plan.name()) instanceof Group group) {
                    boolean eager = plan.kind() == GroupPlan.Kind.FASTEST;
                    if (eager) {
                        rivals.put(group, plan.tolerance());
                    }
                    for (Outbound leaf : leaves(group)) {
                        add(leaf, plan.check().get(), group, eager, wanted);
                    }
                }
            }
            targets = wanted;
            fastest = rivals;
            if (timer == null && !closed && !targets.isEmpty()) {
                timer = loop.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
        });
    }

    private void add(Outbound leaf, Check check, Group group, boolean eager, Map<Key, Target> wanted) {
        if (isForbidden(leaf, check) || leaf.name().equals("block")) {
            return;
        }
        Target target = wanted.computeIfAbsent(new Key(leaf.name(), check), any -> new Target(leaf, check));
        target.groups.add(group);
        Target before = targets.get(new Key(leaf.name(), check));
        if (before != null) {
            target.next = before.next;
            target.last = before.last;
        } else if (eager && health.checked(leaf.name(), check).isEmpty()) {
            target.next = clock.getAsLong() + between(Duration.ZERO, SOON);
        } else if (target.next == 0) {
            target.next = clock.getAsLong() + between(check.every().dividedBy(2), check.every());
        }
    }

    /** The rules tunnel that name: it must not be asked for in the plain. */
    private boolean isForbidden(Outbound leaf, Check check) {
        Generation by = generation;
        return by != null
                && by.leavesPlainly(leaf.name())
                && Routing.ownWay(by, leaf.name(), HttpFetch.server(check.url())) != leaf;
    }

    /** The outbounds that a group leads to in the end, each once. */
    private static Set<Outbound> leaves(Group group) {
        Set<Outbound> leaves = new LinkedHashSet<>();
        for (Outbound member : group.members()) {
            if (member instanceof Group inner) {
                leaves.addAll(leaves(inner));
            } else {
                leaves.add(member);
            }
        }
        return leaves;
    }

    private static long between(Duration least, Duration most) {
        return ThreadLocalRandom.current().nextLong(least.toNanos(), most.toNanos() + 1);
    }

    /** Tries out what is due now. */
    void look() {
        for (Target target : targets.values()) {
            if (!closed && running < MOST_AT_ONCE && !target.running && isDue(target)) {
                check(target);
            }
        }
    }

    private boolean isDue(Target target) {
        String name = target.outbound.name();
        long now = clock.getAsLong();
        if (isWanted(target) && health.inDoubt(name)) {
            return target.last == null || now - target.last >= SOON.toNanos();
        }
        boolean unknown = target.last == null
                && isRival(target)
                && health.checked(name, target.check).isEmpty();
        boolean idle = !health.usedWithin(name, target.check.every());
        return now - target.next >= 0 && (unknown || isWanted(target) && (idle || isContested(target)));
    }

    private boolean isRival(Target target) {
        return target.groups.stream().anyMatch(fastest::containsKey);
    }

    private boolean isWanted(Target target) {
        return target.groups.stream()
                .flatMap(group -> leaves(group).stream())
                .anyMatch(leaf -> health.usedWithin(leaf.name(), UNUSED));
    }

    /** Whether another has been faster than this one, the fastest so far, so that it must show what it can now. */
    private boolean isContested(Target target) {
        for (Group group : target.groups) {
            Duration tolerance = fastest.get(group);
            Optional<Duration> own = health.delay(target.outbound.name(), target.check);
            if (tolerance != null
                    && own.isPresent()
                    && leaves(group).stream()
                            .flatMap(leaf -> health.delay(leaf.name(), target.check).stream())
                            .anyMatch(other -> other.plus(tolerance).compareTo(own.get()) < 0)) {
                return true;
            }
        }
        return false;
    }

    private Future<Finding> check(Target target) {
        target.running = true;
        running++;
        Future<Finding> checking = check(target.outbound, target.check);
        checking.addListener(done -> {
            target.running = false;
            running--;
            Duration every = target.check.every();
            target.last = clock.getAsLong();
            target.next = target.last + between(every.multipliedBy(9).dividedBy(10), every);
        });
        return checking;
    }

    private Future<Finding> check(Outbound outbound, Check check) {
        Promise<Finding> result = loop.newPromise();
        String name = outbound.name();
        if (isForbidden(outbound, check)) {
            String why = "the rules tunnel " + check.url().getHost() + ": it is not asked for without one";
            return result.setSuccess(new Finding(name, Optional.empty(), Optional.of(why)));
        }
        asking.ask(outbound, check).addListener((Future<HttpProbe.Answer> done) -> {
            if (done.isSuccess()) {
                HttpProbe.Answer answer = done.getNow();
                Optional<String> fault = check.fault(answer.status(), answer.body());
                health.answered(name, check, answer.delay(), fault);
                result.setSuccess(new Finding(name, Optional.of(answer.delay()), fault));
            } else {
                Failure failure = Failure.of(done.cause());
                health.unanswered(name, failure.text(), failure.kind() != Failure.Kind.TUNNEL_DOWN);
                result.setSuccess(new Finding(name, Optional.empty(), Optional.of(failure.text())));
            }
        });
        return result;
    }

    /** Tries out all members of a group now, whatever it is used for. Called on any thread. */
    Future<List<Finding>> measure(Group group) {
        Promise<List<Finding>> result = loop.newPromise();
        loop.execute(() -> {
            List<Finding> found = new ArrayList<>();
            Set<Outbound> leaves = leaves(group);
            if (leaves.isEmpty()) {
                result.setSuccess(found);
            }
            for (Outbound leaf : leaves) {
                check(leaf, group.check().orElse(Check.DEFAULT)).addListener((Future<Finding> done) -> {
                    found.add(done.getNow());
                    if (found.size() == leaves.size()) {
                        result.setSuccess(found);
                    }
                });
            }
        });
        return result;
    }

    /** Asks for nothing more. Called on any thread. */
    void close() {
        loop.execute(() -> {
            closed = true;
            if (timer != null) {
                timer.cancel(false);
            }
        });
    }
}
