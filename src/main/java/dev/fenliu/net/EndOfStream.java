package dev.fenliu.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import java.util.Map;

/**
 * A message that ends one direction of a stream; written after the last payload bytes. It travels down the pipeline and
 * the lowest handler that knows how turns it into a FIN, a close_notify, or whatever the tunnel's protocol has.
 */
public enum EndOfStream {
    INSTANCE;

    /** The bottom of every TCP pipeline: turns the message into a FIN once all earlier writes are out. */
    @ChannelHandler.Sharable
    public static final class ToFin extends ChannelOutboundHandlerAdapter {
        public static final ToFin INSTANCE = new ToFin();

        private ToFin() {}

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            if (msg != EndOfStream.INSTANCE) {
                ctx.write(msg, promise);
                return;
            }
            // shutdownOutput fails writes that are still queued, so it waits for them.
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(flushed -> {
                if (flushed.isSuccess()) {
                    ((DuplexChannel) ctx.channel()).shutdownOutput(promise.unvoid());
                } else {
                    promise.tryFailure(flushed.cause());
                }
            });
        }
    }

    /**
     * Directly above TLS: turns the message into a close_notify, while the other direction stays open (TLS 1.3), and a
     * close_notify of the peer into the end of input, for the peer may keep its TCP stream open. A failed handshake is
     * told by its future, not by an exception as well.
     */
    @ChannelHandler.Sharable
    public static final class ToCloseNotify extends ChannelDuplexHandler {
        public static final ToCloseNotify INSTANCE = new ToCloseNotify();

        private ToCloseNotify() {}

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            ctx.fireUserEventTriggered(
                    event == SslCloseCompletionEvent.SUCCESS ? ChannelInputShutdownEvent.INSTANCE : event);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (below(ctx).handshakeFuture().isSuccess()) {
                ctx.fireExceptionCaught(cause);
            }
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            if (msg != EndOfStream.INSTANCE) {
                ctx.write(msg, promise);
                return;
            }
            SslHandler tls = below(ctx);
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(flushed -> tls.closeOutbound(promise.unvoid()));
        }

        /** The nearest one: TLS may run inside TLS. */
        private static SslHandler below(ChannelHandlerContext ctx) {
            SslHandler nearest = ctx.pipeline().get(SslHandler.class);
            for (Map.Entry<String, ChannelHandler> entry : ctx.pipeline()) {
                if (entry.getKey().equals(ctx.name())) {
                    break;
                }
                nearest = entry.getValue() instanceof SslHandler tls ? tls : nearest;
            }
            return nearest;
        }
    }
}
