package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.model.Destination;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Relay;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3FrameToHttpObjectCodec;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * An HTTP/3 request at the server end: a client shows its password, and everybody else gets the fallback site, or finds
 * nothing where there is none, as does a client with a wrong password. Confined to its stream's event loop.
 */
final class ServerRequest extends ChannelInboundHandlerAdapter {
    private static final byte[] NOT_FOUND =
            "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>\n"
                    .getBytes(StandardCharsets.US_ASCII);

    private final ServerConnection connection;
    private final Service service;
    private boolean answered;

    ServerRequest(ServerConnection connection, Service service) {
        this.connection = connection;
        this.service = service;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (answered || !(msg instanceof Http3HeadersFrame head)) {
            ReferenceCountUtil.release(msg); // a body that nobody wants
            return;
        }
        String shown = Authentication.password(head.headers());
        Optional<Destination> fallback = service.options().fallback();
        if (shown != null && connection.admit(Hysteria2Acceptor.bytes(shown))) {
            answered = true;
            ctx.writeAndFlush(new DefaultHttp3HeadersFrame(Authentication.response(connection.carriesUdp())))
                    .addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
        } else if (fallback.isPresent()) {
            site(ctx, fallback.get(), head);
        } else {
            answered = true;
            nothing(ctx, "HEAD".contentEquals(String.valueOf(head.headers().method())));
        }
    }

    private void site(ChannelHandlerContext ctx, Destination site, Http3HeadersFrame head) {
        Channel stream = ctx.channel();
        ctx.pipeline().addLast(new Http3FrameToHttpObjectCodec(true), new SiteCodec());
        Relay relay = Relay.hold(stream);
        service.context()
                .plain()
                .connect(Dial.own(site, stream.eventLoop()))
                .addListener((Future<Channel> connected) -> {
                    if (connected.isSuccess()) {
                        relay.join(connected.getNow());
                    } else {
                        stream.close();
                    }
                });
        ctx.fireChannelRead(head);
        ctx.pipeline().remove(this);
    }

    private static void nothing(ChannelHandlerContext ctx, boolean bare) {
        DefaultHttp3HeadersFrame head = new DefaultHttp3HeadersFrame();
        Http3Headers headers = head.headers().status("404");
        headers.set("content-type", "text/html").set("content-length", String.valueOf(NOT_FOUND.length));
        if (bare) {
            ctx.writeAndFlush(head).addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
        } else {
            ctx.write(head);
            ctx.writeAndFlush(new DefaultHttp3DataFrame(Unpooled.wrappedBuffer(NOT_FOUND)))
                    .addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
