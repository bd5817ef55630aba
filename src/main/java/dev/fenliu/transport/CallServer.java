package dev.fenliu.transport;

import dev.fenliu.net.ServerTls;
import dev.fenliu.net.http2.Http2Server;
import dev.fenliu.net.site.Site;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Above TLS at the server end, until that has agreed on a protocol: serves HTTP/2; whoever wants another one is a stranger.
 * Confined to its channel's event loop.
 */
final class CallServer extends ChannelInboundHandlerAdapter {
    private final TransportOptions options;
    private final Site site;
    private final Consumer<Channel> protocol;

    CallServer(TransportOptions options, Site site, Consumer<Channel> protocol) {
        this.options = options;
        this.site = site;
        this.protocol = protocol;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == SslHandshakeCompletionEvent.SUCCESS) {
            if (ServerTls.applicationProtocol(ctx.channel()).equals(Optional.of("h2"))) {
                Http2Server.start(ctx.channel(), false, this::stream);
            } else {
                site.takeOver(ctx.channel());
            }
            ctx.pipeline().remove(this);
        } else if (event == ChannelInputShutdownEvent.INSTANCE) {
            ctx.close();
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    private void stream(Channel stream) {
        stream.pipeline().addLast(new StreamRequest(options, site, protocol));
        stream.read();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
