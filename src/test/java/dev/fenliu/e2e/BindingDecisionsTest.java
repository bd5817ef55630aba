package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Host;
import dev.fenliu.net.SelfSigned;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a rule sends to a tunnel leaves through it or is refused. Here every tunnel is broken in its own way, while the
 * origin and a resolver that knows it stand ready: nothing may reach either.
 */
@Tag("program")
@Timeout(60)
class BindingDecisionsTest {
    /** A broken tunnel has to be told within three seconds; the rest is for a slow machine. */
    private static final int TOLD_MILLIS = 3_000 + 1_500;

    @TempDir
    static Path folder;

    private static Origin origin;
    private static FakeDns dns;
    private static Fenliu far;
    private static Fenliu home;
    private static ServerSocket silent;
    private static ServerSocket hole;
    private static final List<Socket> backlog = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        InetAddress local = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        origin = new Origin();
        dns = new FakeDns();
        silent = new ServerSocket(0, 50, local);
        hole = new ServerSocket(0, 1, local);
        for (int i = 0; i < 4; i++) { // a full backlog drops what comes next
            Socket socket = new Socket();
            backlog.add(socket);
            try {
                socket.connect(hole.getLocalSocketAddress(), 200);
            } catch (IOException e) {
                break;
            }
        }
        SelfSigned certificate = SelfSigned.generate(List.of(Host.parse("far.test")), Instant.now());
        Files.writeString(folder.resolve("cert.pem"), certificate.certificate());
        Files.writeString(folder.resolve("key.pem"), certificate.privateKey());
        far = Fenliu.start(folder, "far", """
                listeners:
                  - {type: trojan, name: far, listen: "127.0.0.1:0", password: s3cret, certificate: cert.pem,
                     private-key: key.pem, allow-private: true}
                rules: [{to: direct}]
                dns: {direct: ["udp://127.0.0.1:9"], hosts: {dies.test: 127.0.0.1}}
                """);
        String trojan = "{type: trojan, password: s3cret, server: \"%s\", sni: far.test, pin: \"%s\"}";
        String otherPin = SelfSigned.generate(List.of(Host.parse("far.test")), Instant.now())
                .pin();
        home = Fenliu.start(folder, "home", """
                listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
                outbounds:
                  never: %s
                  hole: %s
                  silent: %s
                  wrong-pin: %s
                  wrong-name: {type: trojan, password: s3cret, server: "127.0.0.1:%d", sni: other.test, ca: cert.pem}
                  untrusted: {type: trojan, password: s3cret, server: "127.0.0.1:%d", sni: far.test}
                  nameless: %s
                  streams: {type: http, server: "127.0.0.1:%d"}
                  good: %s
                groups:
                  empty: {type: fallback, members: []}
                  all-down: {type: fallback, members: [never, wrong-pin]}
                rule-sets:
                  missing: {url: "http://127.0.0.1:%d/list.txt"}
                rules:
                  - {domain: never.test, to: never}
                  - {domain: hole.test, to: hole}
                  - {domain: silent.test, to: silent}
                  - {domain: wrong-pin.test, to: wrong-pin}
                  - {domain: wrong-name.test, to: wrong-name}
                  - {domain: untrusted.test, to: untrusted}
                  - {domain: nameless.test, to: nameless}
                  - {domain: empty.test, to: empty}
                  - {domain: all-down.test, to: all-down}
                  - {domain: streams.test, to: streams}
                  - {domain: dies.test, to: good}
                  - {domain: control.test, to: direct}
                  - {ip-cidr: 192.0.2.0/24, to: never}
                  - {rule-set: missing, to: direct}
                  - {rule-set: missing, to: never}
                  - {to: direct}
                dns: {direct: ["udp://127.0.0.1:%d"]}
                log: {flows: on}
                """.formatted(
                        trojan.formatted("127.0.0.1:" + Programs.freePort(), certificate.pin()),
                        trojan.formatted("127.0.0.1:" + hole.getLocalPort(), certificate.pin()),
                        trojan.formatted("127.0.0.1:" + silent.getLocalPort(), certificate.pin()),
                        trojan.formatted("127.0.0.1:" + far.port("far"), otherPin),
                        far.port("far"),
                        far.port("far"),
                        trojan.formatted("tunnel.nowhere.test:443", certificate.pin()),
                        Programs.freePort(),
                        trojan.formatted("127.0.0.1:" + far.port("far"), certificate.pin()),
                        Programs.freePort(),
                        dns.port()));
    }

    @AfterAll
    static void stop() throws Exception {
        home.close();
        far.close();
        origin.close();
        dns.close();
        silent.close();
        hole.close();
        for (Socket socket : backlog) {
            socket.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "never.test, 503", "hole.test, 503", "silent.test, 503", "wrong-pin.test, 502", "wrong-name.test, 502",
        "untrusted.test, 502", "nameless.test, 503", "empty.test, 503", "all-down.test, 50", "listed.test, 503",
    })
    void a_broken_tunnel_refuses_and_nothing_goes_another_way(String host, String status) throws Exception {
        String target = host + ":" + origin.port();
        String connect = exchange("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");
        assertThat(connect).startsWith("HTTP/1.1 " + status).contains("Proxy-Status: fenliu");

        String get =
                exchange("GET http://" + target + "/ HTTP/1.1\r\nHost: " + target + "\r\nConnection: close\r\n\r\n");
        assertThat(get).startsWith("HTTP/1.1 " + status).contains("\r\n\r\n");

        assertThat(socks5(host, origin.port())).isEqualTo(1);

        assertThat(origin.seen()).noneMatch(request -> request.endsWith(host));
        assertThat(dns.asked()).doesNotContain(host);
        home.awaitText("host=" + target);
    }

    /** A rule about names could match what an address turns out to be, so the first bytes are looked at. */
    @Test
    void a_plain_request_for_an_address_learns_why_it_is_refused() throws Exception {
        String get = exchange("GET http://192.0.2.7/ HTTP/1.1\r\nHost: 192.0.2.7\r\nConnection: close\r\n\r\n");
        assertThat(get).startsWith("HTTP/1.1 503").contains("Proxy-Status: fenliu; error=destination_unavailable");
    }

    @Test
    void what_no_rule_can_allow_is_refused_before_a_client_is_told_to_speak() throws Exception {
        String self = "127.0.0.1:" + home.port("in");
        assertThat(exchange("CONNECT " + self + " HTTP/1.1\r\nHost: " + self + "\r\n\r\n"))
                .startsWith("HTTP/1.1 502")
                .contains("error=proxy_loop_detected");
        assertThat(exchange("CONNECT 127.0.0.1:25 HTTP/1.1\r\nHost: 127.0.0.1:25\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
        assertThat(socks5("240.0.0.1", 80)).isEqualTo(2);
    }

    @Test
    void the_control_shows_that_a_leak_would_have_been_seen() throws Exception {
        String target = "control.test:" + origin.port();
        String get =
                exchange("GET http://" + target + "/ HTTP/1.1\r\nHost: " + target + "\r\nConnection: close\r\n\r\n");
        assertThat(get).contains("road=direct");
        assertThat(origin.seen()).contains("direct control.test");
        assertThat(dns.asked()).contains("control.test");
    }

    @Test
    void a_tunnel_that_dies_in_mid_stream_ends_the_flow_and_nothing_takes_its_place() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
                Socket client = open()) {
            String target = "dies.test:" + server.getLocalPort();
            client.getOutputStream()
                    .write(("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String head = readHead(client.getInputStream());
            assertThat(head).startsWith("HTTP/1.1 200");
            client.getOutputStream().write('x');
            try (Socket accepted = server.accept()) {
                accepted.getOutputStream().write('y');
                assertThat(client.getInputStream().read()).isEqualTo('y');
                Process process = far.process();
                process.destroyForcibly().waitFor();
                assertThat(endOf(client)).isTrue();
            }
            server.setSoTimeout(300);
            String again = exchange("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");
            assertThat(again).startsWith("HTTP/1.1 503");
            org.assertj.core.api.Assertions.assertThatThrownBy(server::accept)
                    .isInstanceOf(java.net.SocketTimeoutException.class);
            assertThat(dns.asked()).doesNotContain("dies.test");
        }
    }

    @Test
    void datagrams_to_a_tunnel_without_udp_end_the_association_at_once() throws Exception {
        try (Socket control = open();
                java.net.DatagramSocket socket = new java.net.DatagramSocket(
                        new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0))) {
            control.getOutputStream().write(new byte[] {5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0});
            byte[] reply = control.getInputStream().readNBytes(12);
            assertThat(reply).startsWith(5, 0, 5, 0, 0, 1);
            int port = (reply[10] & 0xff) << 8 | reply[11] & 0xff;
            ByteArrayOutputStream datagram = new ByteArrayOutputStream();
            datagram.write(new byte[] {0, 0, 0, 3, (byte) "streams.test".length()});
            datagram.write("streams.test".getBytes(StandardCharsets.US_ASCII));
            datagram.write(new byte[] {0x01, (byte) 0xbb, 'h', 'i'});
            socket.send(new java.net.DatagramPacket(
                    datagram.toByteArray(),
                    datagram.size(),
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port)));
            assertThat(endOf(control)).isTrue();
            assertThat(dns.asked()).doesNotContain("streams.test");
        }
    }

    private static Socket open() throws IOException {
        Socket socket = new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), home.port("in"));
        socket.setSoTimeout(TOLD_MILLIS);
        return socket;
    }

    private static String exchange(String request) throws IOException {
        try (Socket socket = open()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static int socks5(String host, int port) throws IOException {
        try (Socket socket = open()) {
            ByteArrayOutputStream request = new ByteArrayOutputStream();
            request.write(new byte[] {5, 1, 0, 5, 1, 0, 3, (byte) host.length()});
            request.write(host.getBytes(StandardCharsets.US_ASCII));
            request.write(port >> 8);
            request.write(port);
            socket.getOutputStream().write(request.toByteArray());
            byte[] reply = socket.getInputStream().readNBytes(4);
            return reply[3];
        }
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.read());
        }
        return head.toString();
    }

    /** Whether the stream ends, cleanly or by a reset. */
    private static boolean endOf(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
