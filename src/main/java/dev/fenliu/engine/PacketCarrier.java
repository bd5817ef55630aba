package dev.fenliu.engine;

import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.route.Decision;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams of one association through one outbound: opens the tunnel, keeps a few datagrams until it is there, and
 * counts. Closes itself after two minutes of silence. Confined to the association's event loop.
 */
final class PacketCarrier implements PacketSink {
    private static final int MAX_WAITING = 16;
    private static final long IDLE_SECONDS = 120;

    private record Datagram(Destination to, ByteBuf payload) {}

    private final Flow flow;
    private final Ruling ruling;
    private final InboundPackets packets;
    private final Engine engine;
    private final Generation generation;
    private final BiConsumer<PacketCarrier, @Nullable Failure> ended;
    private final Queue<Datagram> waiting = new ArrayDeque<>(1);
    private final long started;
    private @Nullable PacketTunnel tunnel;
    private @Nullable ScheduledFuture<?> idle;
    private String path;
    private long up;
    private long down;
    private long moved;
    private boolean over;

    /** @param ruling to send it somewhere */
    PacketCarrier(
            Flow flow,
            Ruling ruling,
            InboundPackets packets,
            Engine engine,
            Generation generation,
            BiConsumer<PacketCarrier, @Nullable Failure> ended) {
        this.flow = flow;
        this.ruling = ruling;
        this.packets = packets;
        this.engine = engine;
        this.generation = generation;
        this.ended = ended;
        this.started = engine.nanos();
        this.path = via().outbound();
    }

    private Decision.Via via() {
        return (Decision.Via) ruling.decision();
    }

    void open() {
        Decision.Via via = via();
        engine.listener().opened(flow);
        engine.listener().routed(flow, via);
        Outbound outbound = generation.outbounds().get(via.outbound());
        if (outbound == null || !outbound.transports().contains(Transport.UDP)) {
            fail(new Failure(Failure.Kind.UNSUPPORTED, "outbound \"" + via.outbound() + "\" carries no UDP"));
            return;
        }
        Dial dial = new Dial(
                        flow.destination(),
                        packets.loop(),
                        flow.id(),
                        generation.guards().of(flow, via.namesHost()))
                .by(packets.source().getAddress());
        outbound.openPackets(dial, this).addListener((Future<PacketTunnel> opened) -> {
            if (!opened.isSuccess()) {
                fail(Failure.of(opened.cause()));
            } else if (over) {
                opened.getNow().close();
            } else {
                carry(opened.getNow());
            }
        });
        watchIdle(0);
    }

    private void carry(PacketTunnel opened) {
        tunnel = opened;
        path = opened.members().map(members -> path + "/" + members).orElse(path);
        engine.listener().connected(flow, path);
        for (Datagram datagram; (datagram = waiting.poll()) != null; ) {
            send(datagram.to, datagram.payload);
        }
    }

    void send(Destination to, ByteBuf payload) {
        if (tunnel != null && !over) {
            up += payload.readableBytes();
            moved++;
            tunnel.send(to, payload);
        } else if (over || waiting.size() >= MAX_WAITING) {
            payload.release();
        } else {
            waiting.add(new Datagram(to, Sockets.copyOf(payload)));
        }
    }

    @Override
    public void receive(Destination from, ByteBuf payload) {
        if (over) {
            payload.release();
            return;
        }
        down += payload.readableBytes();
        moved++;
        packets.send(from, payload);
    }

    @Override
    public void closed(Failure why) {
        close(why.text());
    }

    private void fail(Failure failure) {
        end(failure.text(), failure);
    }

    /** Ends the carrier; {@code end} is what the log says. */
    void close(String end) {
        end(end, null);
    }

    private void end(String end, @Nullable Failure why) {
        if (over) {
            return;
        }
        over = true;
        if (idle != null) {
            idle.cancel(false);
        }
        if (tunnel != null) {
            tunnel.close();
        }
        for (Datagram datagram; (datagram = waiting.poll()) != null; ) {
            datagram.payload.release();
        }
        ended.accept(this, why);
        Duration time = Duration.ofNanos(engine.nanos() - started);
        engine.listener()
                .closed(new FlowListener.Outcome(
                        flow, ruling.name(), via().rule().place(), path, up, down, time, end));
    }

    /** Counts what it has moved. @return whether its user may go on */
    boolean count() {
        return engine.ledger().moved(flow, up, down);
    }

    private void watchIdle(long seen) {
        idle = packets.loop()
                .schedule(
                        () -> {
                            if (moved == seen) {
                                close("ok");
                            } else {
                                watchIdle(moved);
                            }
                        },
                        IDLE_SECONDS,
                        TimeUnit.SECONDS);
    }
}
