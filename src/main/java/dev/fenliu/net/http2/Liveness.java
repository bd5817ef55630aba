package dev.fenliu.net.http2;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Below the codec of a client's connection: finds out that the server is gone, within seconds when somebody waits for it.
 * Whoever has written and has not heard of the server for a moment wants to know; a connection on which nothing happens is
 * asked about now and then, which keeps the way to the server open as well. Confined to the event loop.
 */
final class Liveness extends ChannelDuplexHandler {
    private static final long LOOK_MILLIS = 500;

    /** How old the last sign of the server may be when it should have answered. */
    private static final long QUIET = TimeUnit.MILLISECONDS.toNanos(1_000);

    /** How old it may be when nobody waits. */
    private static final long SILENT = TimeUnit.SECONDS.toNanos(45);

    /** How long a server may take to answer a PING (RFC 9113 section 6.7). */
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(2_500);

    private final Runnable ping;
    private final Runnable dead;
    private final Runnable alive;
    private boolean watching;
    private boolean waiting;
    private boolean asked;
    private long heard;
    private long waitingSince;
    private long askedAt;
    private @Nullable ScheduledFuture<?> timer;
    private @Nullable ChannelHandlerContext context;

    /**
     * Makes the handler.
     *
     * @param ping sends a PING
     * @param dead is called once, when the server is gone
     * @param alive is called whenever something comes from it
     */
    Liveness(Runnable ping, Runnable dead, Runnable alive) {
        this.ping = ping;
        this.dead = dead;
        this.alive = alive;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        heard = now(ctx);
    }

    /** Whether there are streams, without which nobody needs to know. */
    void watch(boolean on) {
        ChannelHandlerContext ctx = context;
        watching = on;
        if (on && timer == null && ctx != null && !ctx.isRemoved()) {
            look(ctx);
        }
    }

    private void look(ChannelHandlerContext ctx) {
        timer = null;
        if (!watching || ctx.isRemoved()) {
            asked = false;
            waiting = false;
            return;
        }
        long now = now(ctx);
        if (asked && now - askedAt >= PATIENCE) {
            dead.run();
            return;
        }
        if (!asked && (waiting && now - waitingSince >= QUIET || now - heard >= SILENT)) {
            asked = true;
            askedAt = now;
            ping.run();
        }
        timer = ctx.executor().schedule(() -> look(ctx), LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        heard = now(ctx);
        waiting = false;
        asked = false;
        alive.run();
        ctx.fireChannelRead(message);
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        if (!waiting) {
            waiting = true;
            waitingSince = now(ctx);
        }
        ctx.flush();
    }

    private static long now(ChannelHandlerContext ctx) {
        return ctx.executor().ticker().nanoTime();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }
}
