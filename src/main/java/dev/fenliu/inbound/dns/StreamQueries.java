package dev.fenliu.inbound.dns;

import dev.fenliu.inbound.HandshakeDeadline;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * DNS over TCP (RFC 7766) and over TLS (RFC 7858): messages with a length of two bytes in front, any number under way,
 * answered as their answers come. A client that asks nothing for a while, or takes no answers, is closed; one that ends its
 * stream gets what it has asked for before. Confined to the channel's event loop.
 */
final class StreamQueries extends SimpleChannelInboundHandler<ByteBuf> {
    private static final int MOST_UNDER_WAY = 256;
    private static final int MAX_MESSAGE = 65_535;
    private static final long IDLE_SECONDS = 30;

    private final DnsAcceptor acceptor;
    private int underWay;
    private boolean asked;
    private boolean ended;
    private @Nullable ScheduledFuture<?> idle;

    private StreamQueries(DnsAcceptor acceptor) {
        this.acceptor = acceptor;
    }

    /** Serves a client, secured if it is to be. */
    static void on(Channel client, DnsAcceptor acceptor) {
        client.pipeline()
                .addLast(new LengthFieldBasedFrameDecoder(MAX_MESSAGE + 2, 0, 2, 0, 2))
                .addLast(new StreamQueries(acceptor));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
        InetSocketAddress client = (InetSocketAddress) ctx.channel().remoteAddress();
        if (client == null || underWay >= MOST_UNDER_WAY || !acceptor.admits(client.getAddress())) {
            ctx.close();
            return;
        }
        if (!asked) {
            asked = true;
            HandshakeDeadline.over(ctx.channel());
        }
        rest(null);
        underWay++;
        Future<byte[]> answer = acceptor.answer(
                client, ByteBufUtil.getBytes(frame), false, ctx.channel().eventLoop());
        answer.addListener(done -> answered(ctx, answer.getNow()));
    }

    private void answered(ChannelHandlerContext ctx, byte[] answer) {
        underWay--;
        if (answer.length == 0 || !ctx.channel().isWritable()) {
            ctx.close(); // what is no query, or who takes no answers
            return;
        }
        ctx.writeAndFlush(
                ctx.alloc().buffer(2 + answer.length).writeShort(answer.length).writeBytes(answer));
        if (underWay > 0) {
            return;
        }
        if (ended) {
            finish(ctx);
        } else {
            rest(ctx.executor().schedule(() -> ctx.close(), IDLE_SECONDS, TimeUnit.SECONDS));
        }
    }

    private void rest(@Nullable ScheduledFuture<?> next) {
        if (idle != null) {
            idle.cancel(false);
        }
        idle = next;
    }

    private static void finish(ChannelHandlerContext ctx) {
        ctx.writeAndFlush(ctx.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ended = true;
            if (underWay == 0) {
                finish(ctx);
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        rest(null);
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
