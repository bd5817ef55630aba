package dev.fenliu.tunnel.https2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.fenliu.net.ClientTls;
import dev.fenliu.net.Dial;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.net.http2.Http2Pool;
import dev.fenliu.outbound.Upstream;
import dev.fenliu.tunnel.Loopback;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.Http2Headers;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;

/** Somebody who asks a server end for something by hand. */
record Stranger(Loopback here) {
    /** Status, headers but for the date, and body of the answer to a request that stays open. */
    String http2(int server, Http2Headers request) throws Exception {
        TlsOptions tls = TestCertificates.client();
        ClientTls h2 = new ClientTls(new TlsOptions(
                tls.serverName(), List.of("h2"), tls.authorities(), tls.pin(), tls.certificate(), tls.key()));
        Upstream upstream = new Upstream("x", Loopback.local(server), here.direct, Optional.of(h2));
        Http2Pool pool = new Http2Pool(loop -> upstream.reach(Dial.own(upstream.server(), loop)), true);
        var loop = here.loops().next();
        CompletableFuture<Http2Headers> head = new CompletableFuture<>();
        Channel stream =
                loop.submit(() -> pool.ask(loop, request, head::complete)).get().get();
        CompletableFuture<String> body = new CompletableFuture<>();
        loop.submit(() -> {
            stream.pipeline().addLast(new Collecting(body));
            if (!stream.isActive()) {
                body.complete("gone");
            }
            stream.read();
        });
        Map<String, String> sorted = new TreeMap<>();
        head.get()
                .forEach(field ->
                        sorted.put(field.getKey().toString(), field.getValue().toString()));
        sorted.remove("date");
        return head.get().status() + " " + sorted + "\n" + body.get(20, TimeUnit.SECONDS);
    }

    static String http1(int server, String request) throws Exception {
        return exchange(tls(server), request);
    }

    /** A connection by which it will speak HTTP/1.1. */
    static Socket tls(int server) throws Exception {
        SSLSocket socket =
                (SSLSocket) TestCertificates.server().getSocketFactory().createSocket(Loopback.LOCAL, server);
        var parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"http/1.1"});
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(20_000);
        socket.startHandshake();
        return socket;
    }

    static String direct(int site, String request) throws Exception {
        return exchange(new Socket(Loopback.LOCAL, site), request);
    }

    private static String exchange(Socket socket, String request) throws Exception {
        try (socket) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }

    private static final class Collecting extends ChannelInboundHandlerAdapter {
        private final StringBuilder text = new StringBuilder();
        private final CompletableFuture<String> whole;

        Collecting(CompletableFuture<String> whole) {
            this.whole = whole;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            text.append(((ByteBuf) message).toString(ISO_8859_1));
            ((ByteBuf) message).release();
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.read();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                whole.complete(text.toString());
                ctx.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            whole.completeExceptionally(cause);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            whole.complete(text + " and no end");
        }
    }
}
