package dev.fenliu.inbound.http;

import dev.fenliu.net.EndOfStream;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
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

    /**
     * Ends {@code client} once all that was written is out.
     *
     * @param ended whether the client has ended its stream
     */
    static void start(Channel client, boolean ended) {
        if (!client.isActive()) {
            client.close();
            return;
        }
        client.writeAndFlush(EndOfStream.INSTANCE);
        if (ended) {
            client.writeAndFlush(client.alloc().buffer(0)).addListener(out -> client.close());
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
