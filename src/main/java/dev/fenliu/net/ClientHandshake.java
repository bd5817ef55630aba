package dev.fenliu.net;

import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.Promise;
import java.io.IOException;

/**
 * Carries out a {@link Negotiation} on a channel that does not read by itself, and leaves {@link Leftover} in its place.
 * Confined to the channel's event loop.
 */
public final class ClientHandshake extends ChannelInboundHandlerAdapter {
    private final Negotiation negotiation;
    private final Promise<Channel> result;
    private final Runnable greeted;
    private Negotiation.Stage stage = Negotiation.Stage.GREETING;
    private ByteBuf received = Unpooled.EMPTY_BUFFER;

    private ClientHandshake(Negotiation negotiation, Promise<Channel> result, Runnable greeted) {
        this.negotiation = negotiation;
        this.result = result;
        this.greeted = greeted;
    }

    /**
     * Starts on {@code channel}, on its event loop.
     *
     * @param result gets the channel at the end; when it fails or is cancelled, by whomever, the channel is closed
     * @param greeted called once, when the server has shown that it is there and takes us; not called on failure
     */
    public static void start(Channel channel, Negotiation negotiation, Promise<Channel> result, Runnable greeted) {
        result.addListener(done -> {
            if (!done.isSuccess()) {
                channel.close();
            }
        });
        if (!result.isDone()) {
            channel.pipeline().addLast(new ClientHandshake(negotiation, result, greeted));
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ByteBuf out = ctx.alloc().buffer();
        reach(negotiation.begin(out));
        ctx.writeAndFlush(out, ctx.voidPromise());
        ctx.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        received = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), received, (ByteBuf) message);
        if (result.isDone()) {
            return; // failed: the channel is about to close
        }
        ByteBuf out = ctx.alloc().buffer();
        try {
            reach(negotiation.proceed(received, out));
        } catch (Failure refused) {
            out.release();
            result.tryFailure(refused);
            return;
        } catch (RuntimeException e) {
            out.release();
            throw e; // comes back to exceptionCaught
        }
        if (out.isReadable()) {
            ctx.writeAndFlush(out, ctx.voidPromise());
        } else {
            out.release();
        }
        if (stage == Negotiation.Stage.DONE) {
            ByteBuf payload = received;
            received = Unpooled.EMPTY_BUFFER;
            Leftover.replace(ctx, payload);
            result.trySuccess(ctx.channel());
        }
    }

    private void reach(Negotiation.Stage next) {
        if (stage == Negotiation.Stage.GREETING && next != stage) {
            greeted.run();
        }
        stage = next;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (stage == Negotiation.Stage.DONE) {
            ctx.fireChannelReadComplete();
        } else if (!result.isDone()) {
            ctx.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            result.tryFailure(negotiation.ended());
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        result.tryFailure(negotiation.ended());
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        result.tryFailure(cause instanceof IOException ? negotiation.ended() : Failure.of(cause));
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        received.release();
    }
}
