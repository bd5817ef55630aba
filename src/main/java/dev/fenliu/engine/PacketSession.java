package dev.fenliu.engine;

import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Ender;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Sockets;
import dev.fenliu.route.Decision;
import dev.fenliu.route.Question;
import dev.fenliu.sniff.Sniffed;
import dev.fenliu.sniff.Sniffer;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client's UDP association: each new destination is routed once, its datagrams then go through the one
 * {@link PacketCarrier} of the outbound that was decided, so that peers see one source (full cone). Confined to the
 * association's event loop.
 */
final class PacketSession implements PacketFlow {
    private static final int MAX_DESTINATIONS = 1024;
    /** Of all destinations together. */
    private static final int MAX_WAITING = 64;
    /** A hello of today takes two; the third is for one that came again. */
    private static final int MAX_SNIFFED = 3;

    /** No server can answer half a hello; a client sends again what was lost of it after 300 ms. */
    private static final long SNIFFING_MILLIS = 500;

    /** Where all that looks like QUIC is. */
    private static final int QUIC_PORT = 443;

    private static final FlowView.End CLIENT_GONE = FlowView.End.ok(Ender.CLIENT);

    /** Destinations that one generation sends to one outbound, and guards alike, share a carrier; fake ones have their own. */
    private record Way(long generation, String outbound, boolean meant, Optional<Destination> fake) {}

    private final InboundPackets packets;
    private final Engine engine;
    private final Map<Destination, Route> routes = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Destination, Route> eldest) {
            boolean full = size() > MAX_DESTINATIONS;
            if (full) {
                eldest.getValue().drop();
            }
            return full;
        }
    };
    private final Map<Way, PacketCarrier> carriers = new HashMap<>();
    /** What decides about new destinations. */
    private Generation generation;

    private int waiting;
    private boolean closed;

    PacketSession(InboundPackets packets, Engine engine) {
        this.packets = packets;
        this.engine = engine;
        this.generation = engine.current();
    }

    String listener() {
        return packets.listener();
    }

    Optional<String> user() {
        return packets.user();
    }

    /** Whose association it is. */
    InetAddress client() {
        return packets.source().getAddress();
    }

    void start() {
        engine.opened(this);
        generation = engine.current(); // a reload until now did not know of this association
    }

    @Override
    public void receive(Destination to, ByteBuf payload) {
        if (closed) {
            payload.release();
            return;
        }
        Route route = routes.get(to);
        if (route == null) {
            route = new Route(to);
            routes.put(to, route);
            route.start(payload);
        } else if (route.patience != null) {
            route.sniff(payload);
        }
        route.send(payload);
    }

    @Override
    public void close() {
        close(CLIENT_GONE);
    }

    private void close(FlowView.End how) {
        if (!closed) {
            closed = true;
            routes.values().forEach(Route::drop);
            List.copyOf(carriers.values()).forEach(carrier -> carrier.close(how));
            engine.closed(this);
        }
    }

    /** Counts what it has moved, and ends it if its user may not go on. Called on any thread. */
    void count() {
        packets.loop().execute(() -> {
            if (!carriers.values().stream().map(PacketCarrier::count).reduce(true, Boolean::logicalAnd)) {
                endSoon(Closing.USED_UP);
            }
        });
    }

    /** Ends the association. Called on any thread. */
    void endSoon(Closing why) {
        packets.loop().execute(() -> {
            if (!closed) {
                close(FlowView.End.of(why)); // before the client's end is closed too, which would be its doing
                packets.refuse(new Failure(Failure.Kind.OVERLOADED, why.text()));
            }
        });
    }

    /**
     * New destinations go by the rules of {@code next}; the association ends if some of its datagrams leave plainly and
     * those rules say otherwise. Called on any thread.
     */
    void review(Generation next) {
        packets.loop().execute(() -> {
            generation = next;
            routes.values().forEach(Route::review);
        });
    }

    private void ended(PacketCarrier carrier, @Nullable Failure why) {
        carriers.values().remove(carrier);
        if (why != null) {
            routes.values().stream()
                    .filter(route -> route.carrier == carrier)
                    .forEach(route -> packets.refuse(route.to));
        }
        routes.values().removeIf(route -> route.carrier == carrier);
        if (why != null) {
            refuse(why);
        }
    }

    /** Ends the association, unless it carries something else, for a client that has no other way to know. */
    private void refuse(Failure failure) {
        boolean idle = carriers.isEmpty() && routes.values().stream().allMatch(route -> route.decided);
        if (idle && !closed) {
            packets.refuse(failure);
        }
    }

    /** The way of one destination: undecided while datagrams wait, then a carrier, or none when it is refused. */
    private final class Route {
        /** What the client gave a fake address of. */
        private final FakeAddresses.@Nullable Mapping meant;

        /** As the client calls it. */
        private final Destination to;

        private final InboundPackets replies;
        private final Optional<Destination> fake;
        private final Flow flow;
        private final Generation rules = generation;
        private final Queue<ByteBuf> held = new ArrayDeque<>(1);
        private Question asked;
        private boolean decided;
        /** Amid a connection whose beginning another process may have sent through a tunnel. */
        private boolean nameless;

        private @Nullable PacketCarrier carrier;
        private @Nullable Ruling ruling;
        /** Runs while the host's name may still come. */
        private @Nullable ScheduledFuture<?> patience;

        Route(Destination to) {
            this.to = to;
            this.meant = engine.meant(packets.listener(), to);
            this.replies = meant == null ? packets : new FakeReplies(packets, to.host());
            this.fake = meant == null ? Optional.empty() : Optional.of(to);
            this.flow = new Flow(
                    engine.nextId(),
                    Transport.UDP,
                    packets.listener(),
                    packets.source(),
                    meant == null ? to : meant.destination(to),
                    packets.user());
            this.asked = Question.of(flow);
        }

        void start(ByteBuf first) {
            if (flow.destination().host() instanceof Host.Name || rules.router().wantsFirstBytes(flow)) {
                sniff(first);
            } else {
                decide();
            }
        }

        /** Looks at what is held and {@code next}, and decides unless the host's name is still to come. */
        void sniff(ByteBuf next) {
            List<ByteBuf> first = new ArrayList<>(held);
            first.add(next);
            Sniffed seen = Sniffer.sniff(first);
            Sniffed known = engine.told().with(seen, flow);
            asked = asked.sniffed(known.name(), known.protocol());
            nameless = known.protocol().isEmpty()
                    && flow.destination().host() instanceof Host.Address
                    && flow.destination().port() == QUIC_PORT
                    && Sniffer.isAmidQuic(first.get(0));
            boolean settled = flow.destination().host() instanceof Host.Name && !Routing.mayLeavePlainly(rules, asked);
            if (seen.state() == Sniffed.State.DONE || settled || first.size() == MAX_SNIFFED) {
                decide();
            } else if (patience == null) {
                patience = packets.loop().schedule(this::decide, SNIFFING_MILLIS, TimeUnit.MILLISECONDS);
            }
        }

        private void decide() {
            stopWaiting();
            rule(rules, this::decided);
        }

        private void rule(Generation by, Consumer<Ruling> then) {
            NamedRouting.decide(by, asked, engine.namesOf(flow), packets.loop(), then);
        }

        private void stopWaiting() {
            if (patience != null) {
                patience.cancel(false);
                patience = null;
            }
        }

        private void decided(Ruling made) {
            decided = true;
            ruling = made;
            if (closed) {
                drop();
                return;
            }
            if (nameless && Routing.mayLeavePlainly(rules, asked)) {
                refuse(
                        made,
                        new Failure(
                                Failure.Kind.BLOCKED,
                                "the middle of a QUIC connection of which nobody knows whether a rule tunnels it"));
                return;
            }
            if (!(made.decision() instanceof Decision.Via via)) {
                refuse(made, StreamSession.blocked(made.decision()));
                return;
            }
            Failure unwelcome = engine.ledger().check(flow);
            Failure forbidden = unwelcome != null ? unwelcome : rules.guards().check(flow, via.namesHost());
            if (forbidden != null) {
                refuse(made, forbidden);
                return;
            }
            carry(made, via);
            if (rules.router() != generation.router()) {
                review(); // what was undecided when the rules changed could not be reviewed then
            }
        }

        private void carry(Ruling made, Decision.Via via) {
            Way way = new Way(rules.number(), via.outbound(), via.namesHost(), fake);
            PacketCarrier known = carriers.get(way);
            boolean fresh = known == null;
            if (known == null) {
                known = new PacketCarrier(flow, made, replies, engine, rules, PacketSession.this::ended);
                carriers.put(way, known);
            }
            carrier = known;
            if (fresh) {
                known.open();
            }
            for (ByteBuf payload; (payload = held.poll()) != null; ) {
                waiting--;
                known.send(flow.destination(), payload);
            }
        }

        private void refuse(Ruling made, Failure failure) {
            if (!held.isEmpty()) {
                packets.refuse(to);
            }
            drop();
            engine.refused(flow, made, failure);
            PacketSession.this.refuse(failure);
        }

        void send(ByteBuf payload) {
            if (meant != null) {
                meant.touch();
            }
            if (carrier != null) {
                carrier.send(flow.destination(), payload);
            } else if (decided) {
                payload.release();
                packets.refuse(to);
            } else if (waiting >= MAX_WAITING) {
                payload.release();
            } else {
                waiting++;
                held.add(Sockets.copyOf(payload));
            }
        }

        void drop() {
            stopWaiting();
            for (ByteBuf payload; (payload = held.poll()) != null; ) {
                waiting--;
                payload.release();
            }
        }

        void review() {
            Generation next = generation;
            if (carrier == null
                    || ruling == null
                    || !(ruling.decision() instanceof Decision.Via via)
                    || !rules.leavesPlainly(via.outbound())) {
                return;
            }
            rule(next, made -> {
                if (!(made.decision() instanceof Decision.Via to && next.leavesPlainly(to.outbound()))) {
                    endSoon(Closing.RULES_CHANGED);
                }
            });
        }
    }
}
