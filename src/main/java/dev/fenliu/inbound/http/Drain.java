package dev.fenliu.inbound.http;

import dev.fenliu.net.EndOfStream;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The end of a client connection after its last answer: our stream ends, what still comes is thrown away until the
 * client ends too, so that no reset takes the answer from it (RFC 9112 section 9.6). Confined to the event loop.
 */
final class Drain extends ChannelInboundHandlerAdapter {
    private static final long SECONDS = 5;

    private Drain() {}

    /** Ends {@code client} once all that was written is out. */
    static void start(Channel client) {
        if (!client.isActive()) {
            client.close();
            return;
        }
        client.writeAndFlush(EndOfStream.INSTANCE);
        if (client instanceof DuplexChannel duplex && duplex.isInputShutdown()) {
            client.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            return;
        }
        client.pipeline().addFirst(new Drain());
        Future<?> timer = client.eventLoop().schedule(() -> client.close(), SECONDS, TimeUnit.SECONDS);
        client.closeFuture().addListener(closed -> timer.cancel(false));
        client.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ReferenceCountUtil.release(msg);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.read();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ctx.close();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        // nothing behind us writes any more
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
