package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.GarbageException;
import dev.fenliu.net.Leftover;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks for a flow on a stream of the client end that does not read by itself, and hands the stream over when the server
 * has agreed. mihomo says so only together with the first bytes of the origin, which may wait for ours: after a second
 * the stream is handed over without an answer, and a refusal breaks it off. Confined to the stream's event loop.
 */
final class ClientStream extends ChannelInboundHandlerAdapter {
    private static final long PATIENCE_MILLIS = 1_000;

    private final Destination destination;
    private final Promise<Channel> result;
    private final BooleanSupplier alive;
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
    private @Nullable ScheduledFuture<?> patience;

    /**
     * @param alive whether the server has said anything since the stream was opened
     * @param result gets the stream; when it fails or is cancelled, by whomever, the stream is closed
     */
    ClientStream(Destination destination, BooleanSupplier alive, Promise<Channel> result) {
        this.destination = destination;
        this.alive = alive;
        this.result = result;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        result.addListener(done -> {
            if (!done.isSuccess()) {
                ctx.close();
            }
        });
        if (result.isDone()) {
            return;
        }
        ByteBuf request = ctx.alloc().directBuffer();
        TcpRequest.encode(destination, request);
        ctx.writeAndFlush(request, ctx.voidPromise());
        waitFor(ctx);
        ctx.read();
    }

    private void waitFor(ChannelHandlerContext ctx) {
        Runnable waited = () -> {
            if (alive.getAsBoolean()) {
                result.trySuccess(ctx.channel());
            } else {
                waitFor(ctx);
            }
        };
        patience = ctx.executor().schedule(waited, PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        received = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), received, (ByteBuf) msg);
        try {
            TcpResponse response = TcpResponse.decode(received);
            if (response != null && response.ok()) {
                ByteBuf payload = received;
                received = Unpooled.EMPTY_BUFFER;
                Leftover.replace(ctx, payload);
                result.trySuccess(ctx.channel());
            } else if (response != null) {
                fail(ctx, Refusals.failure(destination, response.message()));
            }
        } catch (GarbageException e) {
            fail(ctx, new Failure(Failure.Kind.TUNNEL_PROTOCOL, "the server answered with garbage: " + e.getMessage()));
        }
    }

    /** To whoever waits for the stream, or has it already. */
    private void fail(ChannelHandlerContext ctx, Failure why) {
        if (!result.tryFailure(why) && result.isSuccess()) {
            ctx.fireExceptionCaught(why);
            ctx.close();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!ctx.isRemoved()) {
            ctx.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            fail(ctx, ended());
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail(ctx, ended());
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        fail(ctx, ended());
    }

    private static Failure ended() {
        return new Failure(Failure.Kind.TUNNEL_DOWN, "the server broke off instead of answering");
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        received.release();
        if (patience != null) {
            patience.cancel(false);
        }
    }
}
