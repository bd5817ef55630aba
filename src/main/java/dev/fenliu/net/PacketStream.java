package dev.fenliu.net;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams over one connection, at either end. It holds at most the beginning of one datagram; the other end's wish to
 * stop sending ends both directions. Confined to the channel's event loop.
 */
public final class PacketStream extends ByteToMessageDecoder implements PacketTunnel {
    /** More than any framing puts in front of a payload. */
    private static final int HEADER_BYTES = 300;

    private final PacketFraming framing;
    private final PacketSink sink;
    private final Function<String, Failure> failure;
    private @Nullable ChannelHandlerContext context;
    private boolean closed;
    private boolean flushing;

    /** @param failure makes what the sink is told when the connection ends, from a reason */
    public PacketStream(PacketFraming framing, PacketSink sink, Function<String, Failure> failure) {
        this.framing = framing;
        this.sink = sink;
        this.failure = failure;
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
        for (PacketFraming.Packet packet; !closed && (packet = framing.read(in)) != null; ) {
            receive(packet);
        }
        if (closed) {
            in.skipBytes(in.readableBytes());
        }
    }

    /** A datagram that nobody can be asked to deliver is lost, as datagrams are; the others go on. */
    private void receive(PacketFraming.Packet packet) {
        if (packet.peer() == null) {
            packet.payload().release();
        } else {
            sink.receive(packet.peer(), packet.payload());
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        discardSomeReadBytes();
        if (!closed) {
            ctx.read();
        }
    }

    @Override
    public void send(Destination to, ByteBuf payload) {
        ChannelHandlerContext ctx = context;
        int length = payload.readableBytes();
        if (ctx == null
                || closed
                || length > PacketFraming.MAX_PAYLOAD
                || !ctx.channel().isWritable()) {
            payload.release();
            return;
        }
        ByteBuf header = ctx.alloc().buffer(HEADER_BYTES);
        if (!framing.writeHeader(to, length, header)) {
            header.release();
            payload.release();
            return;
        }
        ctx.write(header, ctx.voidPromise());
        ctx.write(payload, ctx.voidPromise());
        if (!flushing) {
            // Datagrams come in bursts: what this turn of the loop brings leaves together.
            flushing = true;
            ctx.executor().execute(() -> {
                flushing = false;
                ctx.flush();
            });
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            end("the other end closed the UDP association");
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        end("the connection of the UDP association was lost");
        super.channelInactive(ctx); // releases what is left
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        end("UDP association: " + cause.getMessage());
    }

    private void end(String why) {
        if (!closed) {
            close();
            sink.closed(failure.apply(why));
        }
    }

    @Override
    public void close() {
        closed = true;
        if (context != null) {
            context.close();
        }
    }
}
