package dev.fenliu.e2e;

import static dev.fenliu.sniff.QuicClient.crypto;
import static dev.fenliu.sniff.QuicClient.hello;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.sniff.QuicClient;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A SOCKS 5 client that resolved a name itself and speaks QUIC to the address: the name in its hello decides. The origin
 * tells the road by the address that a datagram comes from.
 */
@Tag("program")
@Timeout(60)
class QuicNamesTest {
    private static final String TUNNEL = "127.0.0.2";
    private static final String PLAIN = "127.0.0.1";
    private static final byte[] LATER = "no hello".getBytes(US_ASCII);

    @TempDir
    static Path folder;

    private static Fenliu server;
    private static Fenliu home;
    private static DatagramSocket origin;

    @BeforeAll
    static void start() throws Exception {
        origin = openOrigin();
        server = Fenliu.start(folder, "server", """
                listeners: [{type: shadowsocks, name: far, listen: "127.0.0.1:0", method: aes-128-gcm, password: s3cret,
                             allow-private: true}]
                outbounds: {out: {type: direct, source-address: 127.0.0.2}}
                rules: [{to: out}]
                """);
        home = Fenliu.start(folder, "home", """
                listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
                outbounds: {vps: {type: shadowsocks, server: "127.0.0.1:%d", method: aes-128-gcm, password: s3cret}}
                rules:
                  - {domain-suffix: openai.test, to: vps}
                  - {domain: www.plain.test, to: direct}
                  - {protocol: quic, to: block}
                  - {to: direct}
                """.formatted(server.port("far")));
    }

    private static DatagramSocket openOrigin() throws IOException {
        DatagramSocket socket = new DatagramSocket(0, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        socket.setSoTimeout(15_000);
        return socket;
    }

    @AfterAll
    static void stop() throws Exception {
        home.close();
        server.close();
        origin.close();
    }

    private static byte[] whole(int version, String name) {
        byte[] hello = hello(name, 300);
        return new QuicClient(version, "0102030405060708").datagram(0, crypto(hello, 0, hello.length));
    }

    /** A client's association: it sends to the origin's address. */
    private static final class Client implements AutoCloseable {
        private final Socket control = new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), home.port("in"));
        private final DatagramSocket socket = new DatagramSocket(0, control.getLocalAddress());

        Client() throws IOException {
            control.setSoTimeout(15_000);
            control.getOutputStream().write(new byte[] {5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0});
            ByteBuffer reply = ByteBuffer.wrap(control.getInputStream().readNBytes(12));
            socket.connect(control.getInetAddress(), reply.getShort(10) & 0xffff);
        }

        void sends(byte[] datagram) throws IOException {
            ByteBuffer wrapped = ByteBuffer.allocate(10 + datagram.length);
            wrapped.put(new byte[] {0, 0, 0, 1, 127, 0, 0, 1}).putShort((short) origin.getLocalPort());
            socket.send(new DatagramPacket(wrapped.put(datagram).array(), wrapped.capacity()));
        }

        @Override
        public void close() throws IOException {
            socket.close();
            control.close();
        }
    }

    /** Waits for a datagram at the origin; where it comes from. */
    private static String arrives(byte[] datagram) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
        origin.receive(packet);
        assertThat(Arrays.copyOf(packet.getData(), packet.getLength())).isEqualTo(datagram);
        return packet.getAddress().getHostAddress();
    }

    @ParameterizedTest
    @ValueSource(ints = {QuicClient.V1, QuicClient.V2})
    void the_name_in_a_hello_decides_between_the_tunnel_and_the_plain_road(int version) throws Exception {
        for (String name : List.of("chat.openai.test", "www.plain.test")) {
            byte[] datagram = whole(version, name);
            try (Client client = new Client()) {
                client.sends(datagram);
                assertThat(arrives(datagram)).isEqualTo(name.startsWith("chat") ? TUNNEL : PLAIN);
            }
        }
    }

    @Test
    void a_hello_in_two_datagrams_goes_through_the_tunnel_whole_and_in_order() throws Exception {
        List<byte[]> datagrams =
                new QuicClient(QuicClient.V1, "0102030405060708").inTwo(hello("chat.openai.test", 1500));
        try (Client client = new Client()) {
            for (byte[] datagram : datagrams) {
                client.sends(datagram);
            }
            assertThat(arrives(datagrams.get(0))).isEqualTo(TUNNEL);
            assertThat(arrives(datagrams.get(1))).isEqualTo(TUNNEL);
            client.sends(LATER);
            assertThat(arrives(LATER)).isEqualTo(TUNNEL);
        }
        try (Client client = new Client()) { // the same from another port
            client.sends(LATER);
            assertThat(arrives(LATER)).isEqualTo(TUNNEL);
        }
    }

    @Test
    void quic_of_other_names_is_blocked_by_its_protocol_and_other_datagrams_are_not() throws Exception {
        try (Client client = new Client()) {
            client.sends(whole(QuicClient.V1, "other.test"));
            assertThat(client.control.getInputStream().read()).as("refused").isNegative();
        }
        origin.close();
        origin = openOrigin(); // nobody has spoken QUIC to its port
        try (Client client = new Client()) {
            client.sends(LATER);
            assertThat(arrives(LATER)).isEqualTo(PLAIN);
        }
    }
}
