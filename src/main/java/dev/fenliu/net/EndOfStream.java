package dev.fenliu.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;

/**
 * A message that ends one direction of a stream; written after the last payload bytes. It travels down the pipeline and
 * the lowest handler that knows how turns it into a FIN, a close_notify, or whatever the tunnel's protocol has.
 */
public enum EndOfStream {
    INSTANCE;

    private static final AttributeKey<Runnable> RESET = AttributeKey.valueOf(EndOfStream.class, "reset");

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
     * Directly above TLS: the message becomes a close_notify, and a close_notify of the peer the event that ends the
     * input. A FIN without one may be anybody's (RFC 8446 section 6.1): it becomes a {@link TruncatedException}.
     */
    public static final class ToCloseNotify extends ChannelDuplexHandler {
        private final SslHandler tls;
        private final boolean client;
        private boolean inputEnded;

        /** @param client whether {@code tls} is the client end */
        ToCloseNotify(SslHandler tls, boolean client) {
            this.tls = tls;
            this.client = client;
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            if (msg != EndOfStream.INSTANCE) {
                ctx.write(msg, promise);
                return;
            }
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(flushed -> {
                if (!flushed.isSuccess()) {
                    promise.tryFailure(flushed.cause());
                } else if (client && !halfCloses()) {
                    promise.trySuccess();
                } else {
                    tls.closeOutbound(promise.unvoid());
                }
            });
        }

        /**
         * Before TLS 1.3 the peer must take a close_notify for the end of both directions (RFC 5246 section 7.2.1). A
         * server has to send it, so that its client sees the end of an answer; a client that did would lose the answer.
         */
        private boolean halfCloses() {
            return tls.engine().getSession().getProtocol().equals("TLSv1.3");
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            boolean fin = event == ChannelInputShutdownEvent.INSTANCE;
            if (!fin && event != SslCloseCompletionEvent.SUCCESS) {
                ctx.fireUserEventTriggered(event);
            } else if (!tls.handshakeFuture().isSuccess()) {
                ctx.close(); // there is nobody to shake hands with
            } else if (!inputEnded) {
                inputEnded = true;
                if (fin) {
                    ctx.fireExceptionCaught(new TruncatedException());
                } else {
                    ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
                }
            }
        }

        /** What breaks the handshake is told by its future. */
        @Override
        @SuppressWarnings("deprecation") // of outbound handlers only, which this one is not alone
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (tls.handshakeFuture().isSuccess()) {
                ctx.fireExceptionCaught(cause);
            }
        }
    }

    /** Whatever is closed next on {@code channel} is closed without its end, if it is a stream of a connection of many. */
    static void breakOff(Channel channel) {
        Runnable reset = channel.attr(RESET).get();
        if (reset != null) {
            reset.run();
        }
    }

    /**
     * The bottom of the pipeline of a QUIC stream: the message becomes a FIN, a close without one before it a
     * STOP_SENDING for what nobody will read (RFC 9000 section 3.5), and a reset a RESET_STREAM too. A peer that wants
     * no more (STOP_SENDING) breaks the stream off, as a TCP peer that has closed does.
     */
    public static final class OfQuicStream extends ChannelOutboundHandlerAdapter {
        /** H3_NO_ERROR and H3_REQUEST_CANCELLED (RFC 9114 section 8.1). */
        private static final int NO_ERROR = 0x100;

        private static final int CANCELLED = 0x10c;

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            QuicStreamChannel stream = (QuicStreamChannel) ctx.channel();
            stream.attr(RESET).set(() -> stream.shutdown(CANCELLED, stream.newPromise()));
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            if (msg == EndOfStream.INSTANCE) {
                // shutdownOutput overtakes writes that are still queued, so it waits for them.
                ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(flushed -> {
                    if (flushed.isSuccess()) {
                        ((QuicStreamChannel) ctx.channel()).shutdownOutput(promise.unvoid());
                    } else {
                        promise.tryFailure(flushed.cause());
                    }
                });
                return;
            }
            if (!(msg instanceof ByteBuf bytes && bytes.isReadable())) {
                ctx.write(msg, promise); // only a way to learn of a flush
                return;
            }
            ctx.write(msg, promise.unvoid().addListener(written -> {
                if (!written.isSuccess() && ctx.channel().isOpen()) {
                    ctx.fireExceptionCaught(written.cause());
                }
            }));
        }

        @Override
        public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
            QuicStreamChannel stream = (QuicStreamChannel) ctx.channel();
            if (stream.isOpen() && !stream.isInputShutdown()) {
                stream.shutdownInput(NO_ERROR, stream.newPromise());
            }
            ctx.close(promise);
        }
    }
}
