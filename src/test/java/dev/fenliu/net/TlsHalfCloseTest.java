package dev.fenliu.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The end of one direction, across TLS, against the JDK's sockets. */
@Timeout(20)
class TlsHalfCloseTest {
    private static final InetAddress LOCAL = InetAddress.getLoopbackAddress();

    private final EventLoopGroup loops = Sockets.loops(1);
    private final CompletableFuture<Relay.Totals> totals = new CompletableFuture<>();

    TlsEngine engine() {
        return TlsEngine.best();
    }

    @AfterEach
    void close() throws Exception {
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    }

    @Test
    void an_end_crosses_to_a_tls_server_and_back() throws Exception {
        try (SSLServerSocket origin = tlsOrigin("TLSv1.3");
                Socket client = new Socket(LOCAL, plainToTls(origin.getLocalPort()));
                SSLSocket server = (SSLSocket) origin.accept()) {
            client.getOutputStream().write("question".getBytes(US_ASCII));
            client.shutdownOutput();
            assertThat(server.getInputStream().readAllBytes()).asString().isEqualTo("question");
            server.getOutputStream().write("answer".getBytes(US_ASCII));
            server.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("answer");
        }
        assertThat(totals.get()).isEqualTo(new Relay.Totals(8, 6, Relay.End.DONE));
    }

    @Test
    void the_server_may_end_first_and_go_on_reading() throws Exception {
        try (SSLServerSocket origin = tlsOrigin("TLSv1.3");
                Socket client = new Socket(LOCAL, plainToTls(origin.getLocalPort()));
                SSLSocket server = (SSLSocket) origin.accept()) {
            server.getOutputStream().write("greeting".getBytes(US_ASCII));
            server.shutdownOutput(); // a close_notify without a FIN
            assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("greeting");
            client.getOutputStream().write(new byte[1 << 20]);
            client.shutdownOutput();
            assertThat(server.getInputStream().readAllBytes()).hasSize(1 << 20);
        }
        assertThat(totals.get()).isEqualTo(new Relay.Totals(1 << 20, 8, Relay.End.DONE));
    }

    @Test
    void an_end_crosses_from_a_tls_client_and_back() throws Exception {
        try (ServerSocket origin = new ServerSocket(0, 1, LOCAL);
                SSLSocket client = tlsClient(tlsToPlain(origin.getLocalPort()), "TLSv1.3");
                Socket server = origin.accept()) {
            client.getOutputStream().write("question".getBytes(US_ASCII));
            client.shutdownOutput();
            assertThat(server.getInputStream().readAllBytes()).asString().isEqualTo("question");
            server.getOutputStream().write(new byte[1 << 20]);
            server.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).hasSize(1 << 20);
        }
        assertThat(totals.get()).isEqualTo(new Relay.Totals(8, 1 << 20, Relay.End.DONE));
    }

    @Test
    void a_question_and_its_end_may_come_with_the_end_of_the_handshake() throws Exception {
        try (ServerSocket origin = new ServerSocket(0, 1, LOCAL);
                ServerSocket gathering = new ServerSocket(0, 1, LOCAL)) {
            int port = tlsToPlain(origin.getLocalPort());
            Thread between = new Thread(() -> gather(gathering, port));
            between.start();
            try (SSLSocket client = (SSLSocket)
                    TestCertificates.server().getSocketFactory().createSocket(LOCAL, gathering.getLocalPort())) {
                client.setEnabledProtocols(new String[] {"TLSv1.3"});
                client.getOutputStream().write("question".getBytes(US_ASCII));
                client.shutdownOutput();
                try (Socket server = origin.accept()) {
                    assertThat(server.getInputStream().readAllBytes())
                            .asString()
                            .isEqualTo("question");
                    server.getOutputStream().write(new byte[1 << 20]);
                    server.shutdownOutput();
                    assertThat(client.getInputStream().readAllBytes()).hasSize(1 << 20);
                }
            }
            between.join();
        }
        assertThat(totals.get()).isEqualTo(new Relay.Totals(8, 1 << 20, Relay.End.DONE));
    }

    /** Passes the ClientHello on, and all that the client sends later in one piece. */
    private static void gather(ServerSocket listener, int port) {
        try (Socket client = listener.accept();
                Socket server = new Socket(LOCAL, port)) {
            byte[] bytes = new byte[1 << 16];
            int hello = client.getInputStream().read(bytes);
            server.getOutputStream().write(bytes, 0, hello);
            Thread back = new Thread(() -> {
                try {
                    server.getInputStream().transferTo(client.getOutputStream());
                } catch (IOException e) {
                    // the test sees
                }
            });
            back.start();
            server.getOutputStream().write(client.getInputStream().readAllBytes());
            back.join();
        } catch (IOException | InterruptedException e) {
            // the test sees
        }
    }

    @Test
    void an_end_crosses_two_hops_of_ours() throws Exception {
        try (ServerSocket origin = new ServerSocket(0, 1, LOCAL)) {
            int near = plainToTls(tlsToPlain(origin.getLocalPort()));
            try (Socket client = new Socket(LOCAL, near);
                    Socket server = origin.accept()) {
                client.getOutputStream().write("question".getBytes(US_ASCII));
                client.shutdownOutput();
                assertThat(server.getInputStream().readAllBytes()).asString().isEqualTo("question");
                server.getOutputStream().write("answer".getBytes(US_ASCII));
                server.close();
                assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("answer");
            }
        }
    }

    @Test
    void before_tls_1_3_a_client_keeps_its_end_to_itself_and_gets_the_answer() throws Exception {
        try (SSLServerSocket origin = tlsOrigin("TLSv1.2");
                Socket client = new Socket(LOCAL, plainToTls(origin.getLocalPort()));
                SSLSocket server = (SSLSocket) origin.accept()) {
            client.getOutputStream().write("question".getBytes(US_ASCII));
            client.shutdownOutput();
            assertThat(server.getInputStream().readNBytes(8)).asString().isEqualTo("question");
            server.getOutputStream().write("answer".getBytes(US_ASCII));
            server.close();
            assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("answer");
        }
        assertThat(totals.get()).isEqualTo(new Relay.Totals(8, 6, Relay.End.DONE));
    }

    @Test
    void before_tls_1_3_a_server_still_tells_the_end_of_an_answer() throws Exception {
        try (ServerSocket origin = new ServerSocket(0, 1, LOCAL);
                SSLSocket client = tlsClient(tlsToPlain(origin.getLocalPort()), "TLSv1.2");
                Socket server = origin.accept()) {
            client.getOutputStream().write("question".getBytes(US_ASCII));
            assertThat(server.getInputStream().readNBytes(8)).asString().isEqualTo("question");
            server.getOutputStream().write("answer".getBytes(US_ASCII));
            server.close();
            assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("answer");
        }
    }

    @Test
    void a_fin_without_close_notify_is_no_end_but_a_reset() throws Exception {
        SSLContext context = TestCertificates.server();
        try (ServerSocket origin = new ServerSocket(0, 1, LOCAL);
                Socket client = new Socket(LOCAL, plainToTls(origin.getLocalPort()));
                Socket raw = origin.accept()) {
            SSLSocket server = (SSLSocket) context.getSocketFactory().createSocket(raw, null, false);
            server.setUseClientMode(false);
            server.getOutputStream().write("half an ans".getBytes(US_ASCII));
            assertThat(client.getInputStream().readNBytes(11)).asString().isEqualTo("half an ans");
            raw.shutdownOutput();
            assertThatThrownBy(() -> client.getInputStream().read())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("reset");
        }
        assertThat(totals.get().end()).isEqualTo(Relay.End.UPSTREAM_RESET);
    }

    @Test
    void what_a_scanner_sends_instead_of_tls_closes_the_connection() throws Exception {
        int port = tlsToPlain(1);
        for (String garbage : List.of("GET / HTTP/1.1\r\n\r\n", "SSH-2.0-x\r\n")) {
            try (Socket scanner = new Socket(LOCAL, port)) {
                scanner.getOutputStream().write(garbage.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
                try {
                    scanner.getInputStream().readAllBytes(); // ends, with an alert or without
                } catch (IOException e) {
                    assertThat(e).hasMessageContaining("reset");
                }
            }
        }
        try (Socket scanner = new Socket(LOCAL, port)) {
            scanner.shutdownOutput();
            assertThat(scanner.getInputStream().read()).isNegative();
        }
    }

    private static SSLServerSocket tlsOrigin(String protocol) throws Exception {
        SSLServerSocket origin = (SSLServerSocket)
                TestCertificates.server().getServerSocketFactory().createServerSocket(0, 1, LOCAL);
        origin.setEnabledProtocols(new String[] {protocol});
        return origin;
    }

    private static SSLSocket tlsClient(int port, String protocol) throws Exception {
        SSLSocket client =
                (SSLSocket) TestCertificates.server().getSocketFactory().createSocket(LOCAL, port);
        client.setEnabledProtocols(new String[] {protocol});
        client.startHandshake();
        return client;
    }

    /** A local port whose connections go to a TLS server. */
    private int plainToTls(int port) throws Exception {
        ClientTls tls = new ClientTls(TestCertificates.client(), this::engine);
        Destination server = new Destination(Host.of(LOCAL), port);
        return listen(client -> {
            Relay relay = Relay.hold(client);
            connect(client, port)
                    .addListener((Future<Channel> up) -> tls.secure(up.getNow(), server, Duration.ofSeconds(5))
                            .addListener((Future<Channel> secured) -> join(relay, secured.getNow())));
        });
    }

    /** A local port for TLS whose connections go to a plain server. */
    private int tlsToPlain(int port) throws Exception {
        ServerTls tls = new ServerTls(
                TestCertificates.text("server.pem"), TestCertificates.text("server.key"), List.of(), this::engine);
        return listen(client -> tls.secure(client, Duration.ofSeconds(5)).addListener(secured -> {
            if (secured.isSuccess()) {
                Relay relay = Relay.hold(client);
                connect(client, port).addListener((Future<Channel> up) -> join(relay, up.getNow()));
            }
        }));
    }

    private void join(Relay relay, Channel upstream) {
        relay.join(upstream).addListener((Future<Relay.Totals> end) -> totals.complete(end.getNow()));
    }

    private static Future<Channel> connect(Channel client, int port) {
        return AddressRace.connect(
                List.of(LOCAL), port, SocketOptions.DEFAULT, Duration.ofSeconds(5), client.eventLoop());
    }

    private int listen(java.util.function.Consumer<Channel> child) throws Exception {
        Channel listener = Sockets.server(loops, LOCAL, child)
                .bind(new InetSocketAddress(LOCAL, 0))
                .sync()
                .channel();
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }
}
