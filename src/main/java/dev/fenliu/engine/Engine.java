package dev.fenliu.engine;

import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.outbound.Health;
import dev.fenliu.route.Decision;
import java.net.InetAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What outlives a reload: the flows that run, their listener, the ids, and the reference to the current generation.
 * Safe for concurrent use.
 */
public final class Engine {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private final FlowListener listener;
    private final LongSupplier clock;
    private final InstantSource dates;
    private final AtomicLong ids = new AtomicLong();
    private final AtomicReference<Generation> current;
    private final Set<StreamSession> streams = ConcurrentHashMap.newKeySet();
    private final Set<PacketSession> associations = ConcurrentHashMap.newKeySet();
    /** Of the associations. */
    private final Set<PacketCarrier> carriers = ConcurrentHashMap.newKeySet();

    private final ToldNames told = new ToldNames();
    private volatile boolean takesQueries;
    private final AnsweredNames answered;
    private final FakeAddresses fakes;
    private final Ledger ledger = new Ledger();
    private volatile @Nullable Reception reception;
    private final Health health;
    private final Fates fates = new Fates();

    /** @param clock monotonic, in nanoseconds */
    Engine(
            Generation first,
            FlowListener listener,
            LongSupplier clock,
            InstantSource dates,
            FakeAddresses fakes,
            Health health) {
        this.current = new AtomicReference<>(first);
        this.listener = FlowListener.both(FlowListener.both(ledger, fates), listener);
        this.clock = clock;
        this.dates = dates;
        this.answered = new AnsweredNames(clock);
        this.fakes = fakes;
        this.health = health;
    }

    /** Without fake addresses, in 1970. */
    Engine(Generation first, FlowListener listener, LongSupplier clock) {
        this(first, listener, clock, () -> Instant.EPOCH, new FakeAddresses(clock, () -> {}), new Health(clock));
    }

    /** What listeners hand their flows to. */
    FlowHandler handler() {
        return new Dispatcher(this);
    }

    /** Whether this program answers DNS, and so also what clients beyond a gateway ask of others. */
    boolean takesQueries() {
        return takesQueries;
    }

    void takeQueries(boolean taken) {
        takesQueries = taken;
    }

    Generation current() {
        return java.util.Objects.requireNonNull(current.get());
    }

    /**
     * Makes {@code next} current. Running flows finish on their own generation, but those that leave plainly and that
     * the new rules send elsewhere are ended.
     *
     * @return how many flows run
     */
    int swap(Generation next) {
        current.set(next);
        streams.forEach(stream -> stream.review(next));
        associations.forEach(association -> association.review(next));
        return streams.size() + associations.size();
    }

    /** How many flows run: streams and UDP associations. */
    public int running() {
        return streams.size() + associations.size();
    }

    /** How many flows each client has open. */
    Map<InetAddress, Integer> clients() {
        Map<InetAddress, Integer> clients = new HashMap<>();
        streams.forEach(stream -> clients.merge(stream.flow().source().getAddress(), 1, Integer::sum));
        associations.forEach(association -> clients.merge(association.client(), 1, Integer::sum));
        return clients;
    }

    /** Ends all flows at once. */
    void endAll() {
        streams.forEach(stream -> stream.endSoon(Closing.STOPPING));
        associations.forEach(association -> association.endSoon(Closing.STOPPING));
    }

    /** The flows that run: streams, and of each UDP association one a way that its datagrams take. */
    List<FlowView> flows() {
        return flowing().map(Running::view).toList();
    }

    private Stream<Running> flowing() {
        return Stream.concat(streams.stream(), carriers.stream());
    }

    /** Has the listener told soon what the flows have moved. */
    void tell() {
        streams.forEach(StreamSession::tell);
        carriers.forEach(PacketCarrier::tell);
    }

    Optional<FlowView> flow(long id) {
        return flowing().filter(flow -> flow.id() == id).findFirst().map(Running::view);
    }

    /** Ends the flows that {@code which} wants. @return how many */
    int end(Predicate<FlowView> which) {
        List<Running> wanted = flowing().filter(flow -> which.test(flow.view())).toList();
        wanted.forEach(flow -> flow.endSoon(Closing.WANTED));
        return wanted.size();
    }

    /** Takes the users of the config in force, and ends the flows of those who may not be here any more. */
    void follow(Collection<ListenerPlan<?>> plans) {
        Set<String> gone = ledger.follow(plans);
        if (!gone.isEmpty()) {
            streams.stream()
                    .filter(stream ->
                            isOf(stream.flow().listener(), stream.flow().user(), gone))
                    .forEach(stream -> stream.endSoon(Closing.USER_GONE));
            associations.stream()
                    .filter(association -> isOf(association.listener(), association.user(), gone))
                    .forEach(association -> association.endSoon(Closing.USER_GONE));
        }
    }

    private boolean isOf(String listener, Optional<String> login, Set<String> ids) {
        String id = ledger.id(listener, login);
        return id != null && ids.contains(id);
    }

    /** Counts what the users' flows that run have moved, and ends those of users who have used up what they may. */
    void count() {
        streams.stream()
                .filter(stream ->
                        isOfUser(stream.flow().listener(), stream.flow().user()))
                .forEach(StreamSession::count);
        associations.stream()
                .filter(association -> isOfUser(association.listener(), association.user()))
                .forEach(PacketSession::count);
    }

    private boolean isOfUser(String listener, Optional<String> login) {
        return ledger.id(listener, login) != null;
    }

    /** What became of the flows. */
    Fates fates() {
        return fates;
    }

    /** The users of server listeners. */
    Ledger ledger() {
        return ledger;
    }

    /** Who is asked for under {@link Reception#NAME}. */
    void reception(Reception taker) {
        reception = taker;
    }

    /** Who takes that flow in the place of its destination; null for all but a user's to the reception. */
    @Nullable
    Reception reception(Flow flow) {
        return flow.destination().host().equals(Reception.NAME) && ledger.id(flow.listener(), flow.user()) != null
                ? reception
                : null;
    }

    FlowListener listener() {
        return listener;
    }

    ToldNames told() {
        return told;
    }

    /** What DNS clients were told, which is worth knowing when they come with an address alone. */
    AnsweredNames answered() {
        return answered;
    }

    FakeAddresses fakes() {
        return fakes;
    }

    /** What flows tell of the outbounds. */
    Health health() {
        return health;
    }

    /** What a client of that listener means by a fake address; null when it is none, or stands for no name any more. */
    FakeAddresses.@Nullable Mapping meant(String listener, Destination to) {
        return to.host() instanceof Host.Address address && current().guards().isLocal(listener)
                ? fakes.find(address.value())
                : null;
    }

    /** The names that a flow to a bare address may be for, by what its client was told; the latest first. */
    List<Host.Name> namesOf(Flow flow) {
        return flow.destination().host() instanceof Host.Address address
                        && current().guards().isTransparent(flow.listener())
                ? answered.names(Addresses.plain(flow.source().getAddress()), address.value())
                : List.of();
    }

    Instant now() {
        return dates.instant();
    }

    long nanos() {
        return clock.getAsLong();
    }

    long nextId() {
        return ids.incrementAndGet();
    }

    void opened(StreamSession session) {
        streams.add(session);
        listener.opened(session.flow());
    }

    void closed(StreamSession session, long up, long down) {
        streams.remove(session);
        listener.closed(session.view(), up, down);
    }

    void opened(PacketSession session) {
        associations.add(session);
    }

    void closed(PacketSession session) {
        associations.remove(session);
    }

    void opened(PacketCarrier carrier) {
        carriers.add(carrier);
        listener.opened(carrier.flow());
    }

    void closed(PacketCarrier carrier, long up, long down) {
        carriers.remove(carrier);
        listener.closed(carrier.view(), up, down);
    }

    /** A flow of datagrams that was refused before anything was opened for it. */
    void refused(Flow flow, Ruling ruling, Failure failure) {
        Decision decision = ruling.decision();
        listener.opened(flow);
        listener.routed(flow, decision);
        String target = decision instanceof Decision.Via via ? via.outbound() : "block";
        listener.closed(
                new FlowView(
                        flow,
                        now(),
                        ruling.name(),
                        Optional.of(decision.rule()),
                        List.of(target),
                        Optional.empty(),
                        0,
                        0,
                        FlowView.Timing.NONE,
                        Optional.of(FlowView.End.of(failure))),
                0,
                0);
    }

    /** The one place where what nobody expected is reported. */
    void unexpected(Flow flow, Failure failure) {
        LOG.error("flow {}: {}", flow.id(), failure.text(), failure.getCause());
    }
}
