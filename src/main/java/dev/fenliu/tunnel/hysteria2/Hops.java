package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.PromiseNotifier;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * At the bottom of the client end's socket: sends by another socket to another port of the server every now and then, of
 * which QUIC learns nothing. What the one before still brings is taken until the next change. Confined to the event loop.
 */
final class Hops extends ChannelDuplexHandler {
    private final Dialer dialer;
    private final Destination server;
    private final Hopping hopping;
    private @Nullable ScheduledFuture<?> turns;
    private @Nullable Channel current;
    private @Nullable Channel before;
    private boolean coming;

    /** @param server its port is of no account */
    Hops(Dialer dialer, Destination server, Hopping hopping) {
        this.dialer = dialer;
        this.server = server;
        this.hopping = hopping;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        long nanos = hopping.every().toNanos();
        turns = ctx.executor().scheduleAtFixedRate(() -> hop(ctx), nanos, nanos, TimeUnit.NANOSECONDS);
    }

    /** The address stays what it was found to be. One that cannot be opened is left out. */
    private void hop(ChannelHandlerContext ctx) {
        if (coming) {
            return;
        }
        coming = true;
        Host host = ctx.channel() instanceof DatagramChannel socket
                ? Host.of(socket.remoteAddress().getAddress())
                : server.host();
        Destination next = new Destination(host, hopping.pick(ThreadLocalRandom.current()));
        dialer.datagrams(Dial.own(next, ctx.channel().eventLoop())).addListener((Future<Channel> opened) -> {
            coming = false;
            if (opened.isSuccess()) {
                take(ctx, opened.getNow());
            }
        });
    }

    private void take(ChannelHandlerContext ctx, Channel next) {
        if (ctx.isRemoved()) {
            next.close();
            return;
        }
        if (next instanceof DatagramChannel) {
            Sockets.takeMany(next, true);
        }
        next.pipeline().addLast(new Answers(ctx));
        flush(ctx);
        if (before != null) {
            before.close();
        }
        before = current;
        current = next;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        Channel way = current;
        if (way == null || !way.isActive() || !(msg instanceof DatagramPacket packet)) {
            ctx.write(msg, promise);
            return;
        }
        InetSocketAddress to = (InetSocketAddress) way.remoteAddress();
        DatagramPacket readdressed = packet instanceof SegmentedDatagramPacket segmented
                ? new SegmentedDatagramPacket(packet.content(), segmented.segmentSize(), to)
                : new DatagramPacket(packet.content(), to);
        if (promise.isVoid()) {
            way.write(readdressed, way.voidPromise());
        } else {
            way.write(readdressed).addListener(new PromiseNotifier<>(promise));
        }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        if (current != null) {
            current.flush();
        }
        ctx.flush();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (turns != null) {
            turns.cancel(false);
        }
        if (current != null) {
            current.close();
        }
        if (before != null) {
            before.close();
        }
    }

    /** What comes by another socket looks as if it came by the first one. */
    private static final class Answers extends ChannelInboundHandlerAdapter {
        private final ChannelHandlerContext first;

        Answers(ChannelHandlerContext first) {
            this.first = first;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            DatagramPacket packet = (DatagramPacket) msg;
            if (first.isRemoved()) {
                packet.release();
                return;
            }
            Channel socket = first.channel();
            first.fireChannelRead(
                    new DatagramPacket(packet.content(), (InetSocketAddress) socket.localAddress(), (InetSocketAddress)
                            socket.remoteAddress()));
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            if (!first.isRemoved()) {
                first.fireChannelReadComplete();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (!first.isRemoved()) {
                first.fireExceptionCaught(cause);
            }
        }
    }
}
