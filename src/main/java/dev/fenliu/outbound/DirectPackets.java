package dev.fenliu.outbound;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Interfaces;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.Resolver;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import io.netty.bootstrap.Bootstrap;
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
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams straight to their destinations from one socket, so that peers see one source port (full cone). Names are
 * resolved once a tunnel; datagrams that come meanwhile wait, a few of them. One without payload goes out too, but on NIO,
 * where Netty drops it. Confined to the dial's event loop, which
 * owns the buffers.
 */
final class DirectPackets extends SimpleChannelInboundHandler<DatagramPacket> implements PacketTunnel {
    private static final int MAX_NAMES = 1024;
    private static final int MAX_WAITING = 64;

    private final Dial dial;
    private final SocketOptions options;
    private final Resolver resolver;
    private final PacketSink sink;
    private final Cache<Destination, InetSocketAddress> names =
            Caffeine.newBuilder().maximumSize(MAX_NAMES).executor(Runnable::run).build();
    private @Nullable Channel socket;
    private int waiting;
    private boolean closed;

    private DirectPackets(Dial dial, SocketOptions options, Resolver resolver, PacketSink sink) {
        this.dial = dial;
        this.options = options;
        this.resolver = resolver;
        this.sink = sink;
    }

    static Future<PacketTunnel> open(Dial dial, SocketOptions options, Resolver resolver, PacketSink sink) {
        Promise<PacketTunnel> result = dial.loop().newPromise();
        DirectPackets packets = new DirectPackets(dial, options, resolver, sink);
        Bootstrap bootstrap = Sockets.datagrams(dial.loop(), options, packets);
        ChannelFuture bound =
                options.source().isPresent() ? bootstrap.bind(options.source().get(), 0) : bootstrap.bind(0);
        bound.addListener(done -> {
            if (bound.isSuccess()) {
                packets.socket = bound.channel();
                if (!result.trySuccess(packets)) {
                    packets.close();
                }
            } else {
                result.tryFailure(new Failure(
                        Failure.Kind.NETWORK_UNREACHABLE,
                        "UDP: " + bound.cause().getMessage()));
            }
        });
        return result;
    }

    @Override
    public void send(Destination to, ByteBuf payload) {
        if (to.host() instanceof Host.Address address) {
            write(Direct.first(List.of(address.value()), to.port(), dial.guard()), payload);
            return;
        }
        InetSocketAddress known = names.getIfPresent(to);
        if (known != null) {
            write(known, payload);
            return;
        }
        if (waiting == MAX_WAITING) {
            payload.release();
            return;
        }
        waiting++;
        ByteBuf kept = Sockets.copyOf(payload);
        resolver.resolve((Host.Name) to.host(), dial.loop()).addListener((Future<List<InetAddress>> found) -> {
            waiting--;
            InetSocketAddress address =
                    found.isSuccess() ? Direct.first(found.getNow(), to.port(), dial.guard()) : null;
            if (address != null) {
                names.put(to, address);
            }
            write(address, kept);
        });
    }

    private void write(@Nullable InetSocketAddress to, ByteBuf payload) {
        Channel channel = socket;
        if (to == null || closed || channel == null || !channel.isWritable()) {
            payload.release();
            return;
        }
        if (!payload.isReadable()) {
            payload.release();
            Sockets.sendEmpty(channel, to);
            return;
        }
        channel.writeAndFlush(new DatagramPacket(payload, to), channel.voidPromise());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
        InetSocketAddress from = packet.sender();
        if (!closed && from.getPort() != 0) {
            sink.receive(
                    new Destination(Host.of(from.getAddress()), from.getPort()),
                    packet.content().retain());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // A datagram that could not be sent (port unreachable, no route) is a lost datagram,
        Failure down = options.device().map(Interfaces::fault).orElse(null);
        if (down != null && !closed) {
            close(); // but where the interface is gone, so is the way
            sink.closed(down);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (!closed) {
            closed = true;
            sink.closed(new Failure(Failure.Kind.INTERNAL, Transport.UDP + " socket closed"));
        }
    }

    @Override
    public void close() {
        closed = true;
        if (socket != null) {
            socket.close();
        }
    }
}
