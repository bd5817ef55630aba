package dev.fenliu.inbound;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.AddressRace;
import dev.fenliu.net.Relay;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.FutureListener;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** Sends every flow straight to its destination; all names below {@code test} are this machine. */
public final class DirectFlows implements FlowHandler {
    public final Queue<InboundStream> streams = new ConcurrentLinkedQueue<>();
    public final Queue<InboundPackets> associations = new ConcurrentLinkedQueue<>();
    public final AtomicLong closedAssociations = new AtomicLong();
    private final AtomicLong ids = new AtomicLong();

    @Override
    public long nextId() {
        return ids.incrementAndGet();
    }

    @Override
    public void stream(InboundStream stream) {
        streams.add(stream);
        Relay relay = Relay.hold(stream.channel());
        InetSocketAddress to = address(stream.flow().destination());
        if (to == null) {
            stream.refuse(new Failure(Failure.Kind.UNRESOLVED, "no such name"));
            return;
        }
        AddressRace.connect(
                        List.of(to.getAddress()),
                        to.getPort(),
                        SocketOptions.DEFAULT,
                        Duration.ofSeconds(5),
                        stream.channel().eventLoop())
                .addListener((FutureListener<Channel>) dialled -> {
                    if (dialled.isSuccess()) {
                        stream.accept();
                        relay.join(dialled.getNow());
                    } else {
                        stream.refuse(Failure.of(dialled.cause()));
                    }
                });
    }

    @Override
    public PacketFlow packets(InboundPackets packets) {
        associations.add(packets);
        SimpleChannelInboundHandler<DatagramPacket> back = new SimpleChannelInboundHandler<>() {
            @Override
            protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
                packets.send(
                        new Destination(
                                Host.of(packet.sender().getAddress()),
                                packet.sender().getPort()),
                        packet.content().retain());
            }
        };
        Channel socket = Sockets.datagrams(packets.loop(), SocketOptions.DEFAULT, back)
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .channel();
        return new PacketFlow() {
            @Override
            public void receive(Destination to, ByteBuf payload) {
                InetSocketAddress address = address(to);
                if (address == null) {
                    payload.release();
                    packets.refuse(new Failure(Failure.Kind.UNRESOLVED, "no such name"));
                } else {
                    socket.writeAndFlush(new DatagramPacket(payload, address));
                }
            }

            @Override
            public void close() {
                closedAssociations.incrementAndGet();
                socket.close().addListener(ChannelFutureListener.CLOSE);
            }
        };
    }

    private static InetSocketAddress address(Destination destination) {
        if (destination.host() instanceof Host.Address address) {
            return new InetSocketAddress(address.value(), destination.port());
        }
        String name = destination.host().toString();
        return name.endsWith(".test") && !name.startsWith("missing.") || name.equals("localhost")
                ? new InetSocketAddress(InetAddress.getLoopbackAddress(), destination.port())
                : null;
    }
}
