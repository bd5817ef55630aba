package dev.fenliu.engine;

import dev.fenliu.config.Problems;
import dev.fenliu.model.Failure;
import dev.fenliu.state.StateFiles;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running program: builds a generation from a config, checks it, binds what is new, and swaps it in. A config that
 * cannot be built, fails its rule tests or cannot bind changes nothing. Called by one thread at a time.
 */
public final class Proxy {
    private static final Logger LOG = LoggerFactory.getLogger(Proxy.class);

    /** What a start or reload came to. */
    public record Report(long generation, int rules, int running, Duration time) {}

    private final Kept kept;
    private final Engine engine;
    private final Listeners listeners;
    private final RemoteLists lists;
    private final KeptAnswers answers;
    private long number;
    private @Nullable Assembly assembly;

    /**
     * Binds nothing yet.
     *
     * @param listsChanged told on any thread when a remote list has changed, which takes effect with the next
     *     {@link #apply}
     */
    public Proxy(Kept kept, FlowListener listener, Runnable listsChanged) {
        this.kept = kept;
        this.lists =
                new RemoteLists(kept.loops().next(), new ListCache(kept.state()), InstantSource.system(), listsChanged);
        this.answers = new KeptAnswers(kept.answers(), new StateFiles(kept.state()), InstantSource.system());
        this.engine = new Engine(Generation.refusing(), listener, kept.clock());
        this.listeners = new Listeners(kept.loops(), engine.handler(), dial -> {
            dev.fenliu.outbound.Outbound direct = engine.current().outbounds().get("direct");
            return direct == null
                    ? dial.loop().newFailedFuture(new Failure(Failure.Kind.OVERLOADED, "not started"))
                    : direct.connect(dial);
        });
    }

    /**
     * Brings {@code config} into force.
     *
     * @param problems collects what is wrong with it
     * @return a future that fails with a {@link ConfigRejected} when errors were reported, or with a
     *     {@link BindFailure}; nothing has changed then
     */
    public Future<Report> apply(Config config, Problems problems) {
        long started = kept.clock().getAsLong();
        Promise<Report> result = kept.loops().next().newPromise();
        Assembly next = Assembler.assemble(config, kept, number + 1, problems);
        if (next == null || problems.hasErrors()) {
            return result.setFailure(new ConfigRejected());
        }
        listeners.prepare(config.listeners()).addListener((Future<Listeners.Change> prepared) -> {
            if (!prepared.isSuccess()) {
                next.close();
                result.setFailure(prepared.cause());
                return;
            }
            Listeners.Change change = prepared.getNow();
            Generation generation = next.generation().withGuards(Guards.of(change.roles(), change.addresses()));
            int running = engine.swap(generation);
            change.commit();
            number = generation.number();
            Assembly old = assembly;
            assembly = next;
            if (old != null) {
                old.retire(kept.loops());
            }
            lists.keep(
                    config.ruleSets().values(),
                    next.router().sets().keySet(),
                    (via, to) -> Routing.ownWay(generation, via, to));
            lists.save(next.compiled());
            Duration time = Duration.ofNanos(kept.clock().getAsLong() - started);
            LOG.info(
                    "generation {} is in force: {} rules, {} flows run on, {} ms",
                    number,
                    config.rules().size(),
                    running,
                    time.toMillis());
            Report report = new Report(number, config.rules().size(), running, time);
            answers.follow(generation, config.dns().cache().persist(), () -> result.setSuccess(report));
        });
        return result;
    }

    /** The addresses that are bound, by the name of the listener. */
    public Map<String, InetSocketAddress> addresses() {
        return listeners.addresses();
    }

    /** The files whose change makes a reload. */
    public Set<Path> files() {
        return assembly == null ? Set.of() : assembly.files();
    }

    /** Answers about the config in force; null before the first. */
    public @Nullable Inquiry inquiry() {
        return assembly == null ? null : new Inquiry(assembly);
    }

    /** How many flows run. */
    public int running() {
        return engine.running();
    }

    /** Stops accepting; running flows go on. @return one future a listener, which must end before the event loops do */
    public List<Future<Void>> drain() {
        return listeners.close();
    }

    /** Ends all flows. The event loops stay the caller's. */
    public void stop() {
        lists.close();
        answers.close();
        engine.endAll();
        if (assembly != null) {
            assembly.close();
        }
    }
}
