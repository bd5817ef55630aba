package dev.fenliu.dns;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;

/**
 * Keeps a dialled channel reading (it comes with automatic reading off) and closes it at the end of input: what waits
 * for an answer then learns of it at once. Stands below the codec; takes the errors of a handshake that fails before there
 * is one.
 */
@ChannelHandler.Sharable
final class ReadAlways extends ChannelInboundHandlerAdapter {
    static final ReadAlways INSTANCE = new ReadAlways();

    private ReadAlways() {}

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ctx.read();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete();
        ctx.read();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        ctx.fireUserEventTriggered(event);
        if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
            ctx.channel().close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close(); // a reset, or a failed handshake: whoever waits learns the cause elsewhere
    }
}
