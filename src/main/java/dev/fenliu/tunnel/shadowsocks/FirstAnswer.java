package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Failure;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Above the codec at the client end: tells the outbound whether its server answers, and gives failures the tunnel's
 * name.
 */
final class FirstAnswer extends ChannelInboundHandlerAdapter {
    private final ShadowsocksOutbound outbound;
    private boolean answered;

    FirstAnswer(ShadowsocksOutbound outbound) {
        this.outbound = outbound;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (!answered) {
            answered = true;
            outbound.doubt().proven();
        }
        ctx.fireChannelRead(msg);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (!answered) {
            outbound.doubt().unanswered();
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof Failure failure) {
            answered = true; // though not well
            ctx.fireExceptionCaught(outbound.garbled(failure));
        } else {
            ctx.fireExceptionCaught(cause);
        }
    }
}
