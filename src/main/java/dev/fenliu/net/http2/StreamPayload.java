package dev.fenliu.net.http2;

import dev.fenliu.net.EndOfStream;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * At the bottom of a stream's pipeline: makes payload of DATA frames and DATA frames of payload. END_STREAM is the event
 * that ends the input, and is what {@link EndOfStream} becomes; a reset by the peer is an exception, and a close without
 * an end of the output before it is one in order. The first head passes as a frame, trailers do not pass. Confined to the
 * event loop of its connection.
 */
final class StreamPayload extends ChannelDuplexHandler {
    /** How long a close waits until the stream's end has left. */
    private static final long CLOSE_MILLIS = 3_000;

    private final Windows.Window window;
    private boolean headed;
    private boolean endHeld;
    private boolean inputEnded;
    private boolean outputEnded;
    private boolean closing;
    private @Nullable ChannelFuture last;

    StreamPayload(Windows.Window window) {
        this.window = window;
    }

    /** The peer has broken the stream off. */
    static final class ResetException extends IOException {
        private static final long serialVersionUID = 1L;
        final long code;

        ResetException(long code) {
            super("the stream was reset by the other end (" + Http2Error.valueOf(code) + ")");
            this.code = code;
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Http2Exception {
        if (message instanceof Http2DataFrame data) {
            int bytes = data.initialFlowControlledBytes();
            boolean end = data.isEndStream();
            if (data.content().isReadable()) {
                ctx.fireChannelRead(data.content());
            } else {
                data.release();
            }
            window.took(bytes);
            if (end) {
                end(ctx);
            }
        } else if (message instanceof Http2HeadersFrame head) {
            if (headed && head.isEndStream()) {
                end(ctx); // trailers
            } else if (!headed) {
                headed = !interim(head.headers());
                endHeld = head.isEndStream();
                ctx.fireChannelRead(head);
            }
        } else {
            ReferenceCountUtil.release(message); // frames of unknown types
        }
    }

    /** Whether the response is one that another follows (RFC 9110 section 15.2). */
    static boolean interim(Http2Headers head) {
        CharSequence status = head.status();
        return status != null && status.length() == 3 && status.charAt(0) == '1';
    }

    /** An end that came with a head waits for whoever wants what follows the head. */
    @Override
    public void read(ChannelHandlerContext ctx) {
        if (endHeld) {
            endHeld = false;
            end(ctx);
        }
        ctx.read();
    }

    private void end(ChannelHandlerContext ctx) {
        if (!inputEnded) {
            inputEnded = true;
            ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete();
        if (!ctx.channel().config().isAutoRead()) {
            window.paused();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof Http2ResetFrame reset) {
            // One without an error follows an end, and what is left of the input may still be taken.
            if (reset.errorCode() != Http2Error.NO_ERROR.code()) {
                exceptionCaught(ctx, new ResetException(reset.errorCode()));
            }
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    /** Nobody else needs to know while nobody else is there: the stream closes by itself. */
    @Override
    @SuppressWarnings("deprecation") // of outbound handlers only, which this one is not alone
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (ctx.pipeline().last() != this) {
            ctx.fireExceptionCaught(cause);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf bytes) {
            if (bytes.isReadable()) {
                send(ctx, new DefaultHttp2DataFrame(bytes, false), promise);
            } else {
                bytes.release();
                whenSent(promise);
            }
        } else if (message == EndOfStream.INSTANCE) {
            if (outputEnded) {
                whenSent(promise);
            } else {
                outputEnded = true;
                send(ctx, new DefaultHttp2DataFrame(true), promise);
            }
        } else {
            outputEnded |= message instanceof Http2HeadersFrame head && head.isEndStream();
            last = ctx.write(message, promise.unvoid());
        }
    }

    private void send(ChannelHandlerContext ctx, Http2DataFrame data, ChannelPromise promise) {
        last = ctx.write(data, promise.unvoid());
    }

    /** An empty write is a way to learn of a flush. */
    private void whenSent(ChannelPromise promise) {
        if (promise.isVoid()) {
            return;
        }
        if (last == null || last.isDone()) {
            promise.trySuccess();
        } else {
            last.addListener(sent -> promise.trySuccess());
        }
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (closing) {
            ctx.channel().closeFuture().addListener(closed -> {
                if (!promise.isVoid()) {
                    promise.trySuccess();
                }
            });
            return;
        }
        if (outputEnded && (last == null || last.isDone()) || !ctx.channel().isActive()) {
            finish(ctx, promise);
            return;
        }
        closing = true;
        ChannelPromise ended = ctx.newPromise();
        ScheduledFuture<?> patience =
                ctx.executor().schedule(() -> finish(ctx, promise), CLOSE_MILLIS, TimeUnit.MILLISECONDS);
        ended.addListener(sent -> {
            patience.cancel(false);
            finish(ctx, promise);
        });
        write(ctx, EndOfStream.INSTANCE, ended);
        ctx.flush();
    }

    /** A peer that goes on sending is told, without an error, that nobody listens. */
    private void finish(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (outputEnded && !inputEnded && ctx.channel().isActive()) {
            ctx.write(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR));
        }
        ctx.close(promise);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        window.close();
        ctx.fireChannelInactive();
    }
}
