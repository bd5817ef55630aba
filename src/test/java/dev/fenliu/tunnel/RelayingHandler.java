package dev.fenliu.tunnel;

import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.Relay;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** The least that an engine can be: sends every flow to one dialer. */
public final class RelayingHandler implements FlowHandler {
    private final Dialer dialer;
    private final AtomicLong ids = new AtomicLong();

    /** What came, oldest first. */
    public final Queue<Flow> flows = new ConcurrentLinkedQueue<>();

    public final Queue<InboundPackets> associations = new ConcurrentLinkedQueue<>();
    public final AtomicLong closedAssociations = new AtomicLong();

    public final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
    public final Queue<Relay.Totals> totals = new ConcurrentLinkedQueue<>();

    public RelayingHandler(Dialer dialer) {
        this.dialer = dialer;
    }

    @Override
    public long nextId() {
        return ids.incrementAndGet();
    }

    @Override
    public void stream(InboundStream stream) {
        flows.add(stream.flow());
        Relay relay = Relay.hold(stream.channel());
        Dial dial = new Dial(
                stream.flow().destination(),
                stream.channel().eventLoop(),
                stream.flow().id(),
                Dial.Guard.NONE);
        dialer.connect(dial).addListener((Future<Channel> done) -> {
            if (done.isSuccess()) {
                stream.accept();
                relay.join(done.getNow()).addListener((Future<Relay.Totals> end) -> totals.add(end.getNow()));
            } else {
                failures.add(Failure.of(done.cause()));
                stream.refuse(Failure.of(done.cause()));
            }
        });
    }

    @Override
    public PacketFlow packets(InboundPackets packets) {
        associations.add(packets);
        Future<PacketTunnel> tunnel =
                dialer.openPackets(Dial.own(Destination.parse("first.example:1"), packets.loop()), new PacketSink() {
                    @Override
                    public void receive(Destination from, ByteBuf payload) {
                        packets.send(from, payload);
                    }

                    @Override
                    public void closed(Failure why) {
                        packets.refuse(why);
                    }
                });
        return new PacketFlow() {
            @Override
            public void receive(Destination to, ByteBuf payload) {
                tunnel.addListener((Future<PacketTunnel> open) -> open.getNow().send(to, payload));
            }

            @Override
            public void close() {
                closedAssociations.incrementAndGet();
                tunnel.addListener((Future<PacketTunnel> open) -> open.getNow().close());
            }
        };
    }
}
