package dev.fenliu.engine;

import dev.fenliu.model.Reason;
import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.Group;
import dev.fenliu.outbound.Health;
import dev.fenliu.outbound.Outbound;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseNotifier;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayList;
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
    /**
     * What a check of one outbound came to.
     *
     * @param delay until the answer, if there was one
     * @param fault what is wrong
     */
    public record Finding(String outbound, Optional<Duration> delay, Optional<Reason> fault) {}

    private static final long LOOK_MILLIS = 500;
    private static final Duration UNUSED = Duration.ofHours(1);
    private static final Duration SOON = Duration.ofSeconds(2);
    private static final int MOST_AT_ONCE = 8;

    /** Until the doctor, who has found something, comes again; twice as long each time. */
    private static final Duration AGAIN = Duration.ofSeconds(15);

    private record Key(String outbound, Check check) {}

    /** An outbound to try out for the groups that have it as a member, directly or not. */
    private static final class Target {
        private final Outbound outbound;
        private final Check check;
        private final Set<Group> groups = new HashSet<>();
        private long next;
        private @Nullable Long last;
        private boolean running;

        /** How often in a row the doctor has found something. */
        private int faults;

        Target(Outbound outbound, Check check) {
            this.outbound = outbound;
            this.check = check;
        }
    }

    private final EventLoop loop;
    private final Health health;
    private final LongSupplier clock;
    private final Checker checker;
    private Map<Key, Target> targets = Map.of();
    private Map<Group, Duration> fastest = Map.of();
    /** Of the groups that are checked; worked out once, for a subscription has thousands. */
    private Map<Group, Set<Outbound>> leaves = Map.of();

    /** Those of them that flows have used lately, as of the latest look. */
    private Set<Group> used = Set.of();

    private @Nullable ScheduledFuture<?> timer;
    private int running;
    private boolean closed;

    /** @param checker of the same loop */
    Prober(EventLoop loop, Health health, LongSupplier clock, Checker checker) {
        this.loop = loop;
        this.health = health;
        this.clock = clock;
        this.checker = checker;
    }

    /** Goes by a new generation. Called on any thread. */
    void follow(Config config, Generation generation) {
        loop.execute(() -> {
            Set<Check> all = new HashSet<>(Set.of(Check.DEFAULT));
            config.groups().values().forEach(plan -> plan.check().ifPresent(all::add));
            checker.follow(generation, all);
            Map<Key, Target> wanted = new LinkedHashMap<>();
            Map<Group, Duration> rivals = new LinkedHashMap<>();
            Map<Group, Set<Outbound>> known = new LinkedHashMap<>();
            for (GroupPlan plan : config.groups().values()) {
                if (plan.check().isPresent() && generation.outbounds().get(plan.name()) instanceof Group group) {
                    boolean eager = plan.kind() == GroupPlan.Kind.FASTEST;
                    if (eager) {
                        rivals.put(group, plan.tolerance());
                    }
                    known.put(group, leaves(group));
                    for (Outbound leaf : known.get(group)) {
                        add(leaf, plan.check().get(), group, eager, wanted);
                    }
                }
            }
            targets = wanted;
            fastest = rivals;
            leaves = known;
            if (timer == null && !closed && !targets.isEmpty()) {
                timer = loop.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
        });
    }

    private void add(Outbound leaf, Check check, Group group, boolean eager, Map<Key, Target> wanted) {
        if (checker.isForbidden(leaf, check) || leaf.name().equals("block")) {
            return;
        }
        Target target = wanted.computeIfAbsent(new Key(leaf.name(), check), any -> new Target(leaf, check));
        target.groups.add(group);
        Target before = targets.get(new Key(leaf.name(), check));
        if (before != null) {
            target.next = before.next;
            target.last = before.last;
            target.faults = before.faults;
        }
        if (check.doctor() && (before == null || before.outbound != leaf)) {
            target.next = clock.getAsLong(); // what was found of another config's may not be true of it
        } else if (before == null && eager && health.checked(leaf.name(), check).isEmpty()) {
            target.next = clock.getAsLong() + between(Duration.ZERO, SOON);
        } else if (target.next == 0) {
            target.next = clock.getAsLong() + between(check.every().dividedBy(2), check.every());
        }
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
        Set<Group> now = new HashSet<>();
        leaves.forEach((group, all) -> {
            if (all.stream().anyMatch(leaf -> health.wantedWithin(leaf.name(), UNUSED))) {
                now.add(group);
            }
        });
        used = now;
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
        return now - target.next >= 0 && (unknown || isWanted(target) && (isUntold(target) || isContested(target)));
    }

    /** Whether flows do not tell what the check would: that there are none, or what the page or the doctor says. */
    private boolean isUntold(Target target) {
        String name = target.outbound.name();
        return target.check.doctor()
                || !health.usedWithin(name, target.check.every())
                || health.fault(name, target.check).isPresent();
    }

    private boolean isRival(Target target) {
        return target.groups.stream().anyMatch(fastest::containsKey);
    }

    private boolean isWanted(Target target) {
        return target.groups.stream().anyMatch(used::contains);
    }

    /** Whether another has been faster than this one, the fastest so far, so that it must show what it can now. */
    private boolean isContested(Target target) {
        for (Group group : target.groups) {
            Duration tolerance = fastest.get(group);
            Optional<Duration> own = health.delay(target.outbound.name(), target.check);
            if (tolerance != null
                    && own.isPresent()
                    && leaves.getOrDefault(group, Set.of()).stream()
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
        Future<Finding> checking = checker.check(target.outbound, target.check, target.faults > 0);
        checking.addListener((Future<Finding> done) -> {
            target.running = false;
            running--;
            Duration every = target.check.every();
            target.last = clock.getAsLong();
            target.next = target.last + between(every.multipliedBy(9).dividedBy(10), every);
            if (target.check.doctor()) {
                boolean fault = done.getNow().fault().isPresent();
                target.faults = fault ? Math.min(target.faults + 1, 10) : 0;
                long again = AGAIN.toNanos() << Math.max(0, target.faults - 1);
                target.next = fault ? target.last + Math.min(again, every.toNanos()) : target.next;
            }
        });
        return checking;
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
                checker.check(leaf, group.check().orElse(Check.DEFAULT), true).addListener((Future<Finding> done) -> {
                    found.add(done.getNow());
                    if (found.size() == leaves.size()) {
                        result.setSuccess(found);
                    }
                });
            }
        });
        return result;
    }

    /**
     * Tries out one outbound now; a group by the member that a flow would try first. Called on any thread.
     *
     * @return does not fail; names the outbound that was tried
     */
    Future<Finding> measure(Outbound outbound, Check check) {
        Promise<Finding> result = loop.newPromise();
        loop.execute(() -> {
            Outbound leaf = outbound;
            while (leaf instanceof Group group && !group.order().isEmpty()) {
                leaf = group.order().get(0);
            }
            checker.check(leaf, check, true).addListener(new PromiseNotifier<>(result));
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
