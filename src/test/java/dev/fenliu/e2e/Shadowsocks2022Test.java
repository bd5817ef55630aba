package dev.fenliu.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.tunnel.Loopback;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Shadowsocks 2022 between two processes: outbounds that are share links, one with the server's key and one with a user's,
 * and a server whose rules know the user.
 */
@Tag("program")
@Timeout(60)
class Shadowsocks2022Test {
    private static final String SERVER = Base64.getEncoder().encodeToString("the server's key".getBytes(US_ASCII));
    private static final String ANNA = Base64.getEncoder().encodeToString("the key of anna!".getBytes(US_ASCII));
    private static final String LONG =
            Base64.getEncoder().encodeToString("a key of twice as many bytes for".getBytes(US_ASCII));

    @TempDir
    static Path folder;

    private static final Loopback origins = new Loopback();
    private static Fenliu server;
    private static Fenliu home;

    @BeforeAll
    static void start() throws Exception {
        server = Fenliu.start(folder, "server", """
                listeners:
                  - {type: shadowsocks, name: single, listen: "127.0.0.1:0", method: 2022-blake3-aes-256-gcm,
                     password: "%s", allow-private: true}
                  - {type: shadowsocks, name: many, listen: "127.0.0.1:0", method: 2022-blake3-aes-128-gcm,
                     password: "%s", users: {anna: "%s"}, allow-private: true}
                rules: [{listener: single, to: direct}, {user: anna, to: direct}, {to: block}]
                api: {listen: off}
                """.formatted(LONG, SERVER, ANNA));
        String anna = URLEncoder.encode(SERVER + ":" + ANNA, US_ASCII);
        home = Fenliu.start(folder, "home", """
                listeners:
                  - {type: mixed, name: to-single, listen: "127.0.0.1:0"}
                  - {type: mixed, name: to-many, listen: "127.0.0.1:0"}
                outbounds:
                  single: "ss://2022-blake3-aes-256-gcm:%s@127.0.0.1:%d#single"
                  many: "ss://2022-blake3-aes-128-gcm:%s@127.0.0.1:%d#many"
                rules: [{listener: to-single, to: single}, {to: many}]
                api: {listen: off}
                """.formatted(
                        URLEncoder.encode(LONG, US_ASCII), server.port("single"), anna, server.port("many")));
    }

    @AfterAll
    static void stop() throws Exception {
        home.close();
        server.close();
        origins.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"to-single", "to-many"})
    void streams_go_through_to_the_end_of_the_answer(String listener) throws Exception {
        Proxy proxy = new Proxy(Proxy.Type.SOCKS, new InetSocketAddress(Loopback.LOCAL, home.port(listener)));
        try (Socket socket = new Socket(proxy)) {
            socket.setSoTimeout(20_000);
            socket.connect(new InetSocketAddress(Loopback.LOCAL, origins.origin(Loopback::echo)));
            byte[] question = "as long as some chunks ".repeat(20_000).getBytes(US_ASCII);
            Loopback.thread(() -> {
                socket.getOutputStream().write(question);
                socket.shutdownOutput();
            });
            assertThat(Arrays.equals(socket.getInputStream().readAllBytes(), question))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"to-single", "to-many"})
    void datagrams_go_through_and_their_answers_come_back(String listener) throws Exception {
        try (Socket control = new Socket(Loopback.LOCAL, home.port(listener));
                DatagramSocket socket = new DatagramSocket(0, Loopback.LOCAL)) {
            control.setSoTimeout(10_000);
            control.getOutputStream().write(new byte[] {5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0});
            ByteBuffer reply = ByteBuffer.wrap(control.getInputStream().readNBytes(12));
            ByteBuffer datagram = ByteBuffer.allocate(1010);
            datagram.put(new byte[] {0, 0, 0, 1, 127, 0, 0, 1}).putShort((short) origins.datagramEcho());
            socket.connect(Loopback.LOCAL, reply.getShort(10) & 0xffff);
            socket.setSoTimeout(20_000);
            for (int i = 0; i < 3; i++) {
                datagram.put(500, (byte) i);
                socket.send(new DatagramPacket(datagram.array(), datagram.capacity()));
                DatagramPacket answer = new DatagramPacket(new byte[2000], 2000);
                socket.receive(answer);
                assertThat(Arrays.copyOf(answer.getData(), answer.getLength())).isEqualTo(datagram.array());
            }
        }
    }
}
