package dev.fenliu.engine;

import dev.fenliu.model.Failure;
import dev.fenliu.model.Reason;
import dev.fenliu.net.ClientTls;
import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.Exit;
import dev.fenliu.outbound.ExitGuard;
import dev.fenliu.outbound.ExitRule;
import dev.fenliu.outbound.Health;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.state.StateFiles;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the far ends of outbounds are, as a trace page sees them, and what groups keep to. No flow takes an exit that was
 * seen longer ago than the rule says, or before the outbound was last built or failed: the exit is asked for first. In use
 * it is asked for somewhat earlier, beside the flows. One that cannot be seen will not do. Outlives reloads, and what groups
 * keep to outlives restarts too. Thread-safe.
 */
public final class Exits {
    /** Asks for the page of a check through an outbound. */
    @FunctionalInterface
    interface Asking {
        Future<HttpProbe.Answer> ask(Outbound outbound, Check check, EventLoop loop);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Exits.class);
    private static final String NAME = "exits";
    private static final int VERSION = 1;

    /** @param at by the monotonic clock */
    private record Seen(Exit exit, long at) {}

    /** @param outbound itself, for that of another config may lead elsewhere under the same name */
    private record Question(Outbound outbound, Check check) {}

    private final LongSupplier clock;
    private final Health health;
    private final FarEnds farEnds;
    private final StateFiles state;
    private final Asking asking;
    private final Map<Question, Seen> seen = new ConcurrentHashMap<>();
    private final Map<Question, Promise<Optional<String>>> asked = new ConcurrentHashMap<>();

    /** What groups keep to that keep to the first that was seen. */
    private final Map<String, String> pins = new ConcurrentHashMap<>();

    private final Map<String, String> told = new ConcurrentHashMap<>();
    private final Executor disk;

    /** @param disk runs what waits for the disk, one after another */
    Exits(LongSupplier clock, Health health, FarEnds farEnds, StateFiles state, Executor disk, Asking asking) {
        this.clock = clock;
        this.health = health;
        this.farEnds = farEnds;
        this.disk = disk;
        this.state = state;
        this.asking = asking;
        state.read(NAME, VERSION, in -> {
            for (int left = in.readInt(); left > 0; left--) {
                pins.put(in.readUTF(), in.readUTF());
            }
        });
    }

    /** With real questions. */
    static Exits of(LongSupplier clock, InstantSource dates, Health health, StateFiles state) {
        Map<String, ClientTls> sessions = new ConcurrentHashMap<>(); // no server must see that ways are of one program
        Executor disk = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "exits");
            thread.setDaemon(true);
            return thread;
        });
        return new Exits(
                clock,
                health,
                new FarEnds(clock, dates, state, disk),
                state,
                disk,
                (outbound, check, loop) -> HttpProbe.ask(
                        check.url(),
                        outbound,
                        sessions.computeIfAbsent(outbound.name(), any -> ClientTls.plain()),
                        loop,
                        check.timeout()));
    }

    /** What was last seen of far ends. */
    FarEnds farEnds() {
        return farEnds;
    }

    /** Who judges the members of a group by where they leave from. */
    ExitGuard guard(String group, ExitRule rule) {
        return new ExitGuard() {
            @Override
            public Future<Optional<String>> objection(Outbound member, EventLoop loop) {
                return Exits.this.objection(group, rule, member, loop);
            }

            @Override
            public Optional<String> known(Outbound member) {
                Seen known = seen.get(new Question(member, rule.check()));
                return Optional.ofNullable(known)
                        .map(Seen::exit)
                        .or(() -> farEnds.exit(member.name(), rule.check().url()))
                        .flatMap(exit -> fault(group, rule, exit));
            }
        };
    }

    /** What is wrong with an exit for a group, in words. */
    Optional<String> fault(String group, ExitRule rule, Exit exit) {
        return rule.fault(
                exit, rule.lock().flatMap(ExitRule.Lock::value).or(() -> Optional.ofNullable(pins.get(group))));
    }

    private Future<Optional<String>> objection(String group, ExitRule rule, Outbound member, EventLoop loop) {
        Question question = new Question(member, rule.check());
        Seen known = seen.get(question);
        long every = rule.check().every().toNanos();
        long age = known == null ? 0 : clock.getAsLong() - known.at();
        if (known != null && age < every && !health.failedSince(member.name(), known.at())) {
            if (age >= every / 5 * 4) {
                learn(question, loop);
            }
            return loop.newSucceededFuture(judge(group, rule, member.name(), known.exit()));
        }
        Promise<Optional<String>> result = loop.newPromise();
        learn(question, loop).addListener((Future<Optional<String>> done) -> {
            Seen now = seen.get(question);
            Optional<String> trouble = done.getNow();
            result.trySuccess(
                    trouble.isPresent() || now == null ? trouble : judge(group, rule, member.name(), now.exit()));
        });
        return result;
    }

    private Optional<String> judge(String group, ExitRule rule, String member, Exit exit) {
        if (rule.fault(exit, Optional.empty()).isEmpty()) {
            rule.lock().filter(lock -> lock.value().isEmpty()).ifPresent(lock -> pin(group, lock.of(exit)));
        }
        Optional<String> fault = fault(group, rule, exit);
        String key = group + " " + member;
        if (fault.isEmpty()) {
            told.remove(key);
        } else if (!fault.get().equals(told.put(key, fault.get()))) {
            LOG.warn("group \"{}\" does not use \"{}\": {}", group, member, fault.get());
        }
        return fault;
    }

    private void pin(String group, String value) {
        if (pins.putIfAbsent(group, value) == null) {
            LOG.info("group \"{}\" keeps to the exit {} from now on", group, value);
            disk.execute(this::save);
        }
    }

    private void save() {
        Map<String, String> all = Map.copyOf(pins);
        try {
            state.write(NAME, VERSION, out -> {
                out.writeInt(all.size());
                for (Map.Entry<String, String> pin : all.entrySet()) {
                    out.writeUTF(pin.getKey());
                    out.writeUTF(pin.getValue());
                }
            });
        } catch (IOException e) {
            LOG.warn("exits that groups keep to cannot be kept for the next start: {}", e.getMessage());
        }
    }

    /**
     * Forgets what was seen of others than these outbounds, and what others kept to than these groups, of which those
     * count that keep to the first exit that is seen.
     */
    void keep(Collection<GroupPlan> groups, Map<String, Outbound> outbounds) {
        seen.keySet().removeIf(one -> outbounds.get(one.outbound().name()) != one.outbound());
        farEnds.keep(outbounds.keySet());
        Set<String> first = groups.stream()
                .filter(group -> group.exits()
                        .flatMap(ExitRule::lock)
                        .filter(lock -> lock.value().isEmpty())
                        .isPresent())
                .map(GroupPlan::name)
                .collect(Collectors.toSet());
        if (pins.keySet().retainAll(first)) {
            disk.execute(this::save);
        }
    }

    /** Asks, once for all who want to know; in the end, what went wrong. */
    private Future<Optional<String>> learn(Question question, EventLoop loop) {
        Promise<Optional<String>> mine = loop.newPromise();
        Promise<Optional<String>> running = asked.putIfAbsent(question, mine);
        if (running != null) {
            return running;
        }
        asking.ask(question.outbound(), question.check(), loop).addListener((Future<HttpProbe.Answer> done) -> {
            Optional<String> trouble = take(question, done);
            asked.remove(question, mine);
            mine.trySuccess(trouble);
        });
        return mine;
    }

    private Optional<String> take(Question question, Future<HttpProbe.Answer> done) {
        if (!done.isSuccess()) {
            Failure failure = Failure.of(done.cause());
            health.unanswered(
                    question.outbound().name(), Reason.of(failure), failure.kind() != Failure.Kind.TUNNEL_DOWN);
            return Optional.of("its exit cannot be seen: " + failure.text());
        }
        Optional<Exit> exit = Exit.read(done.getNow().body());
        if (exit.isEmpty()) {
            return Optional.of(
                    "its exit cannot be seen: " + question.check().url().getHost() + " does not say (status "
                            + done.getNow().status() + ")");
        }
        seen.put(question, new Seen(exit.get(), clock.getAsLong()));
        farEnds.saw(question.outbound().name(), question.check().url(), exit.get());
        return Optional.empty();
    }
}
