package dev.fenliu.net.http2;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Pushed streams were refused in our settings; one that comes anyway is closed. */
@ChannelHandler.Sharable
final class RefusePush extends ChannelInboundHandlerAdapter {
    static final RefusePush INSTANCE = new RefusePush();

    private RefusePush() {}

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ctx.close();
    }
}
