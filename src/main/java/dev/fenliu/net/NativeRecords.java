package dev.fenliu.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Takes the place of Netty's TLS handler, above which it stands, once the native engine's handshake is over. That one
 * makes a buffer of each record, and answers a close_notify by one of its own, so that a peer's end would end both
 * directions; in TLS 1.3 it ends one (RFC 8446 section 6.1). Here a flush leaves as buffers of many records, and an end
 * is an {@link EndOfStream}. What is written during the handshake waits for its end. Confined to its channel's event loop.
 */
final class NativeRecords extends ChannelDuplexHandler {
    /** How long a close waits for its close_notify to leave. */
    private static final long CLOSE_MILLIS = 3_000;

    private final ReferenceCountedOpenSslEngine engine;
    private final Handshake handshake;
    private final boolean client;
    private final Queue<Sealing.Written> written = new ArrayDeque<>(2);
    private @Nullable ChannelHandlerContext context;
    private @Nullable NativeSession session;
    private @Nullable ByteBuf rest;
    private boolean inputEnded;
    private boolean outputEnded;
    private boolean failed;
    private boolean closing;
    private boolean starved;

    NativeRecords(ReferenceCountedOpenSslEngine engine) {
        this.engine = engine;
        this.client = engine.getUseClientMode();
        this.handshake = new Handshake();
    }

    /** What goes into the pipeline below this, for the time of the handshake. */
    SslHandler handshake() {
        return handshake;
    }

    /** Netty's handler. What it opens together with the end of the handshake is passed on before all that follows. */
    private final class Handshake extends SslHandler {
        private boolean decoding;
        private boolean over;

        Handshake() {
            super(engine);
        }

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws SSLException {
            decoding = true;
            super.decode(ctx, in, out);
            decoding = false;
            if (over) {
                begin();
                say();
            }
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /** To be called when the handshake has succeeded, before anybody else learns of it; else, and later, a no-op. */
    void takeOver() {
        ChannelHandlerContext ctx = context;
        if (handshake.over || !handshake.handshakeFuture().isSuccess() || ctx == null || ctx.isRemoved()) {
            return;
        }
        handshake.over = true;
        engine.retain();
        if (!handshake.decoding) {
            begin();
        }
        ctx.pipeline().remove(handshake); // it opens no more, and hands on what it has read too far
        if (!handshake.decoding) {
            say();
        }
    }

    private void begin() {
        ChannelHandlerContext ctx = context;
        if (ctx == null || ctx.isRemoved()) {
            return;
        }
        rest = ctx.alloc().directBuffer(NativeSession.SLACK);
        try {
            session = NativeSession.takeOver(engine, rest);
        } catch (SSLException e) {
            fail(ctx, e);
        }
    }

    /** Writes what the handshake and others have left to be written. */
    private void say() {
        ChannelHandlerContext ctx = context;
        ByteBuf last = rest;
        rest = null;
        if (ctx == null || last == null) {
            return;
        }
        ctx.writeAndFlush(last, ctx.voidPromise());
        if (!written.isEmpty()) {
            flush(ctx);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        boolean empty = msg instanceof ByteBuf bytes && !bytes.isReadable();
        if (empty && written.isEmpty() && session != null) {
            ctx.write(msg, promise); // only a way to learn of a flush
        } else if (failed || outputEnded && !empty) {
            ReferenceCountUtil.release(msg);
            if (!promise.isVoid()) {
                promise.tryFailure(new ClosedChannelException());
            }
        } else {
            written.add(new Sealing.Written(msg, promise));
        }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        NativeSession to = session;
        if (to == null && !written.isEmpty() && !failed) {
            written.add(new Sealing.Written(Sealing.FLUSHED, ctx.voidPromise()));
            return;
        }
        if (to != null && (!written.isEmpty() || to.hasAnswers())) {
            try {
                outputEnded |= new Sealing(ctx, to, client, written).run();
            } catch (SSLException e) {
                fail(ctx, e);
            }
        }
        ctx.flush();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        NativeSession from = session;
        if (from == null) {
            if (failed) {
                ReferenceCountUtil.release(msg);
            } else {
                ctx.fireChannelRead(msg);
            }
            return;
        }
        ByteBuf sealed = direct(ctx, (ByteBuf) msg);
        try {
            if (!inputEnded && !failed && open(ctx, from, sealed)) {
                ctx.fireChannelReadComplete();
                ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            }
        } catch (SSLException e) {
            fail(ctx, e);
        } finally {
            sealed.release();
        }
    }

    private boolean open(ChannelHandlerContext ctx, NativeSession from, ByteBuf sealed) throws SSLException {
        starved = true;
        inputEnded = from.open(sealed, ctx.alloc(), payload -> {
            starved = false;
            ctx.fireChannelRead(payload);
        });
        return inputEnded;
    }

    private static ByteBuf direct(ChannelHandlerContext ctx, ByteBuf bytes) {
        if (NativeSession.isDirect(bytes)) {
            return bytes;
        }
        ByteBuf copy = ctx.alloc().directBuffer(Math.max(1, bytes.readableBytes()));
        copy.writeBytes(bytes);
        bytes.release();
        return copy;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (session != null && session.hasAnswers()) {
            flush(ctx);
        }
        if (starved && !inputEnded && !ctx.channel().config().isAutoRead()) {
            ctx.read(); // who asked for a read has got nothing yet, and will not ask again
        }
        starved = false;
        ctx.fireChannelReadComplete();
    }

    private void fail(ChannelHandlerContext ctx, SSLException cause) {
        if (failed) {
            return;
        }
        failed = true;
        NativeSession told = session;
        if (told != null && told.hasAnswers()) {
            ByteBuf alert = ctx.alloc().directBuffer(NativeSession.SLACK);
            told.answer(alert);
            ctx.writeAndFlush(alert, ctx.voidPromise());
        }
        ctx.fireExceptionCaught(cause);
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
        if (session == null || outputEnded || failed || !ctx.channel().isActive()) {
            ctx.close(promise);
            return;
        }
        closing = true;
        ChannelPromise told = ctx.newPromise();
        written.add(new Sealing.Written(Sealing.LAST, told));
        ScheduledFuture<?> patience = ctx.executor()
                .schedule(() -> told.tryFailure(new ClosedChannelException()), CLOSE_MILLIS, TimeUnit.MILLISECONDS);
        told.addListener(sent -> {
            patience.cancel(false);
            ctx.close(promise);
        });
        flush(ctx);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == SslHandshakeCompletionEvent.SUCCESS) {
            takeOver(); // unless it is of TLS below this one
        }
        if (event instanceof SslCloseCompletionEvent) {
            return; // of the handler that has gone
        }
        if (event != ChannelInputShutdownEvent.INSTANCE) {
            ctx.fireUserEventTriggered(event);
        } else if (session == null) {
            ctx.close(); // there is nobody to shake hands with
        } else if (!inputEnded) {
            inputEnded = true;
            ctx.fireExceptionCaught(new TruncatedException());
        }
    }

    /** What breaks the handshake is told by its future. */
    @Override
    @SuppressWarnings("deprecation") // of outbound handlers only, which this one is not alone
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (session != null) {
            ctx.fireExceptionCaught(cause);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        failed = true;
        for (Sealing.Written left; (left = written.poll()) != null; ) {
            ReferenceCountUtil.release(left.message());
            if (!left.promise().isVoid()) {
                left.promise().tryFailure(new ClosedChannelException());
            }
        }
        session = null;
        if (rest != null) {
            rest.release();
            rest = null;
        }
        if (handshake.over) {
            engine.release(); // and with it all that is native
        }
    }
}
