package dev.fenliu.net.http2;

import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Promise;

/**
 * Waits above {@link StreamPayload} for the head of the response, and is then out of the way. Whatever else comes first
 * is the end of the stream. Confined to the event loop.
 */
final class AnswerReader extends ChannelInboundHandlerAdapter {
    private final Answer answer;
    private final Promise<Channel> result;
    private final String lost;

    /**
     * Makes the handler.
     *
     * @param result gets the channel, or a {@link Failure}, or {@link Unprocessed}; nothing when it has one already
     * @param lost says that the stream ended without an answer
     */
    AnswerReader(Answer answer, Promise<Channel> result, String lost) {
        this.answer = answer;
        this.result = result;
        this.lost = lost;
    }

    /** The server has not touched the request, which can be made again elsewhere. */
    static final class Unprocessed extends Exception {
        private static final long serialVersionUID = 1L;

        Unprocessed(String why) {
            super(why, null, false, false);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof Http2HeadersFrame head)) {
            ((ByteBuf) message).release();
            fail(ctx, new Failure(Failure.Kind.TUNNEL_PROTOCOL, "the upstream sent payload before its answer"));
            return;
        }
        if (StreamPayload.interim(head.headers())) {
            readOn(ctx);
            return;
        }
        try {
            answer.check(head.headers());
        } catch (Failure refused) {
            fail(ctx, refused);
            return;
        }
        ctx.pipeline().remove(this);
        if (!result.trySuccess(ctx.channel())) {
            readOn(ctx); // who has the channel already and asked for a read has got nothing yet
        }
    }

    private static void readOn(ChannelHandlerContext ctx) {
        if (!ctx.channel().config().isAutoRead()) {
            ctx.channel().read();
        }
    }

    private void fail(ChannelHandlerContext ctx, Exception why) {
        if (!result.tryFailure(why)) {
            ctx.fireExceptionCaught(why);
        }
        ctx.channel().unsafe().close(ctx.voidPromise());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof Http2GoAwayFrame) {
            ReferenceCountUtil.release(event);
            fail(ctx, new Unprocessed("the server is closing the connection"));
        } else if (event == ChannelInputShutdownEvent.INSTANCE) {
            fail(ctx, new Failure(Failure.Kind.TUNNEL_DOWN, lost));
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        boolean refused =
                cause instanceof StreamPayload.ResetException reset && reset.code == Http2Error.REFUSED_STREAM.code();
        fail(
                ctx,
                refused
                        ? new Unprocessed("the server refused the stream")
                        : new Failure(Failure.Kind.TUNNEL_DOWN, lost, cause));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        result.tryFailure(new Unprocessed(lost));
        ctx.fireChannelInactive();
    }
}
