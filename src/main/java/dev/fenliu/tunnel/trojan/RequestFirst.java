package dev.fenliu.tunnel.trojan;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds the request until the first payload, so that both leave in one TLS record: a request of its own would have a
 * length to know it by. An origin that speaks first must not wait for that, so the request goes alone when somebody has
 * asked to read and nothing was written for a moment. Confined to the channel's event loop; owns the request.
 */
final class RequestFirst extends ChannelOutboundHandlerAdapter {
    private static final long PATIENCE_MILLIS = 50;

    private @Nullable ByteBuf request;
    private @Nullable ScheduledFuture<?> timer;

    RequestFirst(ByteBuf request) {
        this.request = request;
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        if (timer == null) {
            timer = ctx.executor().schedule(() -> alone(ctx), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        }
        ctx.read();
    }

    private void alone(ChannelHandlerContext ctx) {
        if (!ctx.isRemoved() && ctx.channel().isActive()) {
            send(ctx);
            ctx.flush();
            ctx.pipeline().remove(this);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (msg instanceof ByteBuf bytes && !bytes.isReadable()) {
            ctx.write(msg, promise); // only a way to learn of a flush
            return;
        }
        send(ctx);
        ctx.write(msg, promise);
        ctx.pipeline().remove(this);
    }

    private void send(ChannelHandlerContext ctx) {
        ByteBuf first = request;
        if (first != null) {
            request = null;
            ctx.write(first, ctx.voidPromise());
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (timer != null) {
            timer.cancel(false);
        }
        if (request != null) {
            request.release();
            request = null;
        }
    }
}
