package dev.fenliu.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Host;
import dev.fenliu.net.SelfSigned;
import dev.fenliu.tunnel.Loopback;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every tunnel behind every other: three processes, the nearer server in front of the farther one. */
@Tag("program")
@Timeout(60)
class ChainTest {
    private static final List<String> TYPES = List.of("http", "socks5", "shadowsocks", "trojan");

    @TempDir
    static Path folder;

    private static final Loopback origins = new Loopback();
    private static Fenliu near;
    private static Fenliu far;
    private static Fenliu home;
    private static int echo;
    private static int datagramEcho;

    @BeforeAll
    static void start() throws Exception {
        SelfSigned certificate = SelfSigned.generate(List.of(Host.parse("server.test")), Instant.now());
        Files.writeString(folder.resolve("cert.pem"), certificate.certificate());
        Fenliu.write(folder.resolve("key.pem"), certificate.privateKey());
        String server = """
                listeners:
                  - {type: mixed, name: mixed, listen: "127.0.0.1:0"}
                  - {type: shadowsocks, name: shadowsocks, listen: "127.0.0.1:0", method: aes-128-gcm, password: s3cret,
                     allow-private: true}
                  - {type: trojan, name: trojan, listen: "127.0.0.1:0", password: s3cret, certificate: cert.pem,
                     private-key: key.pem, allow-private: true}
                rules: [{to: direct}]
                """;
        near = Fenliu.start(folder, "near", server);
        far = Fenliu.start(folder, "far", server);
        StringBuilder config = new StringBuilder("listeners:\n");
        for (String outer : TYPES) {
            for (String inner : TYPES) {
                config.append("  - {type: mixed, name: %s-%s, listen: \"127.0.0.1:0\"}\n".formatted(outer, inner));
            }
        }
        config.append("outbounds:\n");
        Map<String, String> more = Map.of(
                "http", "",
                "socks5", "",
                "shadowsocks", ", method: aes-128-gcm, password: s3cret",
                "trojan", ", password: s3cret, sni: server.test, ca: cert.pem");
        String line = "  %s: {type: %s, server: \"127.0.0.1:%d\"%s%s}\n";
        for (String outer : TYPES) {
            config.append(line.formatted("to-" + outer, outer, port(near, outer), more.get(outer), ""));
            for (String inner : TYPES) {
                String via = ", via: to-" + outer;
                config.append(line.formatted(outer + "-" + inner, inner, port(far, inner), more.get(inner), via));
            }
        }
        config.append("rules:\n");
        for (String outer : TYPES) {
            for (String inner : TYPES) {
                config.append("  - {listener: %1$s-%2$s, to: %1$s-%2$s}\n".formatted(outer, inner));
            }
        }
        config.append("  - {to: block}\n");
        home = Fenliu.start(folder, "home", config.toString());
        echo = origins.origin(Loopback::echo);
        datagramEcho = origins.datagramEcho();
    }

    private static int port(Fenliu server, String type) {
        return server.port(type.equals("http") || type.equals("socks5") ? "mixed" : type);
    }

    @AfterAll
    static void stop() throws Exception {
        home.close();
        far.close();
        near.close();
        origins.close();
    }

    static Stream<Arguments> pairs() {
        return TYPES.stream().flatMap(outer -> TYPES.stream().map(inner -> Arguments.of(outer, inner)));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void streams_go_through_both_to_the_end_of_the_answer(String outer, String inner) throws Exception {
        Proxy proxy =
                new Proxy(Proxy.Type.SOCKS, new InetSocketAddress(Loopback.LOCAL, home.port(outer + "-" + inner)));
        try (Socket socket = new Socket(proxy)) {
            socket.setSoTimeout(20_000);
            socket.connect(new InetSocketAddress(Loopback.LOCAL, echo));
            byte[] question = "through both ".repeat(10_000).getBytes(US_ASCII);
            Loopback.thread(() -> {
                socket.getOutputStream().write(question);
                socket.shutdownOutput();
            });
            assertThat(Arrays.equals(socket.getInputStream().readAllBytes(), question))
                    .isTrue();
        }
    }

    /** HTTP carries none, and nothing but Trojan makes datagrams of a stream. */
    @ParameterizedTest
    @MethodSource("pairs")
    void datagrams_go_through_both_or_are_refused_at_once(String outer, String inner) throws Exception {
        boolean carried = inner.equals("trojan") || !inner.equals("http") && !outer.equals("http");
        try (Socket control = new Socket(Loopback.LOCAL, home.port(outer + "-" + inner));
                DatagramSocket socket = new DatagramSocket(0, Loopback.LOCAL)) {
            control.setSoTimeout(10_000);
            control.getOutputStream().write(new byte[] {5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0});
            ByteBuffer reply = ByteBuffer.wrap(control.getInputStream().readNBytes(12));
            ByteBuffer datagram = ByteBuffer.allocate(1010);
            datagram.put(new byte[] {0, 0, 0, 1, 127, 0, 0, 1}).putShort((short) datagramEcho);
            socket.connect(Loopback.LOCAL, reply.getShort(10) & 0xffff);
            DatagramPacket answer = new DatagramPacket(new byte[2000], 2000);
            socket.setSoTimeout(20_000);
            socket.send(new DatagramPacket(datagram.array(), datagram.capacity()));
            if (carried) {
                socket.receive(answer);
                assertThat(Arrays.copyOf(answer.getData(), answer.getLength())).isEqualTo(datagram.array());
            } else {
                assertThat(control.getInputStream().read()).isNegative();
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError(home.text(), e);
        } catch (IOException reset) {
            assertThat(carried).isFalse();
        }
    }
}
