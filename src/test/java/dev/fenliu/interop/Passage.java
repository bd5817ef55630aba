package dev.fenliu.interop;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.AddressRace;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.Relay;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TunnelContext;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What stands around an outbound under test: event loops, a dialer for addresses, and ports that lead through it. */
final class Passage implements AutoCloseable {
    static final InetAddress LOCAL = InetAddress.getLoopbackAddress();

    final EventLoopGroup loops = Sockets.loops(2);

    /** Reaches literal addresses only. */
    final Dialer dialer = new Dialer() {
        @Override
        public Future<Channel> connect(Dial dial) {
            Destination to = dial.destination();
            return AddressRace.connect(
                    List.of(((Host.Address) to.host()).value()),
                    to.port(),
                    SocketOptions.DEFAULT,
                    Duration.ofSeconds(5),
                    dial.loop());
        }

        @Override
        public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
            Promise<PacketTunnel> result = dial.loop().newPromise();
            ChannelFuture bound = Sockets.datagrams(dial.loop(), SocketOptions.DEFAULT, new Datagrams(sink))
                    .bind(LOCAL, 0);
            bound.addListener(done -> result.setSuccess(new PacketTunnel() {
                @Override
                public void send(Destination to, ByteBuf payload) {
                    InetAddress address = ((Host.Address) to.host()).value();
                    bound.channel()
                            .writeAndFlush(new DatagramPacket(payload, new InetSocketAddress(address, to.port())));
                }

                @Override
                public void close() {
                    bound.channel().close();
                }
            }));
            return result;
        }
    };

    private static final class Datagrams extends SimpleChannelInboundHandler<DatagramPacket> {
        private final PacketSink sink;

        Datagrams(PacketSink sink) {
            this.sink = sink;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
            Host from = Host.of(packet.sender().getAddress());
            sink.receive(
                    new Destination(from, packet.sender().getPort()),
                    packet.content().retain());
        }
    }

    TunnelContext context() {
        return new TunnelContext(dialer, (name, loop) -> {
            throw new AssertionError("a tunnel resolves no origin: " + name);
        });
    }

    Dial dial(Destination destination) {
        return new Dial(destination, loops.next(), 1, Dial.Guard.NONE);
    }

    /** Connects, then closes at once; the failure, or null. */
    Failure attempt(Outbound outbound, Destination destination) throws Exception {
        Future<Channel> opening = outbound.connect(dial(destination));
        if (opening.await(20, TimeUnit.SECONDS) && opening.isSuccess()) {
            opening.getNow().close();
            return null;
        }
        return (Failure) opening.cause();
    }

    /** A port that carries each connection through {@code outbound} to {@code destination}. */
    int port(Outbound outbound, Destination destination) throws Exception {
        Channel listener = Sockets.server(loops, LOCAL, client -> {
                    Relay relay = Relay.hold(client);
                    Dial dial = new Dial(destination, client.eventLoop(), 1, Dial.Guard.NONE);
                    outbound.connect(dial).addListener((Future<Channel> opened) -> {
                        if (opened.isSuccess()) {
                            relay.join(opened.getNow());
                        } else {
                            client.close();
                        }
                    });
                })
                .childOption(ChannelOption.AUTO_READ, false)
                .bind(new InetSocketAddress(LOCAL, 0))
                .sync()
                .channel();
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /** A client's connection through {@code outbound}. */
    Socket connect(Outbound outbound, Destination destination) throws Exception {
        return client(port(outbound, destination));
    }

    static Socket client(int port) throws Exception {
        Socket socket = new Socket(LOCAL, port);
        socket.setSoTimeout(30_000);
        return socket;
    }

    @Override
    public void close() throws Exception {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }
}
