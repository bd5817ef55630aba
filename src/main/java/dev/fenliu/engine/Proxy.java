package dev.fenliu.engine;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.dns.AnswerCache;
import dev.fenliu.inbound.BindFailure;
import dev.fenliu.inbound.DnsClient;
import dev.fenliu.lan.Devices;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Device;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Mac;
import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.Choice;
import dev.fenliu.outbound.Group;
import dev.fenliu.outbound.Health;
import dev.fenliu.outbound.History;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.route.CompiledRouter;
import dev.fenliu.route.Lint;
import dev.fenliu.state.StateFiles;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseNotifier;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
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

    /** What the latest reload came to, for those who ask. */
    private record InForce(
            Optional<Config> config,
            Optional<Devices> devices,
            List<Status.Listening> listening,
            List<Status.Subscription> subscriptions,
            List<Problem> warnings) {}

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
    private final Instant started;
    private final long startedNanos;
    private volatile InForce inForce = new InForce(Optional.empty(), Optional.empty(), List.of(), List.of(), List.of());
    private volatile List<Problem> notices = List.of();
    private long number;
    private volatile @Nullable Assembly assembly;

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
        this.started = kept.dates().instant();
        this.startedNanos = kept.clock().getAsLong();
        this.control = control;
        this.socket = new ApiSocket(kept.loops());
        this.api = control.map(opener -> new ApiListener(options -> opener.open(options, this)));
        this.lists = new RemoteLists(kept.loops().next(), new ListCache(kept.state()), kept.dates(), listsChanged);
        this.times = new RuleTimes(kept.loops().next(), kept.dates(), listsChanged);
        this.answers = new KeptAnswers(kept.answers(), new StateFiles(kept.state()), kept.dates());
        this.fakes = new KeptFakes(new StateFiles(kept.state()), kept.clock(), kept.dates());
        this.health = new KeptHealth(
                new StateFiles(kept.state()), kept.selections(), kept.health().history());
        this.prober = Prober.of(kept.loops().next(), kept.health(), kept.exits().farEnds(), kept.clock());
        this.engine =
                new Engine(Generation.refusing(), listener, kept.clock(), kept.dates(), fakes.table(), kept.health());
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
            inForce = new InForce(
                    Optional.of(next.config()),
                    Optional.of(next.devices()),
                    listeners.listening(),
                    next.subscribed().reports(),
                    warnings(problems));
            Assembly old = assembly;
            assembly = next;
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
        Assembly now = assembly;
        Instant time = times.now();
        if (now == null || !now.router().changesBy(time)) {
            return;
        }
        CompiledRouter router = now.router().at(time);
        List<Problem> over = Lint.over(router);
        over.forEach(problem -> LOG.warn("{}", problem));
        Generation generation = engine.current().withRouter(router);
        engine.swap(generation);
        assembly = now.with(generation, router);
        List<Problem> warnings = new ArrayList<>(inForce.warnings);
        warnings.addAll(over);
        inForce = new InForce(
                inForce.config,
                inForce.devices,
                inForce.listening,
                inForce.subscriptions,
                warnings.stream().distinct().toList());
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

    /** How the program stands; completes on {@code loop} and does not fail. Safe for concurrent use. */
    public Future<Status> status(EventLoop loop) {
        Promise<Status> status = loop.newPromise();
        Future<List<Devices.Known>> known =
                inForce.devices.map(devices -> devices.list(loop)).orElseGet(() -> loop.newSucceededFuture(List.of()));
        known.addListener(found -> status.setSuccess(status(known.isSuccess() ? known.getNow() : List.of())));
        return status;
    }

    private Status status(List<Devices.Known> known) {
        InForce now = inForce;
        Generation generation = engine.current();
        return new Status(
                generation.number(),
                now.config.flatMap(Config::file),
                started,
                Duration.ofNanos(kept.clock().getAsLong() - startedNanos),
                now.listening,
                now.config.map(config -> Outbounds.ways(config, kept.health())).orElse(List.of()),
                now.config
                        .map(config -> Outbounds.teams(config, generation, kept.selections()))
                        .orElse(List.of()),
                now.subscriptions.stream().map(lists::latest).toList(),
                Stream.concat(now.warnings.stream(), notices.stream()).toList(),
                engine.running(),
                Clients.devices(known, engine.clients()),
                engine.ledger().users());
    }

    /**
     * Where browsers find the first listener that speaks HTTP.
     *
     * @param here how a client calls us
     */
    public Optional<Destination> browserEntrance(InetAddress here) {
        return inForce.listening.stream()
                .filter(one -> one.type().equals("mixed") || one.type().equals("http"))
                .findFirst()
                .map(Status.Listening::address)
                .map(at -> new Destination(
                        Host.of(at.getAddress().isAnyLocalAddress() ? here : at.getAddress()), at.getPort()));
    }

    /**
     * What a DNS client would be answered about a name, and how that comes about; asks as a listener for DNS would. Safe
     * for concurrent use.
     *
     * @param type of the record, 1 to 65,535
     * @return completes on {@code loop} and does not fail
     */
    public Future<NameReport> ask(Host.Name name, int type, InetSocketAddress client, EventLoop loop) {
        String listener = inForce.listening.stream()
                .filter(one -> one.type().equals("dns"))
                .findFirst()
                .map(Status.Listening::name)
                .orElse(ApiListener.NAME);
        return NameReport.of(name, type, new DnsClient(listener, client, false, loop), engine);
    }

    /** How an outbound does. Safe for concurrent use. */
    public Health.Vitals vitals(String outbound) {
        return kept.health().vitals(outbound);
    }

    /** How an outbound did over time. Safe for concurrent use. */
    public List<History.Span> history(String outbound, History.Scale scale) {
        return kept.health().history().spans(outbound, scale);
    }

    /** Answers that are kept for DNS, and who gave them. Safe for concurrent use. */
    public AnswerCache answers() {
        return kept.answers();
    }

    /** When the server of each remote rule-set last had what we have; empty without a copy. Safe for concurrent use. */
    public Map<String, Optional<Instant>> listsUpdated() {
        Map<String, Optional<Instant>> updated = new TreeMap<>();
        inForce.config.ifPresent(config -> config.ruleSets()
                .forEach((name, plan) ->
                        plan.url().ifPresent(url -> updated.put(name, new ListCache(kept.state()).fetched(url)))));
        return updated;
    }

    /** Who is asked for under {@link Desk#NAME} by users of server listeners. */
    public void desk(Desk desk) {
        engine.desk(desk);
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
        Optional<GroupPlan> plan = inForce.config.flatMap(
                config -> Optional.ofNullable(config.groups().get(group)));
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
        Optional<Config> config = inForce.config;
        return config.isPresent() ? HeldLists.accept(config.get(), name, kept.state()) : Map.of();
    }

    /** What serves flows: why it does not, in words; empty when it does. Safe for concurrent use. */
    public Optional<String> unready() {
        Inquiry now = inquiry();
        if (now == null) {
            return Optional.of("no config is in force yet");
        }
        List<Outbound> tunnels = now.tunnels();
        boolean failing = !tunnels.isEmpty() && tunnels.stream().allMatch(kept.health()::ails);
        return failing ? Optional.of("no tunnel works") : Optional.empty();
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

    /** What the config in force lists; empty before the first. Safe for concurrent use. */
    public Optional<Inventory> inventory() {
        InForce now = inForce;
        return now.config.map(config -> Inventory.of(
                config,
                engine.current(),
                kept,
                now.subscriptions.stream().map(lists::latest).toList(),
                now.listening));
    }

    /** The addresses that are bound, by the name of the listener. */
    public Map<String, InetSocketAddress> addresses() {
        return listeners.addresses();
    }

    /** The files whose change makes a reload. */
    public Set<Path> files() {
        Assembly now = assembly;
        return now == null ? Set.of() : now.files();
    }

    /** Answers about the config in force; null before the first. Safe for concurrent use. */
    public @Nullable Inquiry inquiry() {
        Assembly now = assembly;
        return now == null ? null : new Inquiry(now);
    }

    /** Builds all that a config asks for, on what is known now, but binds nothing; null when an error was reported. */
    public @Nullable Inquiry examine(Config config, Problems problems) {
        return Inquiry.of(config, kept, problems);
    }

    /** How flows and tunnels do. Safe for concurrent use. */
    public Wellbeing wellbeing() {
        Set<String> working = new HashSet<>();
        Set<String> failing = new HashSet<>();
        Set<String> plain = engine.current().plain();
        for (Status.Way way : inForce.config
                .map(config -> Outbounds.ways(config, kept.health()))
                .orElse(List.of())) {
            boolean known =
                    way.vitals().failure().isPresent() || way.vitals().connect().isPresent();
            if (known && !plain.contains(way.name())) {
                (way.vitals().failure().isPresent() ? failing : working).add(way.name());
            }
        }
        return new Wellbeing(engine.fates().flows(), engine.fates().failures(), working, failing);
    }

    /** What is doubtful in the config in force. Safe for concurrent use. */
    public List<Problem> warnings() {
        return inForce.warnings;
    }

    /** How the outbounds of the config in force do. Safe for concurrent use. */
    public List<Status.Way> ways() {
        return inForce.config
                .map(config -> Outbounds.ways(config, kept.health()))
                .orElse(List.of());
    }

    /** What the status is to say beside what is wrong with the config. Safe for concurrent use. */
    public void notices(List<Problem> said) {
        notices = List.copyOf(said);
    }

    /** How browsers find us by the config in force. */
    public ProxyAutoConfig autoConfig() {
        return engine.current().autoConfig();
    }

    /**
     * The flows that run, in no order: TCP connections, and of each UDP association one for each way that its datagrams
     * take, under its first destination. Safe for concurrent use.
     */
    public List<FlowView> flows() {
        return engine.flows();
    }

    /** Has {@link FlowListener#moved} told soon what the flows that run have moved. Safe for concurrent use. */
    public void tell() {
        engine.tell();
    }

    /**
     * How a client is called: by the name that it told the DHCP server, else by its hardware address; empty if neither is
     * known. May wait for the system. Safe for concurrent use.
     */
    public Optional<String> device(InetAddress client) {
        Optional<Device> known = inForce.devices.map(devices -> devices.look(client));
        return known.flatMap(device -> device.name().or(() -> device.mac().map(Mac::toString)));
    }

    /** A flow that runs; empty if there is none of that id. Safe for concurrent use. */
    public Optional<FlowView> flow(long id) {
        return engine.flow(id);
    }

    /**
     * The path of the program that has opened a flow; empty where that is not known, as of programs on other machines. The
     * future completes on {@code loop}. Safe for concurrent use.
     */
    public Future<String> program(Flow flow, EventLoop loop) {
        return engine.current().processes().find(flow, loop);
    }

    /** Ends a flow. Safe for concurrent use. @return whether it ran */
    public boolean end(long id) {
        return endAll(flow -> flow.flow().id() == id) > 0;
    }

    /** Ends flows. Safe for concurrent use. @return how many will end */
    public int endAll(Predicate<FlowView> which) {
        return engine.end(which, "somebody ended it by hand");
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
        Assembly last = assembly;
        if (last != null) {
            last.close();
        }
    }
}
