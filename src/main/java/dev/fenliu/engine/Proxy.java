package dev.fenliu.engine;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.inbound.BindFailure;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.Choice;
import dev.fenliu.outbound.Group;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.route.CompiledRouter;
import dev.fenliu.route.Lint;
import dev.fenliu.state.StateFiles;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;
import io.netty.util.concurrent.PromiseNotifier;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running program: builds a generation from a config, checks it, binds what is new, and swaps it in. A config that
 * cannot be built, fails its rule tests or cannot bind changes nothing. Called by one thread at a time, where nothing else
 * is said.
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
    private final KeptFakes fakes;
    private final KeptHealth health;
    private final Prober prober;
    private final Optional<ApiListener> api;
    private final Optional<ControlApi> control;
    private final ApiSocket socket;
    private final RuleTimes times;
    private final Overview overview;
    private long number;

    /** Without a control API. */
    public Proxy(Kept kept, FlowListener listener, Runnable listsChanged) {
        this(kept, listener, listsChanged, Optional.empty());
    }

    /**
     * Binds nothing yet.
     *
     * @param listsChanged told on any thread when a remote list has changed or a rule's time is over, which takes effect with the next
     *     {@link #apply}
     * @param control opened where and when the config wants it
     */
    public Proxy(Kept kept, FlowListener listener, Runnable listsChanged, Optional<ControlApi> control) {
        this.kept = kept;
        this.control = control;
        this.socket = new ApiSocket(kept.loops());
        this.api = control.map(opener -> new ApiListener(options -> opener.open(options, this)));
        this.lists = new RemoteLists(kept.loops().next(), new ListCache(kept.state()), kept.dates(), listsChanged);
        this.times = new RuleTimes(kept.loops().next(), kept.dates(), listsChanged);
        this.answers = new KeptAnswers(kept.answers(), new StateFiles(kept.state()), kept.dates());
        this.fakes = new KeptFakes(new StateFiles(kept.state()), kept.clock(), kept.dates());
        this.health = new KeptHealth(
                new StateFiles(kept.state()), kept.selections(), kept.health().history());
        EventLoop checks = kept.loops().next();
        this.prober = new Prober(
                checks,
                kept.health(),
                kept.clock(),
                Checker.of(checks, kept.health(), kept.exits().farEnds()));
        this.engine =
                new Engine(Generation.refusing(), listener, kept.clock(), kept.dates(), fakes.table(), kept.health());
        this.overview = new Overview(kept, engine, lists);
        this.listeners = new Listeners(kept.loops(), engine.handler(), dial -> {
            Outbound direct = engine.current().outbounds().get("direct");
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
        Assembly next = Assembler.assemble(config, kept, number + 1, times.now(), problems);
        if (next == null || problems.hasErrors()) {
            return result.setFailure(new ConfigRejected());
        }
        fakes.prepare(config.dns().replies().fake());
        prepare(config).addListener((Future<Listeners.Change> prepared) -> {
            if (!prepared.isSuccess()) {
                next.close();
                result.setFailure(prepared.cause());
                return;
            }
            Listeners.Change change = prepared.getNow();
            fakes.use(config.dns().replies().fake());
            Guards guards = Guards.of(change.roles(), change.addresses());
            Generation generation =
                    next.generation().withGuards(guards.withFakes(fakes.table().ranges()));
            engine.takeQueries(!config.plainDns().isEmpty());
            int running = engine.swap(generation);
            change.commit();
            control.ifPresent(opener -> follow(opener, config.api()));
            engine.follow(config.listeners());
            number = generation.number();
            Assembly old = overview.inForce().assembly();
            overview.follow(new Overview.InForce(
                    next, listeners.listening(), next.subscribed().reports(), warnings(problems)));
            if (old != null) {
                old.retire(kept.loops());
            }
            lists.keep(config.remotes(), next.loaded(), ways(next.config(), generation));
            lists.save(next.compiled());
            times.follow(next.router().nextEnd());
            prober.follow(config, generation);
            kept.exits().keep(config.groups().values(), generation.outbounds());
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

    private void follow(ControlApi opener, ApiOptions options) {
        if (options.socket().isPresent()) {
            socket.follow(options.socket(), opener.open(options, this));
        } else {
            socket.close();
        }
    }

    /**
     * Lets go of rules whose time is over, in the config in force as it is: also when the next one cannot be read. Flows that
     * leave plainly by such a rule, and whose way is now another, are ended.
     */
    public void expire() {
        Overview.InForce inForce = overview.inForce();
        Assembly now = inForce.assembly();
        Instant time = times.now();
        if (now == null || !now.router().changesBy(time)) {
            return;
        }
        CompiledRouter router = now.router().at(time);
        List<Problem> over = Lint.over(router);
        over.forEach(problem -> LOG.warn("{}", problem));
        Generation generation = engine.current().withRouter(router);
        engine.swap(generation);
        overview.follow(inForce.after(now.with(generation, router), over));
        times.follow(router.nextEnd());
    }

    private static RemoteLists.Ways ways(Config config, Generation generation) {
        return new RemoteLists.Ways() {
            @Override
            public @Nullable Outbound find(String via, Destination to) {
                return Routing.ownWay(generation, via, to);
            }

            @Override
            public List<String> tunnels() {
                return Outbounds.tunnels(config, generation);
            }
        };
    }

    /** Binds what is new; an address of the API that nobody asked for only if it is free. */
    private Future<Listeners.Change> prepare(Config config) {
        Optional<ListenerPlan<?>> control = api.flatMap(listener -> listener.plan(config.api()));
        List<ListenerPlan<?>> plans = new ArrayList<>(config.listeners());
        control.ifPresent(plans::add);
        return listeners.prepare(plans, config.api().asked() ? Optional.empty() : control);
    }

    private static List<Problem> warnings(Problems problems) {
        return problems.all().stream()
                .filter(problem -> problem.severity() == Problem.Severity.WARNING)
                .toList();
    }

    /** What those see who look at the program. Safe for concurrent use. */
    public Overview overview() {
        return overview;
    }

    /** Who is asked for under {@link Reception#NAME} by users of server listeners. */
    public void reception(Reception reception) {
        engine.reception(reception);
    }

    /** Takes bound sockets of another process, before the first {@link #apply}. */
    public void inherit(List<Channel> sockets) {
        listeners.inherit(sockets);
    }

    /** The sockets of the listeners. Safe for concurrent use. */
    public List<Channel> sockets() {
        return listeners.sockets();
    }

    /** How many TCP clients there are, those too that have no flow yet. */
    public int clients() {
        return listeners.clients();
    }

    /**
     * What users of server listeners have used since this was last asked for; of flows that run, what was counted then.
     * Those of users who have used up what they may are ended. Safe for concurrent use.
     */
    public Map<String, Traffic> takeTraffic() {
        engine.count();
        return engine.ledger().take();
    }

    /** What they have used this month, in bytes, until {@link #takeTraffic} was last called. */
    public void month(Map<String, Long> bytes) {
        engine.ledger().month(bytes);
    }

    /**
     * Tries out all members of a group now, or an outbound. Safe for concurrent use.
     *
     * @return does not fail; an empty list if there is nothing of that name
     */
    public Future<List<Prober.Finding>> measure(String group, EventLoop loop) {
        Promise<List<Prober.Finding>> result = loop.newPromise();
        Outbound named = engine.current().outbounds().get(group);
        if (named == null) {
            result.setSuccess(List.of());
        } else {
            Group tried = named instanceof Group found
                    ? found
                    : new Group(group, List.of(named), Choice.fallback(), kept.health());
            prober.measure(tried).addListener(new PromiseNotifier<>(result));
        }
        return result;
    }

    /**
     * Makes a group use one of its members, at once and from the next start on: a group that picks by itself puts it
     * first. Flows that run stay where they are. Safe for concurrent use.
     *
     * @param member null to leave it to the group again
     * @return why not, in words; empty when it is done
     */
    public Optional<String> select(String group, @Nullable String member) {
        Optional<GroupPlan> plan = overview.inForce()
                .config()
                .flatMap(config -> Optional.ofNullable(config.groups().get(group)));
        Optional<String> refusal = plan.map(found -> Steered.select(kept.selections(), found, member))
                .orElseGet(() -> Optional.of("there is no group \"" + group + "\""));
        if (refusal.isEmpty()) {
            LOG.info("group {}: {}", group, member == null ? "picks by itself again" : "uses " + member);
            health.soon();
        }
        return refusal;
    }

    /**
     * Asks now for a subscription or a rule-set that is kept for us elsewhere. Safe for concurrent use.
     *
     * @param what {@code subscription NAME} or {@code rule-set NAME}
     * @return does not fail; empty if there is no such list with an address
     */
    public Future<Optional<Refreshed>> refresh(String what) {
        return lists.refresh(what);
    }

    /**
     * Takes what was held back of a list. Blocks on the disk. Safe for concurrent use.
     *
     * @return why it was held back, by what messages call the list; empty if nothing is held back
     */
    public Map<String, String> accept(String name) throws IOException {
        Optional<Config> config = overview.inForce().config();
        return config.isPresent() ? HeldLists.accept(config.get(), name, kept.state()) : Map.of();
    }

    /**
     * Tries out an outbound now, or who carries a group now. Safe for concurrent use.
     *
     * @return does not fail; names the outbound that was tried. Empty if there is none of that name
     */
    public Optional<Future<Prober.Finding>> measure(String outbound, Check check, EventLoop loop) {
        return Optional.ofNullable(engine.current().outbounds().get(outbound)).map(found -> {
            Promise<Prober.Finding> result = loop.newPromise();
            prober.measure(found, check).addListener(new PromiseNotifier<>(result));
            return result;
        });
    }

    /** The addresses that are bound, by the name of the listener. */
    public Map<String, InetSocketAddress> addresses() {
        return listeners.addresses();
    }

    /** The files whose change makes a reload. */
    public Set<Path> files() {
        Assembly now = overview.inForce().assembly();
        return now == null ? Set.of() : now.files();
    }

    /** Answers about the config in force; null before the first. Safe for concurrent use. */
    public @Nullable Inquiry inquiry() {
        Assembly now = overview.inForce().assembly();
        return now == null ? null : new Inquiry(now);
    }

    /** Builds all that a config asks for, on what is known now, but binds nothing; null when an error was reported. */
    public @Nullable Inquiry examine(Config config, Problems problems) {
        return Inquiry.of(config, kept, problems);
    }

    /** Has {@link FlowListener#moved} told soon what the flows that run have moved. Safe for concurrent use. */
    public void tell() {
        engine.tell();
    }

    /** The same; completes on {@code loop} when it is done. Safe for concurrent use. */
    public Future<Void> told(EventLoop loop) {
        tell();
        Promise<Void> told = loop.newPromise();
        loop.execute(() -> {
            PromiseCombiner all = new PromiseCombiner(loop);
            kept.loops().forEach(one -> all.add(one.submit(() -> {})));
            all.finish(told);
        });
        return told;
    }

    /** Ends a flow. Safe for concurrent use. @return whether it ran */
    public boolean end(long id) {
        return endAll(flow -> flow.flow().id() == id) > 0;
    }

    /** Ends flows. Safe for concurrent use. @return how many will end */
    public int endAll(Predicate<FlowView> which) {
        return engine.end(which);
    }

    /** Counts the configs that have been in force. Safe for concurrent use. */
    public long generation() {
        return engine.current().number();
    }

    /** How many flows run. */
    public int running() {
        return engine.running();
    }

    /** Leaves who comes from now on to another process, which has the sockets. Before {@link #drain}. */
    public List<Future<Void>> leave() {
        return listeners.leave();
    }

    /** Stops accepting; running flows go on. @return one future a listener, which must end before the event loops do */
    public List<Future<Void>> drain() {
        socket.close();
        return listeners.close();
    }

    /** Ends all flows. The event loops stay the caller's. */
    public void stop() {
        lists.close();
        times.stop();
        prober.close();
        answers.close();
        fakes.close();
        health.close();
        engine.endAll();
        Assembly last = overview.inForce().assembly();
        if (last != null) {
            last.close();
        }
    }
}
