package dev.fenliu.engine;

import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Sockets;
import dev.fenliu.route.Decision;
import dev.fenliu.route.Question;
import dev.fenliu.sniff.Sniffed;
import dev.fenliu.sniff.Sniffer;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One client's UDP association: each new destination is routed once, its datagrams then go through the one
 * {@link PacketCarrier} of the outbound that was decided, so that peers see one source (full cone). Confined to the
 * association's event loop.
 */
final class PacketSession implements PacketFlow {
    private static final int MAX_DESTINATIONS = 1024;
    private static final int MAX_WAITING = 16;

    private final InboundPackets packets;
    private final Engine engine;
    private final Generation generation;
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
    private final Map<String, PacketCarrier> carriers = new HashMap<>();
    private boolean closed;

    PacketSession(InboundPackets packets, Engine engine, Generation generation) {
        this.packets = packets;
        this.engine = engine;
        this.generation = generation;
    }

    void start() {
        engine.opened(this);
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
            route.decide(payload);
        }
        route.send(payload);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            routes.values().forEach(Route::drop);
            List.copyOf(carriers.values()).forEach(carrier -> carrier.close("ok"));
            engine.closed(this);
        }
    }

    /** Ends the association. Called on any thread. */
    void endSoon() {
        packets.loop().execute(() -> {
            if (!closed) {
                packets.refuse(
                        new Failure(Failure.Kind.OVERLOADED, "the proxy is going down or its rules have changed"));
                close();
            }
        });
    }

    /** Ends the association if some of its datagrams leave plainly and the rules of {@code next} say otherwise. */
    void review(Generation next) {
        packets.loop().execute(() -> routes.values().forEach(route -> route.review(next)));
    }

    private void ended(PacketCarrier carrier, @Nullable Failure why) {
        carriers.values().remove(carrier);
        routes.values().removeIf(route -> route.carrier == carrier);
        if (why != null) {
            refuse(why);
        }
    }

    /** Tells the client by ending the association, unless it carries something else: UDP has no other refusal. */
    private void refuse(Failure failure) {
        if (carriers.isEmpty() && !closed) {
            packets.refuse(failure);
        }
    }

    /** The way of one destination: undecided while datagrams wait, then a carrier, or none when it is refused. */
    private final class Route {
        private final Flow flow;
        private final Queue<ByteBuf> waiting = new ArrayDeque<>(1);
        private Question asked;
        private boolean decided;
        private @Nullable PacketCarrier carrier;
        private @Nullable Decision decision;

        Route(Destination to) {
            this.flow =
                    new Flow(engine.nextId(), Transport.UDP, packets.listener(), packets.source(), to, packets.user());
            this.asked = Question.of(flow);
        }

        void decide(ByteBuf first) {
            if (generation.router().wantsFirstBytes(flow)) {
                Sniffed seen = Sniffer.sniff(first, Transport.UDP);
                asked = asked.sniffed(seen.name(), seen.protocol());
            }
            Routing.decide(generation, asked, packets.loop(), this::decided);
        }

        private void decided(Decision made) {
            decided = true;
            decision = made;
            if (closed) {
                drop();
                return;
            }
            if (!(made instanceof Decision.Via via)) {
                refuse(
                        made,
                        new Failure(
                                Failure.Kind.BLOCKED,
                                "blocked by the rule at " + made.rule().place()));
                return;
            }
            Failure forbidden = generation.guards().check(flow, via.namesHost());
            if (forbidden != null) {
                refuse(made, forbidden);
                return;
            }
            PacketCarrier known = carriers.get(via.outbound());
            if (known == null) {
                known = new PacketCarrier(flow, via, packets, engine, generation, PacketSession.this::ended);
                carriers.put(via.outbound(), known);
                known.open();
            }
            carrier = known;
            for (ByteBuf payload; (payload = waiting.poll()) != null; ) {
                known.send(flow.destination(), payload);
            }
        }

        private void refuse(Decision made, Failure failure) {
            drop();
            engine.refused(flow, made, failure);
            PacketSession.this.refuse(failure);
        }

        void send(ByteBuf payload) {
            if (carrier != null) {
                carrier.send(flow.destination(), payload);
            } else if (decided || waiting.size() >= MAX_WAITING) {
                payload.release();
            } else {
                waiting.add(Sockets.copyOf(payload));
            }
        }

        void drop() {
            for (ByteBuf payload; (payload = waiting.poll()) != null; ) {
                payload.release();
            }
        }

        void review(Generation next) {
            if (!(decision instanceof Decision.Via via) || !generation.plain().contains(via.outbound())) {
                return;
            }
            Routing.decide(next, asked, packets.loop(), made -> {
                if (!(made instanceof Decision.Via to && next.plain().contains(to.outbound()))) {
                    endSoon();
                }
            });
        }
    }
}
