package dev.fenliu.tunnel.ssh;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Dial;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyEncryptionContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Our two ends together. */
@Timeout(60)
class SshTunnelTest {
    private final Loopback here = new Loopback();

    @TempDir
    private Path folder;

    private SshEnds ends;

    @BeforeEach
    void open() throws Exception {
        ends = new SshEnds(here, folder);
    }

    @AfterEach
    void close() throws Exception {
        // The library's own threads may still bring bytes, and so flows, to loops that have closed all they had.
        here.loops().shutdownGracefully(1, 2_000, TimeUnit.MILLISECONDS).sync();
        here.close();
    }

    private Socket through(Outbound outbound, int origin) throws Exception {
        Socket socket = new Socket(Loopback.LOCAL, here.forward(outbound, Loopback.local(origin)));
        socket.setSoTimeout(30_000);
        return socket;
    }

    private Failure failure(Outbound outbound, int port) throws Exception {
        EventLoop loop = here.loops().next();
        Future<Channel> opened = loop.submit(() -> outbound.connect(Dial.own(Loopback.local(port), loop)))
                .get();
        assertThat(opened.await(20, TimeUnit.SECONDS)).isTrue();
        return (Failure) opened.cause();
    }

    private static void echoed(Socket socket, int length) throws Exception {
        byte[] sent = new byte[length];
        new Random(7).nextBytes(sent);
        Loopback.thread(() -> {
            socket.getOutputStream().write(sent);
            socket.shutdownOutput();
        });
        assertThat(Arrays.equals(socket.getInputStream().readAllBytes(), sent)).isTrue();
    }

    @Test
    void streams_share_a_connection_and_carry_bytes_whole_both_ways() throws Exception {
        Outbound client = ends.client(ends.server(Map.of()));
        int echo = here.origin(Loopback::echo);
        for (int i = 0; i < 3; i++) {
            try (Socket socket = through(client, echo)) {
                echoed(socket, 5_000_000 + i);
            }
        }
        assertThat(here.served.flows).hasSize(3);
        assertThat(here.served.flows).allMatch(flow -> flow.user().equals(Optional.of("anna")));
        assertThat(ends.connections).hasSize(1);
    }

    @Test
    void a_server_that_answers_is_told_from_an_origin_that_does_not() throws Exception {
        Outbound client = ends.client(ends.server(Map.of()));
        java.util.concurrent.CountDownLatch reached = new java.util.concurrent.CountDownLatch(1);
        EventLoop loop = here.loops().next();
        Dial dial = Dial.own(Loopback.local(here.origin(Loopback::echo)), loop).reaching(reached::countDown);
        Channel opened = loop.submit(() -> client.connect(dial)).get().get();
        assertThat(reached.await(10, TimeUnit.SECONDS)).isTrue();
        opened.close();
    }

    @Test
    void a_half_close_still_lets_the_answer_through() throws Exception {
        int origin = here.origin(Loopback::answerAtEnd);
        try (Socket socket = through(ends.client(ends.server(Map.of())), origin)) {
            socket.getOutputStream().write(new byte[300_000]);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes())
                    .asString(US_ASCII)
                    .isEqualTo("answer to 300000");
        }
    }

    @Test
    void an_origin_that_speaks_first_is_heard() throws Exception {
        try (Socket socket = through(ends.client(ends.server(Map.of())), here.origin(Loopback::greet))) {
            assertThat(socket.getInputStream().readAllBytes())
                    .asString(US_ASCII)
                    .isEqualTo("220 ready");
        }
    }

    @Test
    void a_client_that_does_not_read_holds_up_nobody_else() throws Exception {
        Outbound client = ends.client(ends.server(Map.of()));
        int flood = here.origin((in, out, socket) -> {
            byte[] block = new byte[1 << 16];
            while (true) {
                out.write(block);
            }
        });
        int echo = here.origin(Loopback::echo);
        try (Socket still = through(client, flood);
                Socket moving = through(client, echo)) {
            assertThat(still.getInputStream().read()).isZero();
            echoed(moving, 3_000_000);
        }
    }

    @Test
    void a_password_and_an_encrypted_key_let_in_as_well() throws Exception {
        int server = ends.server(Map.of("bert", new Secret("his password")));
        SshOptions key = ends.options(server);
        int echo = here.origin(Loopback::echo);
        SshOptions password = new SshOptions(
                key.server(),
                "bert",
                Optional.empty(),
                Optional.empty(),
                Optional.of(new Secret("his password")),
                Optional.empty(),
                key.knownHosts());
        try (Socket socket = through(ends.client(password), echo)) {
            echoed(socket, 1000);
        }
        assertThat(here.served.flows).last().matches(flow -> flow.user().equals(Optional.of("bert")));
        OpenSSHKeyEncryptionContext encryption = new OpenSSHKeyEncryptionContext();
        encryption.setPassword("a phrase");
        encryption.setCipherType("256");
        Path locked = ends.write(
                "locked",
                SshLogin.keys(Files.readAllBytes(folder.resolve("user"))).get(0),
                encryption);
        SshOptions phrase = new SshOptions(
                key.server(),
                "anybody",
                Optional.of(locked),
                Optional.of(new Secret("a phrase")),
                Optional.empty(),
                Optional.empty(),
                key.knownHosts());
        try (Socket socket = through(ends.client(phrase), echo)) {
            echoed(socket, 1000);
        }
    }

    @Test
    void a_login_that_is_refused_says_so() throws Exception {
        int server = ends.server(Map.of("bert", new Secret("his password")));
        SshOptions key = ends.options(server);
        Path stranger = ends.write("stranger", SshEnds.pair(), null);
        Outbound client = ends.client(server, stranger, key.knownHosts());
        Failure failure = failure(client, 1);
        assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
        assertThat(failure.text())
                .contains("outbound \"vps\"")
                .contains("does not accept the key of user " + key.username());
        client = ends.client(new SshOptions(
                key.server(),
                "bert",
                Optional.empty(),
                Optional.empty(),
                Optional.of(new Secret("not his")),
                Optional.empty(),
                key.knownHosts()));
        assertThat(failure(client, 1).text()).contains("does not accept the password of user bert");
    }

    @Test
    void a_server_with_another_key_is_not_talked_to() throws Exception {
        int server = ends.server(Map.of());
        SshOptions right = ends.options(server);
        String other = "[127.0.0.1]:" + server + " " + SshEnds.entry(SshEnds.pair());
        Path known = Files.writeString(folder.resolve("other"), other);
        Outbound client = ends.client(server, right.privateKey().orElseThrow(), known);
        Failure failure = failure(client, 1);
        assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_CERTIFICATE);
        assertThat(failure.text()).contains("is not the one in " + known);
        assertThat(here.served.flows).isEmpty();
    }

    @Test
    void a_server_that_is_not_there_or_is_none_is_down() throws Exception {
        int silent = here.origin((in, out, socket) -> in.readAllBytes());
        int web = here.origin(Loopback::site);
        for (int port : new int[] {closedPort(), web}) {
            Failure failure = failure(ends.client(port), 1);
            assertThat(failure.kind()).as(failure.text()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
        }
        assertThat(failure(ends.client(silent), 1).text()).contains("no answer in time");
    }

    private static int closedPort() throws IOException {
        try (java.net.ServerSocket socket = new java.net.ServerSocket(0, 1, Loopback.LOCAL)) {
            return socket.getLocalPort();
        }
    }

    @Test
    void the_connection_comes_back_when_it_was_cut() throws Exception {
        Outbound client = ends.client(ends.server(Map.of()));
        int echo = here.origin(Loopback::echo);
        try (Socket socket = through(client, echo)) {
            socket.getOutputStream().write('x');
            assertThat(socket.getInputStream().read()).isEqualTo('x');
            ends.connections.forEach(Channel::close);
            assertThat(endOf(socket)).isNegative();
        }
        try (Socket socket = through(client, echo)) {
            echoed(socket, 1000);
        }
    }

    private static int endOf(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read();
        } catch (SocketException e) {
            return -1; // a reset
        }
    }
}
