package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class ClientTlsTest {
    private static final InetAddress LOCAL = InetAddress.getLoopbackAddress();
    private static final Optional<Path> CA = Optional.of(TestCertificates.path("ca.pem"));

    private final EventLoopGroup loops = Sockets.loops(1);
    private ServerSocket listener;

    /** What the server saw of the client: its protocol, its certificate's subject, the name it asked for. */
    private final CompletableFuture<String> seen = new CompletableFuture<>();

    TlsEngine engine() {
        return TlsEngine.best();
    }

    @AfterEach
    void close() throws Exception {
        listener.close();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    }

    @Test
    void a_certificate_of_our_own_authority_is_taken() throws Exception {
        int port = serve(TestCertificates.server(), "none");
        Channel channel = secure(tls("vps.test", CA, Optional.empty()), "127.0.0.1", port);
        assertThat(channel.isActive()).isTrue();
        assertThat(TlsContext.agreed(channel).orElseThrow().version()).isEqualTo("TLSv1.3");
        assertThat(seen.get()).isEqualTo("asked for [type=host_name (0), value=vps.test]");
    }

    @Test
    void a_certificate_may_name_an_address() throws Exception {
        int port = serve(TestCertificates.server(), "none");
        assertThat(secure(tls(null, CA, Optional.empty()), "127.0.0.1", port).isActive())
                .isTrue();
        assertThat(seen.get()).isEqualTo("asked for []");
    }

    @Test
    void a_certificate_for_another_name_is_refused() throws Exception {
        int port = serve(TestCertificates.server(), "none");
        refused(tls("other.test", CA, Optional.empty()), port, "other.test");
    }

    @Test
    void an_expired_certificate_is_refused() throws Exception {
        int port = serve(
                TestCertificates.context(TestCertificates.text("expired.pem"), TestCertificates.text("server.key")),
                "none");
        refused(tls("vps.test", CA, Optional.empty()), port, "NotAfter");
    }

    @Test
    void an_expired_certificate_is_refused_even_if_it_is_itself_what_is_trusted(@TempDir Path folder) throws Exception {
        SelfSigned old = SelfSigned.generate(
                List.of(Host.parse("vps.test")), Instant.now().minus(SelfSigned.VALIDITY.plusDays(1)));
        Path file = Files.writeString(folder.resolve("old.pem"), old.certificate());
        int port = serve(TestCertificates.context(old.certificate(), old.privateKey()), "none");
        refused(tls("vps.test", Optional.of(file), Optional.empty()), port, "NotAfter");
    }

    @Test
    void a_certificate_of_an_unknown_authority_is_refused_with_the_remedy() throws Exception {
        int port = serve(TestCertificates.server(), "none");
        refused(tls("vps.test", Optional.empty(), Optional.empty()), port, "no trusted authority", "\"pin\"");
    }

    @Test
    void a_self_signed_certificate_is_refused_without_its_pin() throws Exception {
        SelfSigned own = SelfSigned.generate(List.of(Host.parse("vps.test")), Instant.now());
        int port = serve(TestCertificates.context(own.certificate(), own.privateKey()), "none");
        refused(tls("vps.test", Optional.empty(), Optional.empty()), port, "no trusted authority");
    }

    @Test
    void a_pinned_key_needs_no_authority() throws Exception {
        SelfSigned own = SelfSigned.generate(List.of(Host.parse("vps.test")), Instant.now());
        int port = serve(TestCertificates.context(own.certificate(), own.privateKey()), "none");
        assertThat(secure(tls("vps.test", Optional.empty(), Optional.of(own.pin())), "127.0.0.1", port)
                        .isActive())
                .isTrue();
    }

    @Test
    void a_pinned_key_must_still_have_the_right_name() throws Exception {
        SelfSigned own = SelfSigned.generate(List.of(Host.parse("vps.test")), Instant.now());
        int port = serve(TestCertificates.context(own.certificate(), own.privateKey()), "none");
        refused(tls("other.test", Optional.empty(), Optional.of(own.pin())), port, "other.test");
    }

    @Test
    void another_key_than_the_pinned_one_is_refused_and_shown() throws Exception {
        int port = serve(TestCertificates.server(), "none");
        String wrong = Base64.getEncoder().encodeToString(new byte[32]);
        refused(
                tls("vps.test", CA, Optional.of(wrong)),
                port,
                "pin",
                TestCertificates.pin(TestCertificates.text("server.pem")));
    }

    @Test
    void a_pin_with_authorities_wants_both() throws Exception {
        int port = serve(TestCertificates.server(), "none");
        Optional<String> pin = Optional.of(TestCertificates.pin(TestCertificates.text("server.pem")));
        assertThat(secure(tls("vps.test", CA, pin), "127.0.0.1", port).isActive())
                .isTrue();
        listener.close();

        SelfSigned own = SelfSigned.generate(List.of(Host.parse("vps.test")), Instant.now());
        int other = serve(TestCertificates.context(own.certificate(), own.privateKey()), "none");
        refused(tls("vps.test", CA, Optional.of(own.pin())), other, "no trusted authority");
    }

    @Test
    void who_wants_no_verification_takes_any_certificate_of_any_name() throws Exception {
        SelfSigned own = SelfSigned.generate(List.of(Host.parse("elsewhere.test")), Instant.now());
        int port = serve(TestCertificates.context(own.certificate(), own.privateKey()), "none");
        TlsOptions any = new TlsOptions(
                Optional.of("vps.test"),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                true);
        assertThat(secure(any, "127.0.0.1", port).isActive()).isTrue();
    }

    @Test
    void the_first_protocol_that_both_know_is_chosen() throws Exception {
        int port = serve(TestCertificates.server(), "http/1.1");
        TlsOptions offer = new TlsOptions(
                Optional.of("vps.test"),
                List.of("h2", "http/1.1"),
                CA,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        Channel channel = secure(offer, "127.0.0.1", port);
        assertThat(ClientTls.applicationProtocol(channel)).contains("http/1.1");
    }

    @Test
    void a_server_that_chooses_no_protocol_is_fine() throws Exception {
        int port = serve(TestCertificates.server(), "none");
        TlsOptions offer = new TlsOptions(
                Optional.of("vps.test"), List.of("h2"), CA, Optional.empty(), Optional.empty(), Optional.empty());
        assertThat(secure(offer, "127.0.0.1", port).isActive()).isTrue();
    }

    @Test
    void the_client_shows_its_certificate() throws Exception {
        int port = serve(TestCertificates.server(), "client-certificate");
        TlsOptions options = new TlsOptions(
                Optional.of("vps.test"),
                List.of(),
                CA,
                Optional.empty(),
                Optional.of(TestCertificates.path("client.pem")),
                Optional.of(TestCertificates.path("client.key")));
        secure(options, "127.0.0.1", port);
        assertThat(seen.get()).isEqualTo("CN=client");
    }

    @Test
    void a_silent_server_is_given_up() throws Exception {
        listener = new ServerSocket(0, 1, LOCAL);
        assertThatThrownBy(() ->
                        secure(TestCertificates.client(), "127.0.0.1", listener.getLocalPort(), Duration.ofMillis(200)))
                .isInstanceOfSatisfying(Failure.class, failure -> {
                    assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
                    assertThat(failure.text()).contains("no answer in time");
                });
    }

    @Test
    void a_server_that_hangs_up_is_no_mystery() throws Exception {
        listener = new ServerSocket(0, 1, LOCAL);
        Thread server = new Thread(() -> {
            try (Socket socket = listener.accept()) {
                socket.getInputStream().read(new byte[4096]);
                socket.shutdownOutput();
                socket.getInputStream().readAllBytes();
            } catch (IOException e) {
                // the test sees
            }
        });
        server.start();
        assertThatThrownBy(() -> secure(TestCertificates.client(), "127.0.0.1", listener.getLocalPort()))
                .isInstanceOfSatisfying(Failure.class, failure -> {
                    assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
                    assertThat(failure.text()).contains("closed the connection");
                });
    }

    @Test
    void a_server_without_tls_is_down() throws Exception {
        listener = new ServerSocket(0, 1, LOCAL);
        Thread server = new Thread(() -> {
            try (Socket socket = listener.accept()) {
                socket.getOutputStream()
                        .write("SSH-2.0-OpenSSH_9.2\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                socket.getInputStream().readAllBytes();
            } catch (IOException e) {
                // the test sees
            }
        });
        server.start();
        assertThatThrownBy(() -> secure(TestCertificates.client(), "127.0.0.1", listener.getLocalPort()))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN));
    }

    @Test
    void bad_files_are_named(@TempDir Path folder) throws Exception {
        listener = new ServerSocket(0, 1, LOCAL);
        Path empty = Files.writeString(folder.resolve("empty.pem"), "");
        Path garbage = Files.writeString(folder.resolve("garbage.pem"), "-----BEGIN CERTIFICATE-----\nxxxx\n");
        assertThatThrownBy(() -> new ClientTls(tls("a.test", Optional.of(empty), Optional.empty())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("empty.pem");
        assertThatThrownBy(() -> new ClientTls(tls("a.test", Optional.of(garbage), Optional.empty())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("garbage.pem");
        assertThatThrownBy(() ->
                        new ClientTls(tls("a.test", Optional.of(folder.resolve("missing.pem")), Optional.empty())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("missing.pem");
        for (Path key : List.of(garbage, empty)) {
            TlsOptions options = new TlsOptions(
                    Optional.empty(),
                    List.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(TestCertificates.path("client.pem")),
                    Optional.of(key));
            assertThatThrownBy(() -> new ClientTls(options)).isInstanceOf(IOException.class);
        }
    }

    /** A server of the JDK's own for one client at a time. */
    private int serve(SSLContext context, String mode) throws Exception {
        SSLServerSocket server =
                (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 1, LOCAL);
        listener = server;
        SSLParameters parameters = server.getSSLParameters();
        parameters.setNeedClientAuth(mode.equals("client-certificate"));
        if (mode.equals("http/1.1")) {
            parameters.setApplicationProtocols(new String[] {mode});
        }
        server.setSSLParameters(parameters);
        Thread thread = new Thread(() -> {
            try (SSLSocket socket = (SSLSocket) server.accept()) {
                socket.startHandshake();
                seen.complete(
                        mode.equals("client-certificate")
                                ? socket.getSession().getPeerPrincipal().getName()
                                : "asked for "
                                        + ((javax.net.ssl.ExtendedSSLSession) socket.getSession())
                                                .getRequestedServerNames());
                socket.getInputStream().readAllBytes();
            } catch (IOException e) {
                seen.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return server.getLocalPort();
    }

    private void refused(TlsOptions options, int port, String... words) {
        assertThatThrownBy(() -> secure(options, "127.0.0.1", port)).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.kind()).as(failure.text()).isEqualTo(Failure.Kind.TUNNEL_CERTIFICATE);
            assertThat(failure.text()).contains("127.0.0.1:" + port).contains(words);
        });
    }

    private static TlsOptions tls(String name, Optional<Path> authorities, Optional<String> pin) {
        return new TlsOptions(
                Optional.ofNullable(name), List.of(), authorities, pin, Optional.empty(), Optional.empty());
    }

    private Channel secure(TlsOptions options, String host, int port) throws Exception {
        return secure(options, host, port, Duration.ofSeconds(10));
    }

    private Channel secure(TlsOptions options, String host, int port, Duration timeout) throws Exception {
        ClientTls tls = new ClientTls(options, this::engine);
        EventLoop loop = loops.next();
        Promise<Channel> result = loop.newPromise();
        loop.execute(() -> AddressRace.connect(List.of(LOCAL), port, SocketOptions.DEFAULT, Duration.ofSeconds(5), loop)
                .addListener(connected -> tls.secure(
                                (Channel) connected.getNow(), new Destination(Host.parse(host), port), timeout)
                        .addListener(done -> {
                            if (done.isSuccess()) {
                                result.setSuccess((Channel) done.getNow());
                            } else {
                                result.setFailure(done.cause());
                            }
                        })));
        try {
            return result.get(15, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw (Exception) e.getCause();
        }
    }
}
