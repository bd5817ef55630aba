package dev.fenliu.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds a request or an answer until the first payload, so that both leave in one TLS record: alone it would have a length
 * to know it by. An origin that speaks first must not wait for that, so a request goes alone when somebody has asked to
 * read and nothing was written for a moment. Confined to the channel's event loop; owns what it holds.
 */
public final class Preface extends ChannelOutboundHandlerAdapter {
    private static final long PATIENCE_MILLIS = 50;

    private final boolean patient;
    private @Nullable ByteBuf held;
    private @Nullable ScheduledFuture<?> timer;

    private Preface(ByteBuf held, boolean patient) {
        this.held = held;
        this.patient = patient;
    }

    /** What a client says first: goes alone when nothing is written for 50 ms. */
    public static Preface request(ByteBuf request) {
        return new Preface(request, false);
    }

    /** What a server says first: waits for the first payload or the end of the stream, however long that takes. */
    public static Preface answer(ByteBuf answer) {
        return new Preface(answer, true);
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        if (timer == null && !patient) {
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
        ByteBuf first = held;
        if (first != null) {
            held = null;
            ctx.write(first, ctx.voidPromise());
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (timer != null) {
            timer.cancel(false);
        }
        if (held != null) {
            held.release();
            held = null;
        }
    }
}
