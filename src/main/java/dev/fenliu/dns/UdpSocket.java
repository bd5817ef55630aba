package dev.fenliu.dns;

import dev.fenliu.model.Failure;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One UDP socket, connected to the upstream so that the kernel drops the datagrams of others. Takes queries for a few
 * seconds only, then waits for their answers and closes. Confined to its event loop.
 */
final class UdpSocket extends SimpleChannelInboundHandler<DatagramPacket> {
    private static final int MAX_QUERIES = 50;
    private static final long LIFE_SECONDS = 10;

    private final InetSocketAddress server;
    private final Random random;
    private final Consumer<UdpExchange> overTcp;
    private final IntObjectMap<UdpExchange> pending = new IntObjectHashMap<>();
    private @Nullable ChannelFuture connecting;
    private int queries;
    private boolean spent;

    private UdpSocket(InetSocketAddress server, Random random, Consumer<UdpExchange> overTcp) {
        this.server = server;
        this.random = random;
        this.overTcp = overTcp;
    }

    /** @param overTcp takes an exchange that a datagram cannot serve */
    static UdpSocket open(
            EventLoop loop,
            InetSocketAddress server,
            SocketOptions options,
            Random random,
            Consumer<UdpExchange> overTcp) {
        UdpSocket socket = new UdpSocket(server, random, overTcp);
        Bootstrap bootstrap = Sockets.datagrams(loop, options, socket);
        options.source().ifPresent(source -> bootstrap.localAddress(new InetSocketAddress(source, 0)));
        ChannelFuture connecting = bootstrap.connect(server);
        socket.connecting = connecting;
        connecting.addListener(done -> {
            if (!done.isSuccess()) {
                socket.lost(done.cause());
            }
        });
        loop.schedule(socket::retire, LIFE_SECONDS, TimeUnit.SECONDS);
        return socket;
    }

    /** Whether it takes no more queries. */
    boolean spent() {
        return spent;
    }

    /** Sends a query that was not sent yet. */
    void send(UdpExchange exchange) {
        int id;
        do {
            id = random.nextInt(1 << 16);
        } while (pending.containsKey(id));
        exchange.start(id);
        pending.put(id, exchange);
        exchange.answer.addListener(done -> {
            pending.remove(exchange.id(), exchange);
            closeIfDone();
        });
        if (++queries >= MAX_QUERIES) {
            spent = true;
        }
        write(exchange);
    }

    /** Sends a query once more, if it still waits. */
    void repeat(UdpExchange exchange) {
        if (!exchange.answer.isDone()) {
            write(exchange);
        }
    }

    private void write(UdpExchange exchange) {
        ChannelFuture opened = connecting;
        if (opened != null) {
            opened.addListener(done -> {
                if (done.isSuccess() && !exchange.answer.isDone()) {
                    opened.channel()
                            .writeAndFlush(Unpooled.wrappedBuffer(exchange.datagram()))
                            .addListener(this::written);
                }
            });
        }
    }

    private void written(Future<?> sent) {
        if (!sent.isSuccess()) {
            lost(sent.cause()); // the route is gone, or the last datagram met a closed port
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
        if (packet.content().readableBytes() < 12) {
            return;
        }
        byte[] message = ByteBufUtil.getBytes(packet.content());
        UdpExchange exchange = pending.get(Query.u16(message, 0));
        Query.Fit fit = exchange == null ? Query.Fit.NO : exchange.query.fit(message, exchange.id(), exchange.spelling);
        if (exchange == null || fit == Query.Fit.NO) {
            return; // forged, or the answer to a query that was given up
        }
        if (fit == Query.Fit.OTHER_CASE || Query.truncated(message)) {
            pending.remove(exchange.id());
            overTcp.accept(exchange); // a server that changes the case cannot be told from a forger
            return;
        }
        exchange.answer.trySuccess(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        lost(cause);
    }

    private void lost(Throwable cause) {
        spent = true;
        Failure why = Sockets.failure(server, cause);
        List.copyOf(pending.values()).forEach(exchange -> exchange.answer.tryFailure(why));
        closeIfDone();
    }

    private void retire() {
        spent = true;
        closeIfDone();
    }

    private void closeIfDone() {
        if (spent && pending.isEmpty() && connecting != null) {
            connecting.channel().close();
        }
    }

    /** Closes it at once; what is under way fails. */
    void close() {
        spent = true;
        List.copyOf(pending.values()).forEach(exchange -> exchange.fail("closed"));
        closeIfDone();
    }
}
