package dev.fenliu.transport;

import dev.fenliu.net.site.Site;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A stream of HTTP/2 at the server end until its request is there: accepts it and hands the stream to the tunnel's
 * handshake, or to strangers. Confined to the event loop.
 */
final class StreamRequest extends ChannelInboundHandlerAdapter {
    static final String GRPC = "application/grpc";

    private final TransportOptions options;
    private final Site site;
    private final Consumer<Channel> protocol;

    StreamRequest(TransportOptions options, Site site, Consumer<Channel> protocol) {
        this.options = options;
        this.site = site;
        this.protocol = protocol;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof Http2HeadersFrame head)) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (head.isEndStream() || !mine(head.headers())) {
            site.answer(ctx.channel(), head.headers(), head.isEndStream());
        } else {
            client(ctx);
        }
        ctx.pipeline().remove(this);
    }

    private boolean mine(Http2Headers head) {
        boolean grpc = options.kind() == TransportOptions.Kind.GRPC;
        String type = text(head.get("content-type"));
        return options.paths().contains(text(head.path()))
                && options.admits(text(head.authority()))
                && (!grpc || "POST".equals(text(head.method())) && type.startsWith(GRPC));
    }

    private static String text(@Nullable CharSequence value) {
        return value == null ? "" : value.toString();
    }

    private void client(ChannelHandlerContext ctx) {
        boolean grpc = options.kind() == TransportOptions.Kind.GRPC;
        Http2Headers answer = new DefaultHttp2Headers().status("200");
        ctx.writeAndFlush(new DefaultHttp2HeadersFrame(
                grpc ? answer.add("content-type", GRPC) : answer.add("cache-control", "no-store")));
        if (grpc) {
            ctx.pipeline().addLast(new GunStream(false));
        }
        ctx.channel().config().setOption(ChannelOption.AUTO_READ, true); // as of a connection, until a relay takes it
        protocol.accept(ctx.channel());
        ctx.fireUserEventTriggered(SslHandshakeCompletionEvent.SUCCESS);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ctx.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
