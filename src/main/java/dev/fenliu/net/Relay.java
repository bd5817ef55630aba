package dev.fenliu.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owns a client channel from the end of its handshake: holds what arrives until an upstream joins, then copies bytes
 * both ways, by a {@link Pump} each where both are plain sockets, until both directions have ended. Nothing else in Fenliu
 * pauses reading, half-closes or closes a stream.
 * Both channels live on one event loop, and so does every call.
 */
public final class Relay {
    /** A half-closed flow of which no byte leaves us for this long is ended. */
    static final long HALF_CLOSED_SECONDS = 60;

    /** What {@code ChannelPipeline.names()} has of a channel with {@link EndOfStream.ToFin}, a relay, and Netty's tail. */
    private static final int BARE = 3;

    /** How a relay ended. */
    public enum End {
        /** Both sides ended their stream. */
        DONE,
        CLIENT_RESET,
        UPSTREAM_RESET,
        /** Half-closed and silent. */
        STALLED,
        /** By us: a reload or the end of the program. */
        CLOSED
    }

    /** Payload bytes copied in each direction, and the end. */
    public record Totals(long up, long down, End end) {}

    private final Side client;
    private final Promise<Totals> done;
    private @Nullable Side upstream;
    private @Nullable Side waiting;
    private @Nullable Consumer<ByteBuf> firstBytes;
    private @Nullable Runnable answers;
    private Runnable asked = () -> {};
    private Runnable answered = () -> {};
    private @Nullable End end;
    private boolean clientFirst;
    private @Nullable Future<?> halfClosed;

    private Relay(Channel client) {
        this.client = new Side(client);
        this.done = client.eventLoop().newPromise();
    }

    /** Takes the client: it stops reading, and bytes its handshake still held are kept. */
    public static Relay hold(Channel client) {
        Relay relay = new Relay(client);
        client.config().setAutoRead(false);
        client.pipeline().addLast("relay", relay.client);
        return relay;
    }

    /**
     * Shows the client's first bytes, which stay held for the upstream: {@code listener} gets all that has come so far,
     * at once if there is some, and again whenever more comes or the client ends its stream, until {@link #join} or
     * {@code peek(null)}. The buffer is valid during the call only.
     */
    public void peek(@Nullable Consumer<ByteBuf> listener) {
        firstBytes = listener;
        if (listener == null) {
            answers = null;
        } else {
            if (!client.held.isEmpty() || client.inputEnded) {
                client.show(listener);
            }
            if (firstBytes != null) {
                client.channel.read();
            }
        }
    }

    /**
     * Holds what {@code channel} says as well, until it joins: {@code listener} learns once that it has said something,
     * has ended its stream or is gone, unless {@code peek(null)} comes before.
     */
    public void await(Channel channel, Runnable listener) {
        Side other = new Side(channel);
        waiting = other;
        answers = listener;
        channel.pipeline().addLast("relay", other);
        channel.closeFuture().addListener(f -> other.answered());
        channel.read();
    }

    /** Whether the client has ended its stream. */
    public boolean inputEnded() {
        return client.inputEnded;
    }

    /** Whether the client was the first of both sides to end its stream. */
    public boolean clientEndedFirst() {
        return clientFirst;
    }

    /** Whether an upstream has joined. */
    public boolean isJoined() {
        return upstream != null;
    }

    /** Payload bytes from client to upstream so far; other threads that ask may be told an earlier count. */
    public long up() {
        return client.copied;
    }

    /** Payload bytes from upstream to client so far; as {@link #up}. */
    public long down() {
        Side other = upstream;
        return other == null ? 0 : other.copied;
    }

    /** Says whom to tell of the first bytes that are copied from the client, and of the first to it. Before {@link #join}. */
    public void watch(Runnable fromClient, Runnable toClient) {
        asked = fromClient;
        answered = toClient;
    }

    /** Starts copying; the future completes when both channels are closed and never fails. */
    public Future<Totals> join(Channel channel) {
        Side known = waiting;
        Side other = known != null && known.channel == channel ? known : new Side(channel);
        waiting = null;
        peek(null);
        upstream = other;
        if (other != known) {
            channel.pipeline().addLast("relay", other);
        }
        client.connect(other);
        other.connect(client);
        if (!client.pump(other)) {
            client.readOn();
            other.readOn();
        }
        client.channel.closeFuture().addListener(f -> closed(client, other));
        channel.closeFuture().addListener(f -> closed(other, other));
        return done;
    }

    /** Closes both sides at once, as a reload does with a flow that may no longer go its way. */
    public void close() {
        finish(End.CLOSED);
        client.reset();
        if (upstream != null) {
            upstream.reset();
        }
    }

    /**
     * What came of {@code side} was whole if it had ended before: then the peer gets all of it and a close, and what it
     * goes on to send is reset by its socket. An upstream that has all of it, and whose answer nobody waits for any more,
     * learns so by a reset at once. Otherwise the peer must not take what it got for whole.
     */
    private void closed(Side side, Side other) {
        Side peer = side == client ? other : client;
        if (side.pump != null && peer.pump != null) {
            side.pump.close();
            peer.pump.close();
        }
        if (!side.inputEnded || !peer.inputEnded) {
            finish(side == client ? End.CLIENT_RESET : End.UPSTREAM_RESET);
        }
        if (!peer.channel.isOpen()) {
            if (halfClosed != null) {
                halfClosed.cancel(false);
            }
            finish(End.DONE);
            done.trySuccess(new Totals(client.copied, other.copied, end == null ? End.DONE : end));
        } else if (side.inputEnded && (end != End.CLIENT_RESET || peer.pending() > 0)) {
            peer.closeAfterFlush();
        } else {
            peer.reset();
        }
    }

    private void finish(End how) {
        if (end == null) {
            end = how;
        }
    }

    private void watchHalfClosed(Side other, long seen) {
        if (done.isDone()) {
            return;
        }
        Runnable look = () -> {
            long now = moved(other);
            if (now != seen) {
                watchHalfClosed(other, now);
                return;
            }
            finish(End.STALLED);
            client.cut();
            other.cut();
        };
        halfClosed = client.channel.eventLoop().schedule(look, HALF_CLOSED_SECONDS, TimeUnit.SECONDS);
    }

    /** Bytes that have left us, in both directions. */
    private long moved(Side other) {
        return client.copied + other.copied - client.pending() - other.pending();
    }

    private final class Side extends ChannelInboundHandlerAdapter implements Pump.Report {
        private final Channel channel;
        private final Queue<ByteBuf> held = new ArrayDeque<>(1);
        private @Nullable Side peer;
        private @Nullable Pump pump;
        private long copied;
        private boolean inputEnded;

        Side(Channel channel) {
            this.channel = channel;
        }

        void connect(Side other) {
            peer = other;
            for (ByteBuf bytes; (bytes = held.poll()) != null; ) {
                copy(bytes, other);
            }
            other.channel.flush();
            if (inputEnded) {
                other.endOutput();
            }
        }

        /** Whether the kernel moves the bytes from here on, as it can between two sockets with nothing above them. */
        boolean pump(Side other) {
            EpollStream here = plain();
            EpollStream there = other.plain();
            if (here == null || there == null) {
                return false;
            }
            Pump in = new Pump(here, there, this);
            Pump out = new Pump(there, here, other);
            pump = in;
            other.pump = out;
            here.pumped(in, out);
            there.pumped(out, in);
            return true;
        }

        private @Nullable EpollStream plain() {
            ChannelPipeline pipeline = channel.pipeline();
            boolean bare = pipeline.first() == EndOfStream.ToFin.INSTANCE
                    && pipeline.names().size() == BARE;
            return bare && !inputEnded && pending() == 0 && channel.isActive() ? EpollStream.of(channel) : null;
        }

        void readOn() {
            if (peer != null && !inputEnded) {
                channel.config().setAutoRead(peer.channel.isWritable());
            }
        }

        void show(Consumer<ByteBuf> listener) {
            ByteBuf all = Unpooled.wrappedUnmodifiableBuffer(
                    held.stream().map(ByteBuf::slice).toArray(ByteBuf[]::new));
            listener.accept(all);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            if (peer == null) {
                held.add((ByteBuf) msg);
                if (this != client) {
                    answered();
                } else if (firstBytes != null) {
                    show(firstBytes);
                    if (firstBytes != null) {
                        channel.read();
                    }
                }
            } else if (peer.channel.isActive()) {
                copy((ByteBuf) msg, peer);
            } else {
                ReferenceCountUtil.release(msg);
            }
        }

        /** The first bytes of this side are copied. */
        private void begins() {
            (this == client ? asked : answered).run();
        }

        private void copy(ByteBuf bytes, Side to) {
            if (copied == 0) {
                begins();
            }
            copied += bytes.readableBytes();
            to.channel.write(bytes, to.channel.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            if (peer != null) {
                peer.channel.flush();
                if (!peer.channel.isWritable()) {
                    channel.config().setAutoRead(false);
                }
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (peer != null) {
                peer.readOn();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE && !inputEnded && channel.isOpen()) {
                ended();
            }
        }

        /** Said once, and only while this waits to be joined. */
        void answered() {
            Runnable listener = answers;
            if (listener != null && waiting == this) {
                answers = null;
                listener.run();
            }
        }

        @Override
        public void taken(int bytes) {
            if (copied == 0) {
                begins();
            }
            copied += bytes;
        }

        @Override
        public void ended() {
            inputEnded = true;
            if (peer == null || !peer.inputEnded) {
                clientFirst = this == client;
            }
            if (peer != null) {
                peer.endOutput();
            } else if (this != client) {
                answered();
            } else if (firstBytes != null) {
                show(firstBytes);
            }
        }

        @Override
        public void broken(boolean sender) {
            (sender || peer == null ? this : peer).broken();
        }

        /** The other side's input has ended: so does our output, and the flow when our input has ended too. */
        void endOutput() {
            Side from = peer == null ? this : peer;
            if (inputEnded && from.inputEnded) {
                closeAfterFlush();
                from.closeAfterFlush();
            } else {
                channel.writeAndFlush(EndOfStream.INSTANCE);
                Side other = this == client ? from : this;
                watchHalfClosed(other, moved(other));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            broken();
        }

        private void broken() {
            finish(this == client ? End.CLIENT_RESET : End.UPSTREAM_RESET);
            reset();
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            for (ByteBuf bytes; (bytes = held.poll()) != null; ) {
                bytes.release();
                inputEnded = false; // not whole without these
            }
        }

        void closeAfterFlush() {
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }

        /** Bytes that are written and have not left. */
        private long pending() {
            if (peer != null && peer.pump != null) {
                return peer.pump.pending();
            }
            ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
            return buffer == null ? pendingOfStream() : buffer.totalPendingWriteBytes();
        }

        /** Of a stream among others on one connection, which has no buffer of its own, and of a channel that is closed. */
        private long pendingOfStream() {
            if (!channel.isOpen()) {
                return 0;
            }
            WriteBufferWaterMark mark = channel.config().getWriteBufferWaterMark();
            return channel.isWritable()
                    ? mark.high() + 1 - channel.bytesBeforeUnwritable()
                    : mark.low() - 1 + channel.bytesBeforeWritable();
        }

        /** Ends what stands still: as it should end if all that belongs there has left, otherwise by a reset. */
        void cut() {
            if (peer != null && peer.inputEnded && pending() == 0) {
                channel.close();
            } else {
                reset();
            }
        }

        /** Closes with a RST where the channel is a socket, and with what stands for it in a protocol of streams. */
        void reset() {
            if (channel.isOpen()) {
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
                EndOfStream.breakOff(channel);
                channel.unsafe().close(channel.voidPromise());
            }
        }
    }
}
