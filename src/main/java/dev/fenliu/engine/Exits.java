package dev.fenliu.engine;

import dev.fenliu.model.Failure;
import dev.fenliu.net.ClientTls;
import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.Exit;
import dev.fenliu.outbound.ExitGuard;
import dev.fenliu.outbound.ExitRule;
import dev.fenliu.outbound.Group;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.state.StateFiles;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
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
 * Where the far ends of outbounds are, as a trace page sees them, and what groups keep to. An exit is asked for before the
 * first flow, and again when it was last seen a while ago, at first beside the flows. One that cannot be seen will not do.
 * Outlives reloads, and what groups keep to outlives restarts too. Thread-safe.
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

    private record Question(String outbound, Check check) {}

    private final LongSupplier clock;
    private final StateFiles state;
    private final Asking asking;
    private final Map<Question, Seen> seen = new ConcurrentHashMap<>();
    private final Map<Question, Promise<Optional<String>>> asked = new ConcurrentHashMap<>();

    /** What groups keep to that keep to the first that was seen. */
    private final Map<String, String> pins = new ConcurrentHashMap<>();

    private final Map<String, String> told = new ConcurrentHashMap<>();
    private final Executor disk;

    /** @param disk runs what waits for the disk, one after another */
    Exits(LongSupplier clock, StateFiles state, Executor disk, Asking asking) {
        this.clock = clock;
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
    static Exits of(LongSupplier clock, StateFiles state) {
        Map<String, ClientTls> sessions = new ConcurrentHashMap<>(); // no server must see that ways are of one program
        Executor disk = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "exits");
            thread.setDaemon(true);
            return thread;
        });
        return new Exits(
                clock,
                state,
                disk,
                (outbound, check, loop) -> HttpProbe.ask(
                        check.url(),
                        outbound,
                        sessions.computeIfAbsent(outbound.name(), any -> ClientTls.plain()),
                        loop,
                        check.timeout()));
    }

    /** Who judges the members of a group. */
    ExitGuard guard(String group, ExitRule rule) {
        return (member, loop) -> objection(group, rule, member, loop);
    }

    private Future<Optional<String>> objection(String group, ExitRule rule, Outbound member, EventLoop loop) {
        if (member instanceof Group) {
            return loop.newSucceededFuture(Optional.of("it is a group, and may change its mind: say the same there"));
        }
        Question question = new Question(member.name(), rule.check());
        Seen known = seen.get(question);
        long every = rule.check().every().toNanos();
        long age = known == null ? 0 : clock.getAsLong() - known.at();
        if (known != null && age < 2 * every) {
            if (age >= every) {
                learn(question, member, loop);
            }
            return loop.newSucceededFuture(judge(group, rule, member.name(), known.exit()));
        }
        Promise<Optional<String>> result = loop.newPromise();
        learn(question, member, loop).addListener((Future<Optional<String>> done) -> {
            Seen now = seen.get(question);
            Optional<String> trouble = done.getNow();
            result.trySuccess(
                    trouble.isPresent() || now == null ? trouble : judge(group, rule, member.name(), now.exit()));
        });
        return result;
    }

    private Optional<String> judge(String group, ExitRule rule, String member, Exit exit) {
        Optional<String> pinned = rule.lock().map(lock -> lock.value().orElseGet(() -> pin(group, lock.of(exit))));
        Optional<String> fault = rule.fault(exit, pinned);
        String key = group + " " + member;
        if (fault.isEmpty()) {
            told.remove(key);
        } else if (!fault.get().equals(told.put(key, fault.get()))) {
            LOG.warn("group \"{}\" does not use \"{}\": {}", group, member, fault.get());
        }
        return fault;
    }

    private String pin(String group, String value) {
        String before = pins.putIfAbsent(group, value);
        if (before == null) {
            LOG.info("group \"{}\" keeps to the exit {} from now on", group, value);
            disk.execute(this::save);
        }
        return before == null ? value : before;
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

    /** Forgets what others kept to than these, of which those count that keep to the first exit that is seen. */
    void keep(Collection<GroupPlan> groups) {
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
    private Future<Optional<String>> learn(Question question, Outbound member, EventLoop loop) {
        Promise<Optional<String>> mine = loop.newPromise();
        Promise<Optional<String>> running = asked.putIfAbsent(question, mine);
        if (running != null) {
            return running;
        }
        asking.ask(member, question.check(), loop).addListener((Future<HttpProbe.Answer> done) -> {
            Optional<String> trouble = take(question, done);
            asked.remove(question, mine);
            mine.trySuccess(trouble);
        });
        return mine;
    }

    private Optional<String> take(Question question, Future<HttpProbe.Answer> done) {
        if (!done.isSuccess()) {
            return Optional.of(
                    "its exit cannot be seen: " + Failure.of(done.cause()).text());
        }
        Optional<Exit> exit = Exit.read(done.getNow().body());
        if (exit.isEmpty()) {
            return Optional.of(
                    "its exit cannot be seen: " + question.check().url().getHost() + " does not say (status "
                            + done.getNow().status() + ")");
        }
        seen.put(question, new Seen(exit.get(), clock.getAsLong()));
        return Optional.empty();
    }
}
