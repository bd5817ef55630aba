package dev.fenliu.tunnel.vmess;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Datagrams to one destination and back, above a codec that knows where one ends. Confined to the channel's event loop. */
final class ChunkPackets extends ChannelInboundHandlerAdapter implements PacketTunnel {
    private final Destination peer;
    private final PacketSink sink;
    private final Function<String, Failure> failure;
    private @Nullable ChannelHandlerContext context;
    private boolean closed;
    private boolean flushing;

    /** @param failure makes what the sink is told when the connection ends, from a reason */
    ChunkPackets(Destination peer, PacketSink sink, Function<String, Failure> failure) {
        this.peer = peer;
        this.sink = sink;
        this.failure = failure;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        ctx.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (closed) {
            ((ByteBuf) msg).release();
        } else {
            sink.receive(peer, (ByteBuf) msg);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!closed) {
            ctx.read();
        }
    }

    /** An empty datagram would end the stream, so it is lost. */
    @Override
    public void send(Destination to, ByteBuf payload) {
        ChannelHandlerContext ctx = context;
        if (ctx == null
                || closed
                || !payload.isReadable()
                || payload.readableBytes() > BodySealer.MAX_DATAGRAM
                || !ctx.channel().isWritable()) {
            payload.release();
            return;
        }
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
    public void channelInactive(ChannelHandlerContext ctx) {
        end("the connection of the UDP association was lost");
        ctx.fireChannelInactive();
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
