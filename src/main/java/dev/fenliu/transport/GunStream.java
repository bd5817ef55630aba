package dev.fenliu.transport;

import dev.fenliu.net.EndOfStream;
import dev.fenliu.net.GarbageException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.util.ReferenceCountUtil;

/**
 * A stream in the messages of a gRPC call, one for each flush, above a stream of HTTP/2. The end of a client's is that of
 * its request, and a server's ends with trailers that say that all is well. Confined to the channel's event loop.
 */
final class GunStream extends ChannelDuplexHandler {
    private final boolean client;
    private final GunDecoder decoder = new GunDecoder();
    private final Batch batch = new Batch();
    private boolean starved = true;
    private boolean failed;
    private boolean ended;

    /** @param client whether this is the client end */
    GunStream(boolean client) {
        this.client = client;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf in = (ByteBuf) msg;
        try {
            if (!failed) {
                decoder.read(in, payload -> {
                    starved = false;
                    ctx.fireChannelRead(payload);
                });
            }
        } catch (GarbageException e) {
            failed = true;
            ctx.fireExceptionCaught(e);
        } finally {
            in.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (starved && !ctx.channel().config().isAutoRead()) {
            ctx.read(); // who asked for a read has got nothing yet, and will not ask again
        }
        starved = true;
        ctx.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        starved &= event != ChannelInputShutdownEvent.INSTANCE;
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        boolean empty = msg instanceof ByteBuf bytes && !bytes.isReadable();
        if (empty && batch.isEmpty()) {
            ctx.write(msg, promise); // only a way to learn of a flush
        } else if (ended && !empty) {
            ReferenceCountUtil.release(msg);
            Batch.fail(promise);
        } else if (msg == EndOfStream.INSTANCE) {
            message(ctx);
            ended = true;
            ctx.write(
                    client
                            ? msg
                            : new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().add("grpc-status", "0"), true),
                    promise);
        } else {
            batch.add((ByteBuf) msg, promise);
        }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        message(ctx);
        ctx.flush();
    }

    /** Writes what waits as one message. */
    private void message(ChannelHandlerContext ctx) {
        if (!batch.isEmpty()) {
            ByteBuf head = ctx.alloc().directBuffer(batch.room(GunDecoder.MAX_HEADER));
            GunDecoder.writeHeader(head, batch.length());
            batch.write(ctx, head, null);
        }
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (!ended && !client && ctx.channel().isActive()) {
            write(ctx, EndOfStream.INSTANCE, ctx.newPromise());
        }
        flush(ctx);
        ctx.close(promise);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        batch.fail();
    }
}
