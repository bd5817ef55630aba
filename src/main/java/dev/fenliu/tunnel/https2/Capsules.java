package dev.fenliu.tunnel.https2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams of one UDP peer over a stream, at either end: DATAGRAM capsules (RFC 9297 section 3.5) with context 0
 * (RFC 9298 section 5). Other capsules and contexts are skipped, whatever their length. The other end's wish to stop sending
 * ends both directions. Holds at most one datagram. Confined to the stream's event loop.
 */
final class Capsules extends ByteToMessageDecoder {
    /** The most bytes of a datagram's payload. */
    static final int MAX_PAYLOAD = 65_527;

    private static final int DATAGRAM = 0;
    private static final int MAX_VARINT = 8;

    private final Peer peer;
    private @Nullable ChannelHandlerContext context;
    private long skip;
    private boolean closed;
    private boolean flushing;

    /** Who uses the stream. */
    interface Peer {
        /** The payload of a datagram, which is the peer's. */
        void receive(ByteBuf payload);

        /** The stream has ended, and not by {@link Capsules#close}. */
        void ended(String why);
    }

    Capsules(Peer peer) {
        this.peer = peer;
        setSingleDecode(false);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        if (closed) {
            ctx.close();
        } else {
            ctx.read();
        }
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        while (!closed && take(ctx, in)) {}
        if (closed) {
            in.skipBytes(in.readableBytes());
        }
    }

    /** Takes a capsule, or what there is of one that is skipped; false when there is nothing to take. */
    private boolean take(ChannelHandlerContext ctx, ByteBuf in) {
        if (skip > 0) {
            int bytes = (int) Math.min(skip, in.readableBytes());
            in.skipBytes(bytes);
            skip -= bytes;
            return bytes > 0;
        }
        int start = in.readerIndex();
        long type = varint(in);
        long length = type < 0 ? -1 : varint(in);
        if (length < 0) {
            in.readerIndex(start);
            return false;
        }
        if (type != DATAGRAM) {
            skip = length;
            return true;
        }
        if (length > MAX_PAYLOAD + MAX_VARINT) {
            end(ctx, "a datagram of " + length + " bytes");
            return false;
        }
        if (in.readableBytes() < length) {
            in.readerIndex(start);
            return false;
        }
        datagram(in.readSlice((int) length));
        return true;
    }

    private void datagram(ByteBuf capsule) {
        if (varint(capsule) == 0) { // else of an extension that nobody agreed on, or malformed
            peer.receive(capsule.retain());
        }
    }

    /** Reads a number (RFC 9000 section 16); -1, and nothing useful is read, when it is not whole. */
    static long varint(ByteBuf in) {
        if (!in.isReadable()) {
            return -1;
        }
        int first = in.readUnsignedByte();
        int more = (1 << (first >> 6)) - 1;
        if (in.readableBytes() < more) {
            return -1;
        }
        long value = first & 0x3f;
        for (int i = 0; i < more; i++) {
            value = value << 8 | in.readUnsignedByte();
        }
        return value;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        discardSomeReadBytes();
        if (!closed) {
            ctx.read();
        }
    }

    /** Sends a datagram; takes ownership; it is lost when it cannot leave now. */
    void send(ByteBuf payload) {
        ChannelHandlerContext ctx = context;
        int length = payload.readableBytes();
        if (ctx == null || closed || length > MAX_PAYLOAD || !ctx.channel().isWritable()) {
            payload.release();
            return;
        }
        ctx.write(header(ctx.alloc().buffer(1 + 4 + 1), length), ctx.voidPromise());
        if (length > 0) {
            ctx.write(payload, ctx.voidPromise());
        } else {
            payload.release();
        }
        if (!flushing) {
            // Datagrams come in bursts: what this turn of the loop brings leaves together.
            flushing = true;
            ctx.executor().execute(() -> {
                flushing = false;
                ctx.flush();
            });
        }
    }

    /** Writes what stands in front of a payload of {@code length} bytes. */
    static ByteBuf header(ByteBuf out, int length) {
        out.writeByte(DATAGRAM);
        int whole = length + 1;
        if (whole < 1 << 6) {
            out.writeByte(whole);
        } else if (whole < 1 << 14) {
            out.writeShort(whole | 1 << 14);
        } else {
            out.writeInt(whole | 2 << 30);
        }
        return out.writeByte(0);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            end(ctx, "the other end closed the UDP association");
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        end(ctx, "the connection of the UDP association was lost");
        super.channelInactive(ctx); // releases what is left
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        end(ctx, "UDP association: " + cause.getMessage());
    }

    private void end(ChannelHandlerContext ctx, String why) {
        if (!closed) {
            closed = true;
            ctx.close();
            peer.ended(why);
        }
    }

    void close() {
        if (!closed && context != null) {
            context.close();
        }
        closed = true;
    }
}
