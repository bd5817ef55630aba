package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.inbound.RareLog;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Sockets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams of the server end: an association for each client address, ended when it was idle for {@value
 * #IDLE_SECONDS} seconds or when {@value #MAX_ASSOCIATIONS} others are younger. What does not open is dropped without a
 * sign. Confined to the socket's event loop.
 */
final class ServerPackets extends ChannelInboundHandlerAdapter {
    static final int MAX_ASSOCIATIONS = 4096;
    static final long IDLE_SECONDS = 60;

    private final ListenerContext context;
    private final PacketCodec codec;
    private final RareLog strangers;

    /** The one used longest ago comes first. */
    private final Map<InetSocketAddress, Association> associations = new LinkedHashMap<>(16, 0.75f, true);

    private @Nullable ScheduledFuture<?> sweep;

    ServerPackets(ListenerContext context, PacketCodec codec, RareLog strangers) {
        this.context = context;
        this.codec = codec;
        this.strangers = strangers;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        DatagramPacket packet = (DatagramPacket) msg;
        InetSocketAddress source = packet.sender();
        PacketCodec.Datagram datagram;
        try {
            datagram = codec.open(packet.content(), ctx.alloc());
        } catch (Failure e) {
            strangers.warn("listener \"" + context.settings().name() + "\": ignored a datagram from "
                    + Sockets.text(source) + ": " + e.text());
            return;
        } finally {
            packet.release();
        }
        Association association = associations.get(source);
        if (association == null) {
            association = open(ctx, source);
        }
        association.receive(datagram);
    }

    private Association open(ChannelHandlerContext ctx, InetSocketAddress source) {
        if (associations.size() == MAX_ASSOCIATIONS) {
            associations.values().iterator().next().end();
        }
        Association association = new Association(ctx, source);
        associations.put(source, association);
        association.start();
        if (sweep == null) {
            sweep = ctx.executor().schedule(() -> sweep(ctx), IDLE_SECONDS, TimeUnit.SECONDS);
        }
        return association;
    }

    private void sweep(ChannelHandlerContext ctx) {
        sweep = null;
        long wait = 0;
        while (wait <= 0 && !associations.isEmpty()) {
            Association eldest = associations.values().iterator().next();
            wait = eldest.used + TimeUnit.SECONDS.toNanos(IDLE_SECONDS) - now(ctx);
            if (wait <= 0) {
                eldest.end();
            }
        }
        if (wait > 0) {
            sweep = ctx.executor().schedule(() -> sweep(ctx), wait, TimeUnit.NANOSECONDS);
        }
    }

    private static long now(ChannelHandlerContext ctx) {
        return ctx.executor().ticker().nanoTime();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // An ICMP error for one client says nothing about the others.
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (sweep != null) {
            sweep.cancel(false);
        }
        List.copyOf(associations.values()).forEach(Association::end);
    }

    /** One client address; the engine's side is asked for when it is opened. */
    private final class Association implements InboundPackets {
        private final ChannelHandlerContext ctx;
        private final InetSocketAddress source;
        private @Nullable PacketFlow flow;
        private boolean ended;
        private long used;

        Association(ChannelHandlerContext ctx, InetSocketAddress source) {
            this.ctx = ctx;
            this.source = source;
        }

        void start() {
            used = now(ctx);
            flow = context.handler().packets(this);
            if (ended) {
                flow.close();
            }
        }

        void receive(PacketCodec.Datagram datagram) {
            if (flow == null || ended) {
                datagram.payload().release();
                return;
            }
            used = now(ctx);
            flow.receive(datagram.far(), datagram.payload());
        }

        void end() {
            associations.remove(source, this);
            if (!ended) {
                ended = true;
                if (flow != null) {
                    flow.close();
                }
            }
        }

        @Override
        public String listener() {
            return context.settings().name();
        }

        @Override
        public InetSocketAddress source() {
            return source;
        }

        @Override
        public Optional<String> user() {
            return Optional.empty();
        }

        @Override
        public EventLoop loop() {
            return ctx.channel().eventLoop();
        }

        @Override
        public void send(Destination from, ByteBuf payload) {
            try {
                if (!ended && ctx.channel().isWritable()) {
                    used = now(ctx);
                    associations.get(source); // moves it to the young end
                    ByteBuf sealed = codec.seal(from, payload, ctx.alloc());
                    ctx.writeAndFlush(new DatagramPacket(sealed, source), ctx.voidPromise());
                }
            } finally {
                payload.release();
            }
        }

        /** There is no way to tell the client; its next datagram asks again. */
        @Override
        public void refuse(Failure failure) {
            end();
        }
    }
}
