package dev.fenliu.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;

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

    /** Directly above TLS: turns the message into a close_notify; the other direction stays open (TLS 1.3). */
    @ChannelHandler.Sharable
    public static final class ToCloseNotify extends ChannelOutboundHandlerAdapter {
        public static final ToCloseNotify INSTANCE = new ToCloseNotify();

        private ToCloseNotify() {}

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            if (msg != EndOfStream.INSTANCE) {
                ctx.write(msg, promise);
                return;
            }
            SslHandler tls = ctx.pipeline().get(SslHandler.class);
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(flushed -> tls.closeOutbound(promise.unvoid()));
        }
    }
}
