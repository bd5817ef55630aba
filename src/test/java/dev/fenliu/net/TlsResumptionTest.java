package dev.fenliu.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A second connection to the same peer needs no certificate. */
@Timeout(20)
class TlsResumptionTest {
    private static final InetAddress LOCAL = InetAddress.getLoopbackAddress();

    /** A ServerHello that takes a session up has this extension (RFC 8446 section 4.2.11). */
    private static final String PRE_SHARED_KEY = new String(new byte[] {0, 0x29, 0, 2, 0, 0}, ISO_8859_1);

    private final EventLoopGroup loops = Sockets.loops(1);

    /** How often a certificate was looked at. */
    private final AtomicInteger whole = new AtomicInteger();

    TlsEngine engine() {
        return TlsEngine.best();
    }

    @AfterEach
    void close() throws Exception {
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    }

    @Test
    void the_client_end_resumes() throws Exception {
        int port = listen();
        ClientTls tls = new ClientTls(TestCertificates.client(), this::engine);
        List<Boolean> resumed = new ArrayList<>();
        try (ServerSocket between = new ServerSocket(0, 1, LOCAL)) {
            for (int i = 0; i < 3; i++) {
                CompletableFuture<byte[]> answer = new CompletableFuture<>();
                Thread thread = new Thread(() -> passOn(between, port, answer));
                thread.start();
                receive(tls, between.getLocalPort());
                resumed.add(new String(answer.get(), ISO_8859_1).contains(PRE_SHARED_KEY));
                thread.join();
            }
        }
        assertThat(resumed).containsExactly(false, true, true);
    }

    /** A server of ours that says x and closes. */
    private int listen() throws Exception {
        ServerTls tls = new ServerTls(
                TestCertificates.text("server.pem"), TestCertificates.text("server.key"), List.of(), this::engine);
        Channel listener = Sockets.server(
                        loops,
                        LOCAL,
                        client -> tls.secure(client, Duration.ofSeconds(5))
                                .addListener(secured -> client.writeAndFlush(
                                                client.alloc().buffer().writeByte('x'))
                                        .addListener(ChannelFutureListener.CLOSE)))
                .bind(new InetSocketAddress(LOCAL, 0))
                .sync()
                .channel();
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /** Takes one connection to {@code port}, and a look at what the server says first. */
    private static void passOn(ServerSocket listener, int port, CompletableFuture<byte[]> first) {
        try (Socket client = listener.accept();
                Socket server = new Socket(LOCAL, port)) {
            Thread up = new Thread(() -> {
                try {
                    client.getInputStream().transferTo(server.getOutputStream());
                    server.shutdownOutput();
                } catch (IOException e) {
                    // the test sees
                }
            });
            up.start();
            byte[] bytes = new byte[1 << 14];
            int read = server.getInputStream().read(bytes);
            first.complete(Arrays.copyOf(bytes, read));
            client.getOutputStream().write(bytes, 0, read);
            server.getInputStream().transferTo(client.getOutputStream());
            up.join();
        } catch (IOException | InterruptedException e) {
            first.completeExceptionally(e);
        }
    }

    private void receive(ClientTls tls, int port) throws Exception {
        EventLoop loop = loops.next();
        CompletableFuture<String> received = new CompletableFuture<>();
        loop.execute(() -> AddressRace.connect(List.of(LOCAL), port, SocketOptions.DEFAULT, Duration.ofSeconds(5), loop)
                .addListener((Future<Channel> connected) -> tls.secure(
                                connected.getNow(), new Destination(Host.of(LOCAL), port), Duration.ofSeconds(5))
                        .addListener((Future<Channel> secured) -> {
                            secured.getNow().pipeline().addLast(new FirstByte(received));
                            secured.getNow()
                                    .writeAndFlush(
                                            secured.getNow().alloc().buffer().writeByte('q'));
                            secured.getNow().read();
                        })));
        assertThat(received.get()).isEqualTo("x");
    }

    private static final class FirstByte extends ChannelInboundHandlerAdapter {
        private final CompletableFuture<String> received;

        FirstByte(CompletableFuture<String> received) {
            this.received = received;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            received.complete(((ByteBuf) msg).toString(java.nio.charset.StandardCharsets.US_ASCII));
            ((ByteBuf) msg).release();
            ctx.close();
        }
    }

    @Test
    void the_server_end_lets_resume() throws Exception {
        int port = listen();
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new CountingTrust()}, null);
        for (int i = 0; i < 3; i++) {
            try (SSLSocket client = (SSLSocket) context.getSocketFactory().createSocket(LOCAL, port)) {
                assertThat(client.getInputStream().read()).isEqualTo('x');
            }
        }
        assertThat(whole).hasValue(1);
    }

    private final class CountingTrust extends X509ExtendedTrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
            whole.incrementAndGet();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            whole.incrementAndGet();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            whole.incrementAndGet();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
