package dev.fenliu.inbound.http;

import dev.fenliu.net.EndOfStream;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The end of a client connection after its last answer: our stream ends when the client has taken all that was written,
 * and what still comes is thrown away until the client ends too, so that no reset takes the answer from it (RFC 9112
 * section 9.6). Confined to the event loop.
 */
final class Drain extends ChannelInboundHandlerAdapter {
    /** How long a client is waited for that has the whole answer. */
    private static final long SECONDS = 5;
    /** How long a client is waited for that takes nothing of what is left. */
    private static final long STALLED_SECONDS = 60;

    private final Channel client;
    private boolean inputEnded;
    private boolean outputEnded;
    private @Nullable ScheduledFuture<?> timer;

    private Drain(Channel client) {
        this.client = client;
        this.inputEnded = client instanceof DuplexChannel duplex && duplex.isInputShutdown();
    }

    /** Ends {@code client} once all that was written is out. */
    static void start(Channel client) {
        if (!client.isActive()) {
            client.close();
            return;
        }
        Drain drain = new Drain(client);
        client.pipeline().addFirst(drain);
        client.closeFuture().addListener(closed -> drain.stopTimer());
        drain.watch(left(client));
        client.writeAndFlush(EndOfStream.INSTANCE).addListener(out -> drain.outputEnded());
        client.read();
    }

    private void watch(long before) {
        timer = client.eventLoop()
                .schedule(
                        () -> {
                            long now = left(client);
                            if (now == before) {
                                client.close();
                            } else {
                                watch(now);
                            }
                        },
                        STALLED_SECONDS,
                        TimeUnit.SECONDS);
    }

    private static long left(Channel client) {
        ChannelOutboundBuffer buffer = client.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    private void outputEnded() {
        outputEnded = true;
        stopTimer();
        if (inputEnded || !client.isActive()) {
            client.close();
        } else {
            timer = client.eventLoop().schedule(() -> client.close(), SECONDS, TimeUnit.SECONDS);
        }
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
        }
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
            inputEnded = true;
            if (outputEnded) {
                ctx.close();
            }
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
