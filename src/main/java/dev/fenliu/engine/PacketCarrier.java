package dev.fenliu.engine;

import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Ender;
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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams of one association through one outbound: opens the tunnel, keeps a few datagrams until it is there, and
 * counts. Closes itself after two minutes of silence. Confined to the association's event loop.
 */
final class PacketCarrier implements PacketSink, Running {
    private static final int MAX_WAITING = 16;
    private static final long IDLE_SECONDS = 120;

    private static final FlowView.End IDLE = FlowView.End.ok(Ender.US);

    private record Datagram(Destination to, ByteBuf payload) {}

    private final Flow flow;
    private final Ruling ruling;
    private final InboundPackets packets;
    private final Engine engine;
    private final Generation generation;
    private final BiConsumer<PacketCarrier, @Nullable Failure> ended;
    private final Queue<Datagram> waiting = new ArrayDeque<>(1);
    private final FlowTimes times;
    private @Nullable PacketTunnel tunnel;
    private @Nullable ScheduledFuture<?> idle;
    private List<String> path;
    private long up;
    private long down;
    private long moved;
    private long toldUp;
    private long toldDown;
    private FlowView.@Nullable End end;

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
        this.times = new FlowTimes(engine, FlowView.Timing.UNKNOWN);
        this.path = List.of(via().outbound());
    }

    private Decision.Via via() {
        return (Decision.Via) ruling.decision();
    }

    void open() {
        Decision.Via via = via();
        engine.opened(this);
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
                .by(packets.source().getAddress())
                .seen(times);
        times.dialled();
        outbound.openPackets(dial, this).addListener((Future<PacketTunnel> opened) -> {
            if (!opened.isSuccess()) {
                fail(Failure.of(opened.cause()));
            } else if (end != null) {
                opened.getNow().close();
            } else {
                carry(opened.getNow());
            }
        });
        watchIdle(0);
    }

    private void carry(PacketTunnel opened) {
        tunnel = opened;
        path = path(path, opened.members());
        times.opened();
        engine.listener().connected(view());
        for (Datagram datagram; (datagram = waiting.poll()) != null; ) {
            send(datagram.to, datagram.payload);
        }
    }

    static List<String> path(List<String> target, List<String> members) {
        List<String> all = new ArrayList<>(target);
        all.addAll(members);
        return List.copyOf(all);
    }

    void send(Destination to, ByteBuf payload) {
        if (tunnel != null && end == null) {
            if (up == 0) {
                times.asked();
            }
            up += payload.readableBytes();
            moved++;
            tunnel.send(to, payload);
        } else if (end != null || waiting.size() >= MAX_WAITING) {
            payload.release();
        } else {
            waiting.add(new Datagram(to, Sockets.copyOf(payload)));
        }
    }

    @Override
    public void receive(Destination from, ByteBuf payload) {
        if (end != null) {
            payload.release();
            return;
        }
        if (down == 0) {
            times.answered();
        }
        down += payload.readableBytes();
        moved++;
        packets.send(from, payload);
    }

    @Override
    public void closed(Failure why) {
        end(FlowView.End.of(why), null);
    }

    private void fail(Failure failure) {
        end(FlowView.End.of(failure), failure);
    }

    /** Ends the carrier without a word to its client. */
    void close(FlowView.End how) {
        end(how, null);
    }

    private void end(FlowView.End how, @Nullable Failure why) {
        if (end != null) {
            return;
        }
        end = how;
        times.ended();
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
        engine.closed(this, up - toldUp, down - toldDown);
    }

    Flow flow() {
        return flow;
    }

    @Override
    public long id() {
        return flow.id();
    }

    @Override
    public FlowView view() {
        return new FlowView(
                flow,
                times.start(),
                ruling.name(),
                Optional.of(via().rule()),
                path,
                times.hop(),
                up,
                down,
                times.timing(),
                Optional.ofNullable(end));
    }

    @Override
    public void endSoon(Closing why) {
        packets.loop().execute(() -> close(FlowView.End.of(why)));
    }

    @Override
    public void tell() {
        if (up != toldUp || down != toldDown) { // to another thread they may seem to be until the next time
            packets.loop().execute(() -> {
                if (end == null) {
                    long moreUp = up - toldUp;
                    long moreDown = down - toldDown;
                    toldUp = up;
                    toldDown = down;
                    engine.listener().moved(view(), moreUp, moreDown);
                }
            });
        }
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
                                close(IDLE);
                            } else {
                                watchIdle(moved);
                            }
                        },
                        IDLE_SECONDS,
                        TimeUnit.SECONDS);
    }
}
