package dev.fenliu.tunnel.vless;

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
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Hostile clients of the server end, in the table {@code resources/hostile/vless.txt}; below TLS, all is as with Trojan. */
@Timeout(120)
class VlessHostileTest {
    private static final List<String> GOLDEN = List.of(
            "00 UUID 00 01 0007 01 01020304 'hello'",
            "00 UUID 00 01 0007 02 06 'a.test' 'hello'",
            "00 UUID 00 02 0007 01 01020304 0005 'hello'",
            "00 UUID 00 03 000c 0000 01 01 02 0007 01 01020304 0005 'hello'");

    private static final Loopback SITE = new Loopback();
    private static SSLContext tls;
    private static HostileScene scene;
    private static int silent;
    private static int withSite;

    @BeforeAll
    static void open() throws Exception {
        tls = TestCertificates.server();
        scene = HostileScene.remote(new DirectDialer());
        int site = SITE.origin((in, out, socket) -> {
            byte[] asked = in.readAllBytes();
            out.write(("site " + Bytes.hex(asked)).getBytes(US_ASCII));
        });
        silent = listen(Optional.empty());
        withSite = listen(Optional.of(Loopback.local(site)));
        for (int port : new int[] {silent, withSite}) {
            assertServes(port); // loads what is loaded once
        }
        scene.watch();
    }

    private static int listen(Optional<Destination> fallback) throws Exception {
        VlessListenerOptions options = new VlessListenerOptions(
                TestCertificates.text("server.pem"),
                new Secret(TestCertificates.text("server.key")),
                fallback,
                false,
                Optional.empty());
        return scene.listen(
                context -> new VlessListenerType().open(options, context),
                Map.of("anna", new Secret(VlessEnds.UUID)),
                Duration.ofSeconds(30));
    }

    @AfterAll
    static void close() throws Exception {
        scene.assertNothingLeft();
        scene.close();
        SITE.close();
    }

    static Stream<Table.Case> requests() {
        return Table.read("vless.txt").stream();
    }

    private static byte[] bytes(String text) {
        return Bytes.of(text.replace("UUID", VlessEnds.UUID.replace("-", ""))
                .replace("OTHER", VlessEnds.UUID.replace("-", "").replace("6f", "6e")));
    }

    /** A client that speaks TLS. */
    private static final class Client implements AutoCloseable {
        private final SSLSocket socket;

        Client(int port) throws IOException {
            Caller caller = Caller.to(port);
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
            assertThat(Bytes.hex(client.send(bytes(GOLDEN.get(0))).end().all()))
                    .isEqualTo(Bytes.hex(bytes("0000 'hello'")));
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
                    assertThat(Bytes.hex(first) + Bytes.hex(rest)).isEqualTo(Bytes.hex(back));
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
        int start = bytes("00 UUID").length;
        for (String golden : GOLDEN) {
            byte[] good = bytes(golden);
            int from = golden.equals(GOLDEN.get(0)) ? 0 : start; // it is the same in all of them
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
                assertThat(sent).startsWith(bytes("00 UUID"));
            }
        }
    }

    @Test
    void a_request_that_is_sent_again_is_another_request() throws Exception {
        // What was recorded below TLS opens nothing: its keys are gone. Inside, a client may ask twice for the same.
        assertServes(withSite);
        assertServes(withSite);
    }
}
