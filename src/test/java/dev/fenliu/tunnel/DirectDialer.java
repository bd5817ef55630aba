package dev.fenliu.tunnel;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.AddressRace;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** Dials this machine: every name is 127.0.0.1. */
public final class DirectDialer implements Dialer {
    @Override
    public Future<Channel> connect(Dial dial) {
        return AddressRace.connect(
                List.of(address(dial.destination())),
                dial.destination().port(),
                SocketOptions.DEFAULT,
                Duration.ofSeconds(2),
                dial.loop());
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        Promise<PacketTunnel> promise = dial.loop().newPromise();
        Sockets.datagrams(dial.loop(), SocketOptions.DEFAULT, new SimpleChannelInboundHandler<DatagramPacket>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
                        InetSocketAddress from = packet.sender();
                        sink.receive(
                                new Destination(Host.of(from.getAddress()), from.getPort()),
                                packet.content().retain());
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addListener((ChannelFuture bound) -> {
                    if (bound.isSuccess()) {
                        promise.setSuccess(new Socket(bound.channel()));
                    } else {
                        promise.setFailure(new Failure(Failure.Kind.INTERNAL, "no socket", bound.cause()));
                    }
                });
        return promise;
    }

    private static InetAddress address(Destination destination) {
        return destination.host() instanceof Host.Address address ? address.value() : InetAddress.getLoopbackAddress();
    }

    private record Socket(Channel channel) implements PacketTunnel {
        @Override
        public void send(Destination to, ByteBuf payload) {
            channel.writeAndFlush(new DatagramPacket(payload, new InetSocketAddress(address(to), to.port())));
        }

        @Override
        public void close() {
            channel.close();
        }
    }
}
