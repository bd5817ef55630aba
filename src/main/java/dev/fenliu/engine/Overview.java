package dev.fenliu.engine;

import dev.fenliu.config.Problem;
import dev.fenliu.dns.AnswerCache;
import dev.fenliu.inbound.DnsClient;
import dev.fenliu.lan.Devices;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.GivenNames;
import dev.fenliu.model.Host;
import dev.fenliu.outbound.Health;
import dev.fenliu.outbound.History;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.route.RuleTests;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What those see who look at the running program: nothing here changes what it does. Safe for concurrent use. */
public final class Overview {
    /**
     * What the latest reload came to.
     *
     * @param assembly null before the first
     */
    record InForce(
            @Nullable Assembly assembly,
            List<Status.Listening> listening,
            List<Status.Subscription> subscriptions,
            List<Problem> warnings) {
        Optional<Config> config() {
            return Optional.ofNullable(assembly).map(Assembly::config);
        }

        Optional<Devices> devices() {
            return Optional.ofNullable(assembly).map(Assembly::devices);
        }

        /** The same config when the time of some rules is over. */
        InForce after(Assembly changed, List<Problem> over) {
            List<Problem> doubts = new ArrayList<>(warnings);
            doubts.removeIf(RuleTests::isAside);
            doubts.addAll(over);
            Config config = changed.config();
            RuleTests.run(config.ruleTests(), changed.router(), config.members()).stream()
                    .filter(RuleTests::isAside)
                    .forEach(doubts::add);
            return new InForce(
                    changed,
                    listening,
                    subscriptions,
                    doubts.stream().distinct().toList());
        }
    }

    private final Kept kept;
    private final Engine engine;
    private final RemoteLists lists;
    private final Instant started;
    private final long startedNanos;
    private volatile InForce inForce = new InForce(null, List.of(), List.of(), List.of());
    private volatile List<Problem> notices = List.of();

    Overview(Kept kept, Engine engine, RemoteLists lists) {
        this.kept = kept;
        this.engine = engine;
        this.lists = lists;
        this.started = kept.dates().instant();
        this.startedNanos = kept.clock().getAsLong();
    }

    InForce inForce() {
        return inForce;
    }

    void follow(InForce next) {
        inForce = next;
    }

    /** How the program stands; completes on {@code loop} and does not fail. */
    public Future<Status> status(EventLoop loop) {
        Promise<Status> status = loop.newPromise();
        Future<List<Devices.Known>> known = inForce.devices()
                .map(devices -> devices.list(loop))
                .orElseGet(() -> loop.newSucceededFuture(List.of()));
        known.addListener(found -> status.setSuccess(status(known.isSuccess() ? known.getNow() : List.of())));
        return status;
    }

    private Status status(List<Devices.Known> known) {
        InForce now = inForce;
        Generation generation = engine.current();
        return new Status(
                generation.number(),
                now.config().flatMap(Config::file),
                started,
                Duration.ofNanos(kept.clock().getAsLong() - startedNanos),
                now.listening,
                ways(),
                now.config()
                        .map(config -> Outbounds.teams(config, generation, kept.selections()))
                        .orElse(List.of()),
                now.subscriptions.stream().map(lists.news()::latest).toList(),
                Stream.concat(warnings().stream(), notices.stream()).toList(),
                Optional.ofNullable(now.assembly)
                        .flatMap(assembly -> assembly.router().pause()),
                engine.running(),
                engine.fates().traffic(),
                Clients.devices(known, engine.clients(), given()),
                engine.ledger().users());
    }

    /**
     * Where browsers find a listener that speaks HTTP: the first that they reach, or where there is none the first of all,
     * so that nobody goes another way instead.
     *
     * @param at an address of this machine by which they reach it; the wildcard address for those on this machine
     */
    public Optional<Destination> browserEntrance(InetAddress at) {
        InetAddress here = at.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : at;
        List<InetSocketAddress> all = inForce.listening.stream()
                .filter(one -> one.type().equals("mixed") || one.type().equals("http"))
                .map(Status.Listening::address)
                .toList();
        return all.stream()
                .filter(one -> reaches(here, one.getAddress()))
                .findFirst()
                .or(() -> all.stream().findFirst())
                .map(one -> new Destination(
                        Host.of(one.getAddress().isAnyLocalAddress() ? here : one.getAddress()), one.getPort()));
    }

    /** Whether who reaches this machine at one address reaches what is bound to another. */
    private static boolean reaches(InetAddress at, InetAddress bound) {
        return bound.isAnyLocalAddress()
                ? bound instanceof Inet6Address || at instanceof Inet4Address
                : bound.isLoopbackAddress() == at.isLoopbackAddress();
    }

    /**
     * What a DNS client would be answered about a name, and how that comes about; asks as a listener for DNS would.
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

    /** How an outbound does. */
    public Health.Vitals vitals(String outbound) {
        return kept.health().vitals(outbound);
    }

    /** How an outbound did over time. */
    public List<History.Span> history(String outbound, History.Scale scale) {
        return kept.health().history().spans(outbound, scale);
    }

    /** Answers that are kept for DNS, and who gave them. */
    public AnswerCache answers() {
        return kept.answers();
    }

    /** When the server of each remote rule-set last had what we have; empty without a copy. */
    public Map<String, Optional<Instant>> listsUpdated() {
        Map<String, Optional<Instant>> updated = new TreeMap<>();
        inForce.config()
                .ifPresent(config -> config.ruleSets()
                        .forEach((name, plan) -> plan.url()
                                .ifPresent(url -> updated.put(name, new ListCache(kept.state()).fetched(url)))));
        return updated;
    }

    /**
     * What came of the updates of a list.
     *
     * @param what {@code rule-set NAME}
     * @param read what was kept of earlier ones
     */
    public Updates updates(String what, Updates read) {
        return lists.news().latest(what, read);
    }

    /**
     * What the last update that changed something changed in a list, and what one that is held back would. Blocks on the
     * disk. Safe for concurrent use.
     *
     * @param what as for {@link Proxy#refresh}
     * @return empty if there is no such list with an address
     */
    public Optional<HeldLists.Diffs> diffs(String what) {
        return inForce.config().flatMap(config -> HeldLists.diffs(config, what, kept.state()));
    }

    /** What serves flows: why it does not, in words; empty when it does. */
    public Optional<String> unready() {
        Assembly now = inForce.assembly;
        if (now == null) {
            return Optional.of("no config is in force yet");
        }
        List<Outbound> tunnels = new Inquiry(now).tunnels();
        boolean failing = !tunnels.isEmpty() && tunnels.stream().allMatch(kept.health()::ails);
        return failing ? Optional.of("no tunnel works") : Optional.empty();
    }

    /** What the config in force lists; empty before the first. */
    public Optional<Inventory> inventory() {
        InForce now = inForce;
        return now.config()
                .map(config -> Inventory.of(
                        config,
                        engine.current(),
                        kept,
                        now.subscriptions.stream().map(lists.news()::latest).toList(),
                        now.listening));
    }

    /** How flows and tunnels do. */
    public Wellbeing wellbeing() {
        Set<String> working = new HashSet<>();
        Set<String> failing = new HashSet<>();
        Set<String> plain = engine.current().plain();
        for (Status.Way way : ways()) {
            boolean known =
                    way.vitals().failure().isPresent() || way.vitals().connect().isPresent();
            if (known && !plain.contains(way.name())) {
                (way.vitals().failure().isPresent() ? failing : working).add(way.name());
            }
        }
        return new Wellbeing(engine.fates().flows(), engine.fates().failures(), working, failing);
    }

    /** What is doubtful in the config in force, and which new copies of rule-sets are held back. */
    public List<Problem> warnings() {
        InForce now = inForce;
        Stream<Problem> held = now.config().stream()
                .flatMap(config -> config.ruleSets().values().stream())
                .flatMap(plan -> lists.news().held(plan).stream());
        return Stream.concat(now.warnings.stream(), held).toList();
    }

    /** How the outbounds of the config in force do. */
    public List<Status.Way> ways() {
        return inForce.config()
                .map(config -> Outbounds.ways(config, kept.health()))
                .orElse(List.of());
    }

    /** What the status is to say beside what is wrong with the config. */
    public void notices(List<Problem> said) {
        notices = List.copyOf(said);
    }

    /** How browsers find us by the config in force. */
    public ProxyAutoConfig autoConfig() {
        return engine.current().autoConfig();
    }

    /**
     * The flows that run, in no order: TCP connections, and of each UDP association one for each way that its datagrams
     * take, under its first destination.
     */
    public List<FlowView> flows() {
        return engine.flows();
    }

    /** How a client is called, see {@link Devices#called}. May wait for the system. */
    public Optional<String> device(InetAddress client) {
        return inForce.devices().flatMap(devices -> devices.called(client));
    }

    /** How the user calls devices. */
    public GivenNames given() {
        return inForce.devices().map(Devices::given).orElse(GivenNames.NONE);
    }

    /** A flow that runs; empty if there is none of that id. */
    public Optional<FlowView> flow(long id) {
        return engine.flow(id);
    }

    /**
     * The path of the program that has opened a flow; empty where that is not known, as of programs on other machines. The
     * future completes on {@code loop}.
     */
    public Future<String> program(Flow flow, EventLoop loop) {
        return engine.current().processes().find(flow, loop);
    }
}
