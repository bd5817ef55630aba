package dev.fenliu.engine;

import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.route.Decision;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
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
    private final AtomicLong ids = new AtomicLong();
    private final AtomicReference<Generation> current;
    private final Set<StreamSession> streams = ConcurrentHashMap.newKeySet();
    private final Set<PacketSession> associations = ConcurrentHashMap.newKeySet();
    private final ToldNames told = new ToldNames();

    /** @param clock monotonic, in nanoseconds */
    Engine(Generation first, FlowListener listener, LongSupplier clock) {
        this.current = new AtomicReference<>(first);
        this.listener = listener;
        this.clock = clock;
    }

    /** What listeners hand their flows to. */
    FlowHandler handler() {
        return new Dispatcher(this);
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
        streams.forEach(StreamSession::endSoon);
        associations.forEach(PacketSession::endSoon);
    }

    FlowListener listener() {
        return listener;
    }

    ToldNames told() {
        return told;
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

    void closed(StreamSession session, FlowListener.Outcome outcome) {
        streams.remove(session);
        listener.closed(outcome);
    }

    void opened(PacketSession session) {
        associations.add(session);
    }

    void closed(PacketSession session) {
        associations.remove(session);
    }

    /** A flow of datagrams that was refused before anything was opened for it. */
    void refused(Flow flow, Decision decision, Failure failure) {
        listener.opened(flow);
        listener.routed(flow, decision);
        String target = decision instanceof Decision.Via via ? via.outbound() : "block";
        listener.closed(
                new FlowListener.Outcome(flow, decision.rule().place(), target, 0, 0, Duration.ZERO, failure.text()));
    }

    /** The one place where what nobody expected is reported. */
    void unexpected(Flow flow, Failure failure) {
        LOG.error("flow {}: {}", flow.id(), failure.text(), failure.getCause());
    }
}
