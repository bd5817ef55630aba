package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import dev.fenliu.tunnel.Loopback;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ClientConnectionHandler;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An HTTP/3 client that has come upon the server. */
final class Stranger implements AutoCloseable {
    private final Channel socket;
    private final QuicChannel connection;

    Stranger(EventLoop loop, int port) throws Exception {
        QuicSslContext tls = QuicSslContextBuilder.forClient()
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .applicationProtocols("h3")
                .build();
        socket = Sockets.datagrams(
                        loop,
                        SocketOptions.DEFAULT,
                        Settings.apply(new QuicClientCodecBuilder())
                                .sslEngineProvider(quic -> tls.newEngine(quic.alloc(), "vps.test", port))
                                .build())
                .connect(new InetSocketAddress(Loopback.LOCAL, port))
                .sync()
                .channel();
        connection = QuicChannel.newBootstrap(socket)
                .handler(new Http3ClientConnectionHandler())
                .remoteAddress(socket.remoteAddress())
                .connect()
                .get(10, TimeUnit.SECONDS);
    }

    /** Status and body of the answer. */
    String ask(Http3Headers head, String body) throws Exception {
        CompletableFuture<String> answer = new CompletableFuture<>();
        QuicStreamChannel stream =
                Http3.newRequestStream(connection, new Answer(answer)).get(10, TimeUnit.SECONDS);
        DefaultHttp3HeadersFrame frame = new DefaultHttp3HeadersFrame(head);
        if (body.isEmpty()) {
            stream.writeAndFlush(frame).addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
        } else {
            stream.write(frame);
            stream.writeAndFlush(new DefaultHttp3DataFrame(Unpooled.copiedBuffer(body, StandardCharsets.US_ASCII)))
                    .addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
        }
        return answer.get(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        socket.close();
    }

    private static final class Answer extends Http3RequestStreamInboundHandler {
        private final StringBuilder text = new StringBuilder();
        private final CompletableFuture<String> answer;

        Answer(CompletableFuture<String> answer) {
            this.answer = answer;
        }

        @Override
        protected void channelRead(ChannelHandlerContext ctx, Http3HeadersFrame frame) {
            text.append(frame.headers().status()).append(' ');
            CharSequence type = frame.headers().get("content-type");
            text.append(type == null ? "" : type).append(' ');
        }

        @Override
        protected void channelRead(ChannelHandlerContext ctx, Http3DataFrame frame) {
            text.append(frame.content().toString(StandardCharsets.US_ASCII));
            frame.release();
        }

        @Override
        protected void channelInputClosed(ChannelHandlerContext ctx) {
            answer.complete(text.toString());
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            answer.complete("closed");
        }
    }
}
