package dev.fenliu.tunnel.trojan;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Secret;
import dev.fenliu.hostile.Caller;
import dev.fenliu.hostile.Mutations;
import dev.fenliu.hostile.Table;
import dev.fenliu.inbound.Bytes;
import dev.fenliu.inbound.HostileScene;
import dev.fenliu.model.Destination;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.tunnel.DirectDialer;
import dev.fenliu.tunnel.Loopback;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Hostile clients of the server end, in the tables {@code resources/hostile/trojan*.txt}. */
@Timeout(180)
class TrojanHostileTest {
    private static final String PASSWORD = "a password of the test";
    private static final List<String> GOLDEN = List.of(
            "KEY 0d0a 01 01 01020304 0007 0d0a 'hello'",
            "KEY 0d0a 01 03 06 'a.test' 0007 0d0a 'hello'",
            "KEY 0d0a 03 01 00000000 0000 0d0a 01 01020304 0007 0005 0d0a 'hello'");

    private static final Loopback SITE = new Loopback();
    private static SSLContext tls;
    private static HostileScene scene;
    private static int silent;
    private static int withSite;
    private static int hurried;

    @BeforeAll
    static void open() throws Exception {
        tls = TestCertificates.server();
        scene = HostileScene.remote(new DirectDialer());
        int site = SITE.origin((in, out, socket) -> {
            byte[] asked = in.readAllBytes();
            out.write(("site " + Bytes.hex(asked)).getBytes(US_ASCII));
        });
        silent = listen(Optional.empty(), Duration.ofSeconds(30));
        withSite = listen(Optional.of(Loopback.local(site)), Duration.ofSeconds(30));
        hurried = listen(Optional.empty(), Duration.ofSeconds(1));
        for (int port : new int[] {silent, withSite}) {
            assertServes(port); // loads what is loaded once
        }
        scene.watch();
    }

    private static int listen(Optional<Destination> fallback, Duration handshake) throws Exception {
        TrojanListenerOptions options = new TrojanListenerOptions(
                Optional.of(new Secret(PASSWORD)),
                TestCertificates.text("server.pem"),
                new Secret(TestCertificates.text("server.key")),
                fallback,
                false,
                Optional.empty());
        return scene.listen(context -> new TrojanListenerType().open(options, context), Map.of(), handshake);
    }

    @AfterAll
    static void close() throws Exception {
        scene.assertNothingLeft();
        scene.close();
        SITE.close();
    }

    static Stream<Table.Case> requests() {
        return Table.read("trojan.txt").stream();
    }

    static Stream<Table.Case> noTls() {
        return Table.read("trojan-tls.txt").stream();
    }

    private static byte[] bytes(String text) {
        return Bytes.of(text.replace("KEY", key(PASSWORD)).replace("OTHER", key("another password")));
    }

    private static String key(String password) {
        return "'" + new String(TrojanKey.of(new Secret(password)), US_ASCII) + "'";
    }

    /** A client that speaks TLS. */
    private static final class Client implements AutoCloseable {
        private final Caller caller;
        private final SSLSocket socket;

        Client(int port) throws IOException {
            caller = Caller.to(port);
            socket = (SSLSocket) tls.getSocketFactory().createSocket(caller.socket(), "vps.test", port, true);
            socket.startHandshake();
        }

        Client send(byte[] bytes) {
            try {
                socket.getOutputStream().write(bytes);
            } catch (IOException e) {
                // the server has ended already
            }
            return this;
        }

        Client end() {
            try {
                socket.shutdownOutput();
            } catch (IOException e) {
                // likewise
            }
            return this;
        }

        byte[] some(int count) throws IOException {
            return socket.getInputStream().readNBytes(count);
        }

        /** All that comes; an end of any kind ends it. */
        byte[] all() {
            return Caller.all(socket);
        }

        boolean isLeftInSilence() throws IOException {
            return Caller.isLeftInSilence(socket);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static void assertServes(int port) throws IOException {
        try (Client client = new Client(port)) {
            assertThat(client.send(bytes(GOLDEN.get(0))).end().all()).asString().isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @MethodSource("requests")
    void a_client_gets_what_its_bytes_deserve(Table.Case one) throws Exception {
        byte[] sent = bytes(one.sent());
        String[] expected = one.expected().split(" ", 2);
        byte[] back = bytes(expected.length > 1 ? expected[1] : "");
        try (Client client = new Client(silent).send(sent)) {
            switch (expected[0]) {
                case "echo" -> {
                    byte[] first = client.some(back.length);
                    byte[] rest = client.end().all();
                    assertThat(Bytes.hex(first) + Bytes.hex(rest))
                            .isEqualTo(Bytes.hex(back).replace("412e54455354", "612e74657374"));
                }
                case "closed" -> assertThat(client.all()).isEmpty();
                case "broken" -> assertThat(Bytes.hex(client.all())).isIn("", Bytes.hex(back));
                case "site" -> {
                    assertServes(silent); // after which these bytes have been looked at too
                    assertThat(client.isLeftInSilence()).isTrue();
                    assertThat(client.end().all()).isEmpty();
                    assertGetsSite(sent);
                }
                default -> throw new AssertionError(one.expected());
            }
        }
    }

    private static void assertGetsSite(byte[] sent) throws IOException {
        try (Client stranger = new Client(withSite)) {
            assertThat(stranger.send(sent).end().all()).asString().isEqualTo("site " + Bytes.hex(sent));
        }
    }

    @Test
    void every_beginning_and_every_changed_byte_of_a_request_is_for_the_site_or_served() throws Exception {
        int keyBytes = bytes("KEY 0d0a").length;
        for (String golden : GOLDEN) {
            byte[] good = bytes(golden);
            int from = golden.equals(GOLDEN.get(0)) ? 0 : keyBytes; // the key is the same in all of them
            for (int at = from; at < good.length; at++) {
                assertSiteOrServed(Arrays.copyOf(good, at));
                for (byte[] changed : Mutations.flips(good, at)) {
                    assertSiteOrServed(changed);
                }
            }
        }
    }

    private static void assertSiteOrServed(byte[] sent) throws IOException {
        try (Client client = new Client(withSite)) {
            String answer = new String(client.send(sent).end().all(), US_ASCII);
            if (answer.startsWith("site")) {
                assertThat(answer).isEqualTo("site " + Bytes.hex(sent));
            } else {
                assertThat(sent).startsWith(bytes("KEY 0d0a"));
            }
        }
    }

    // below TLS

    private static void assertAlert(byte[] sent, byte[] answer) {
        assertThat(Bytes.hex(answer)).as(Bytes.hex(sent)).matches("(15030[0-4]0002[0-9a-f]{4})*");
    }

    @ParameterizedTest
    @MethodSource("noTls")
    void what_is_no_tls_gets_an_alert_at_most(Table.Case one) throws Exception {
        for (int port : new int[] {silent, withSite}) {
            byte[] sent = Bytes.of(one.sent());
            assertAlert(sent, Caller.exchange(port, sent, one.expected().startsWith("+fin")));
        }
    }

    /** The first message of a handshake. */
    private static byte[] hello() throws IOException {
        SSLEngine engine = tls.createSSLEngine("vps.test", 443);
        engine.setUseClientMode(true);
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), out);
        return Arrays.copyOf(out.array(), out.position());
    }

    @Test
    void a_handshake_that_breaks_off_ends_with_the_client() throws Exception {
        byte[] hello = hello();
        for (int at = 0; at < hello.length; at++) {
            byte[] beginning = Arrays.copyOf(hello, at);
            assertAlert(beginning, Caller.exchange(silent, beginning, true));
            byte[] changed = Mutations.flips(hello, at).get(at % 3);
            Caller.exchange(silent, changed, true); // much of a hello may change and still be one
        }
    }

    @Test
    void a_handshake_that_goes_on_no_further_is_closed_when_its_time_is_over() throws Exception {
        List<byte[]> beginnings = Mutations.truncations(hello());
        for (byte[] answer : Caller.stalls(hurried, beginnings, 20)) {
            assertThat(answer).isEmpty();
        }
    }
}
