package dev.fenliu.inbound.socks;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.fenliu.inbound.Access;
import dev.fenliu.inbound.Bytes;
import dev.fenliu.inbound.ClientLimits;
import dev.fenliu.inbound.DirectFlows;
import dev.fenliu.inbound.Listener;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.RecordedFlows;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Sockets;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The listener with real sockets: streams to an origin that echoes, and UDP associations. */
@Timeout(30)
class SocksAcceptorTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final String ASSOCIATE = "05 01 00 05 03 00 01 00000000 0000";

    private final EventLoopGroup loops = Sockets.loops(1);
    private final DirectFlows flows = new DirectFlows();
    private Listener listener;
    private ServerSocket origin;
    private DatagramSocket datagrams;

    @BeforeEach
    void start() throws Exception {
        ListenerSettings settings = RecordedFlows.settings("socks");
        ListenerContext context = new ListenerContext(
                settings, flows, dial -> dial.loop().newFailedFuture(new Failure(Failure.Kind.INTERNAL, "unused")));
        listener = Listener.bind(
                        settings, Access.LOOPBACK, new SocksAcceptor(context), ClientLimits.ofThisProcess(), loops)
                .get();
        origin = new ServerSocket(0, 50, HERE);
        new Thread(() -> {
                    while (true) {
                        try (Socket client = origin.accept()) {
                            client.getInputStream().transferTo(client.getOutputStream());
                        } catch (IOException e) {
                            if (origin.isClosed()) {
                                return;
                            }
                        }
                    }
                })
                .start();
        datagrams = new DatagramSocket(0, HERE);
        datagrams.setSoTimeout(10_000);
    }

    @AfterEach
    void stop() throws Exception {
        origin.close();
        datagrams.close();
        listener.close().sync();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(HERE, listener.address().getPort());
        socket.setSoTimeout(10_000);
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static String read(Socket socket, int length) throws IOException {
        return Bytes.hex(socket.getInputStream().readNBytes(length));
    }

    private static String port(int port) {
        return String.format(" %04x ", port);
    }

    // Streams

    @Test
    void bytes_and_the_end_of_stream_sent_with_the_request_reach_the_origin() throws Exception {
        byte[] sent = Bytes.of("05 01 00 05 01 00 01 7f000001" + port(origin.getLocalPort()) + "'early'");
        for (int cut = 0; cut < sent.length; cut++) {
            try (Socket client = connect()) {
                client.getOutputStream().write(sent, 0, cut);
                client.getOutputStream().write(sent, cut, sent.length - cut);
                client.shutdownOutput();
                assertThat(Bytes.hex(client.getInputStream().readAllBytes()))
                        .isEqualTo("0500" + "05000001000000000000" + Bytes.hex("early".getBytes(US_ASCII)));
            }
        }
        await().until(() -> listener.clients() == 0);
    }

    @Test
    void much_more_than_one_read_behind_the_request_arrives_whole() throws Exception {
        byte[] payload = new byte[3_000_000];
        new java.util.Random(1).nextBytes(payload);
        byte[] request = Bytes.of("04 01" + port(origin.getLocalPort()) + "00000001 00 'origin.test' 00");
        byte[] all = Arrays.copyOf(request, request.length + payload.length);
        System.arraycopy(payload, 0, all, request.length, payload.length);
        try (Socket client = connect()) {
            Thread writer = new Thread(() -> {
                try {
                    client.getOutputStream().write(all);
                    client.shutdownOutput();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            writer.start();
            assertThat(read(client, 8)).isEqualTo("005a000000000000");
            assertThat(client.getInputStream().readAllBytes()).isEqualTo(payload);
            writer.join();
        }
    }

    @Test
    void a_patient_client_is_served_step_by_step() throws Exception {
        try (Socket client = connect()) {
            client.getOutputStream().write(Bytes.of("05 02 00 02"));
            assertThat(read(client, 2)).isEqualTo("0500");
            client.getOutputStream().write(Bytes.of("05 01 00 03 0b 'origin.test'" + port(origin.getLocalPort())));
            assertThat(read(client, 10)).isEqualTo("05000001000000000000");
            client.getOutputStream().write(Bytes.of("'hello'"));
            assertThat(read(client, 5)).isEqualTo(Bytes.hex("hello".getBytes(US_ASCII)));
            client.shutdownOutput();
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void an_origin_that_refuses_and_a_name_that_is_none_get_their_replies() throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, HERE)) {
            free = socket.getLocalPort();
        }
        try (Socket client = connect()) {
            client.getOutputStream().write(Bytes.of("05 01 00 05 01 00 01 7f000001" + port(free)));
            assertThat(Bytes.hex(client.getInputStream().readAllBytes())).isEqualTo("0500" + "05050001000000000000");
        }
        try (Socket client = connect()) {
            client.getOutputStream().write(Bytes.of("05 01 00 05 01 00 03 0c 'missing.test' 0050"));
            assertThat(Bytes.hex(client.getInputStream().readAllBytes())).isEqualTo("0500" + "05040001000000000000");
        }
    }

    @Test
    void a_client_that_ends_or_resets_within_the_handshake_leaves_nothing_behind() throws Exception {
        for (int i = 0; i < 20; i++) {
            Socket client = connect();
            client.getOutputStream().write(Bytes.of("05 01 00 05 01"));
            if (i % 2 == 0) {
                client.setSoLinger(true, 0);
            }
            client.close();
        }
        await().until(() -> listener.clients() == 0);
        assertThat(flows.streams).isEmpty();
    }

    // UDP associations

    /** A control connection and the relay that it was told. */
    private record Associated(Socket control, InetSocketAddress relay) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            control.close();
        }
    }

    private Associated associate(String request) throws IOException {
        Socket control = connect();
        control.getOutputStream().write(Bytes.of(request));
        assertThat(read(control, 2)).isEqualTo("0500");
        byte[] reply = control.getInputStream().readNBytes(10);
        assertThat(Bytes.hex(reply)).startsWith("050000017f000001");
        return new Associated(control, new InetSocketAddress(HERE, (reply[8] & 0xff) << 8 | reply[9] & 0xff));
    }

    private void send(DatagramSocket from, InetSocketAddress to, String text) throws IOException {
        byte[] bytes = Bytes.of(text);
        from.send(new DatagramPacket(bytes, bytes.length, to));
    }

    private static String receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        socket.receive(packet);
        return Bytes.hex(Arrays.copyOf(packet.getData(), packet.getLength()));
    }

    private String toOrigin() {
        return "01 7f000001" + port(datagrams.getLocalPort());
    }

    @Test
    void datagrams_go_to_the_origin_and_answers_come_back_with_their_source() throws Exception {
        try (Associated udp = associate(ASSOCIATE);
                DatagramSocket client = new DatagramSocket(0, HERE)) {
            client.setSoTimeout(10_000);
            send(client, udp.relay, "0000 00 " + toOrigin() + "'ping'");
            DatagramPacket arrived = new DatagramPacket(new byte[100], 100);
            datagrams.receive(arrived);
            assertThat(new String(arrived.getData(), 0, arrived.getLength(), US_ASCII))
                    .isEqualTo("ping");
            for (int i = 0; i < 3; i++) {
                arrived.setData(("pong" + i).getBytes(US_ASCII));
                datagrams.send(arrived);
                assertThat(receive(client)).isEqualTo(Bytes.hex(Bytes.of("0000 00 " + toOrigin() + "'pong" + i + "'")));
            }
        }
    }

    @Test
    void names_empty_and_large_datagrams_are_carried() throws Exception {
        try (Associated udp = associate(ASSOCIATE);
                DatagramSocket client = new DatagramSocket(0, HERE)) {
            client.setSoTimeout(10_000);
            send(client, udp.relay, "0000 00 03 0b 'origin.test'" + port(datagrams.getLocalPort()) + "'named'");
            assertThat(receive(datagrams)).isEqualTo(Bytes.hex("named".getBytes(US_ASCII)));
            send(client, udp.relay, "0000 00 " + toOrigin() + "61*60000");
            DatagramPacket arrived = new DatagramPacket(new byte[65_536], 65_536);
            datagrams.receive(arrived);
            assertThat(arrived.getLength()).isEqualTo(60000);
            datagrams.send(arrived);
            assertThat(receive(client)).isEqualTo(Bytes.hex(Bytes.of("0000 00 " + toOrigin() + "61*60000")));
            arrived.setLength(0);
            datagrams.send(arrived);
            assertThat(receive(client)).isEqualTo(Bytes.hex(Bytes.of("0000 00 " + toOrigin())));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "0000",
                "0000 00",
                "0000 00 01",
                "0000 00 01 7f0000",
                "0000 00 01 7f000001",
                "0000 00 01 7f000001 00",
                "0000 00 04 00*15 01",
                "0000 00 04 00*15 01 00",
                "0000 00 03",
                "0000 00 03 04 'a.t'",
                "0000 00 03 ff 'a.test' 0050",
                "0000 00 03 00 0050 'x'",
                "0000 00 03 01 00 0050 'x'",
                "0000 00 03 03 'a b' 0050 'x'",
                "0000 00 03 01 ff 0050 'x'",
                "0000 00 03 05 '127.1' 0050 'x'",
                "0000 00 00 7f000001 PORT 'x'",
                "0000 00 02 7f000001 PORT 'x'",
                "0000 00 05 7f000001 PORT 'x'",
                "0000 00 ff 7f000001 PORT 'x'",
                "0000 00 01 7f000001 0000 'x'",
                "0000 01 01 7f000001 PORT 'fragment'",
                "0000 7f 01 7f000001 PORT 'fragment'",
                "0000 81 01 7f000001 PORT 'last fragment'",
                "0100 00 01 7f000001 PORT 'reserved'",
                "0001 00 01 7f000001 PORT 'reserved'",
                "ffff 00 01 7f000001 PORT 'reserved'",
                "05 01 00 01 7f000001 PORT",
                "ff*2000"
            })
    void a_malformed_datagram_or_fragment_is_dropped_and_the_next_one_served(String malformed) throws Exception {
        try (Associated udp = associate(ASSOCIATE);
                DatagramSocket client = new DatagramSocket(0, HERE);
                DatagramSocket second = new DatagramSocket(0, HERE)) {
            String text = malformed.replace("PORT", port(datagrams.getLocalPort()));
            send(client, udp.relay, text); // does not tie the association to this port either
            send(second, udp.relay, "0000 00 " + toOrigin() + "'good'");
            assertThat(receive(datagrams)).isEqualTo(Bytes.hex("good".getBytes(US_ASCII)));
            send(second, udp.relay, text);
            send(second, udp.relay, "0000 00 " + toOrigin() + "'better'");
            assertThat(receive(datagrams)).isEqualTo(Bytes.hex("better".getBytes(US_ASCII)));
        }
    }

    @Test
    void only_the_first_port_of_the_client_is_served() throws Exception {
        try (Associated udp = associate(ASSOCIATE);
                DatagramSocket client = new DatagramSocket(0, HERE);
                DatagramSocket thief = new DatagramSocket(0, HERE)) {
            send(client, udp.relay, "0000 00 " + toOrigin() + "'one'");
            send(thief, udp.relay, "0000 00 " + toOrigin() + "'stolen'");
            send(client, udp.relay, "0000 00 " + toOrigin() + "'two'");
            assertThat(receive(datagrams)).isEqualTo(Bytes.hex("one".getBytes(US_ASCII)));
            assertThat(receive(datagrams)).isEqualTo(Bytes.hex("two".getBytes(US_ASCII)));
            assertThat(flows.associations.element().source().getPort()).isEqualTo(client.getLocalPort());
        }
    }

    @Test
    void another_address_is_not_served_even_on_this_machine() throws Exception {
        InetAddress other = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
        try (Associated udp = associate(ASSOCIATE);
                DatagramSocket client = new DatagramSocket(0, HERE);
                DatagramSocket thief = new DatagramSocket(0, other)) {
            send(thief, udp.relay, "0000 00 " + toOrigin() + "'stolen'");
            send(client, udp.relay, "0000 00 " + toOrigin() + "'mine'");
            assertThat(receive(datagrams)).isEqualTo(Bytes.hex("mine".getBytes(US_ASCII)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"01 7f000001 PORT", "01 00000000 PORT", "04 00*16 PORT", "04 00*10 ffff 7f000001 PORT"})
    void a_port_that_the_client_announced_is_the_only_one_served(String announced) throws Exception {
        try (DatagramSocket client = new DatagramSocket(0, HERE);
                DatagramSocket thief = new DatagramSocket(0, HERE);
                Associated udp =
                        associate("05 01 00 05 03 00 " + announced.replace("PORT", port(client.getLocalPort())))) {
            send(thief, udp.relay, "0000 00 " + toOrigin() + "'stolen'");
            send(client, udp.relay, "0000 00 " + toOrigin() + "'mine'");
            assertThat(receive(datagrams)).isEqualTo(Bytes.hex("mine".getBytes(US_ASCII)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "01 c0a80102 1234",
                "03 01 '0' 1234",
                "03 00 1234",
                "03 02 61 00 1234",
                "03 06 'client' 1234",
                "04 20010db8 00*11 01 1234",
                "01 7f000001 0000"
            })
    void a_client_that_announces_an_address_it_does_not_come_from_is_served_where_it_is(String announced)
            throws Exception {
        try (DatagramSocket client = new DatagramSocket(0, HERE);
                Associated udp = associate("05 01 00 05 03 00 " + announced)) {
            send(client, udp.relay, "0000 00 " + toOrigin() + "'mine'");
            assertThat(receive(datagrams)).isEqualTo(Bytes.hex("mine".getBytes(US_ASCII)));
        }
    }

    @Test
    void two_associations_do_not_mix() throws Exception {
        try (Associated one = associate(ASSOCIATE);
                Associated two = associate(ASSOCIATE);
                DatagramSocket client = new DatagramSocket(0, HERE);
                DatagramSocket other = new DatagramSocket(0, HERE)) {
            assertThat(one.relay).isNotEqualTo(two.relay);
            client.setSoTimeout(10_000);
            other.setSoTimeout(10_000);
            send(client, one.relay, "0000 00 " + toOrigin() + "'one'");
            send(other, two.relay, "0000 00 " + toOrigin() + "'two'");
            for (int i = 0; i < 2; i++) {
                DatagramPacket packet = new DatagramPacket(new byte[100], 100);
                datagrams.receive(packet);
                datagrams.send(packet);
            }
            assertThat(receive(client)).endsWith(Bytes.hex("one".getBytes(US_ASCII)));
            assertThat(receive(other)).endsWith(Bytes.hex("two".getBytes(US_ASCII)));
        }
    }

    @Test
    void the_association_ends_with_its_control_connection_and_outlives_what_is_sent_there() throws Exception {
        Associated udp = associate(ASSOCIATE);
        udp.control.getOutputStream().write(new byte[100_000]);
        try (DatagramSocket client = new DatagramSocket(0, HERE)) {
            send(client, udp.relay, "0000 00 " + toOrigin() + "'alive'");
            assertThat(receive(datagrams)).isEqualTo(Bytes.hex("alive".getBytes(US_ASCII)));
        }
        assertThat(flows.closedAssociations).hasValue(0);
        udp.control.shutdownOutput();
        assertThat(udp.control.getInputStream().read()).isEqualTo(-1);
        await().until(() -> flows.closedAssociations.get() == 1 && listener.clients() == 0);
        new DatagramSocket(udp.relay).close(); // the port is free
        udp.control.close();
    }

    @Test
    void the_association_ends_when_its_control_connection_is_reset() throws Exception {
        Associated udp = associate(ASSOCIATE);
        udp.control.setSoLinger(true, 0);
        udp.control.close();
        await().until(() -> flows.closedAssociations.get() == 1 && listener.clients() == 0);
    }

    @Test
    void a_refused_association_closes_the_control_connection_so_that_the_client_notices() throws Exception {
        try (Associated udp = associate(ASSOCIATE);
                DatagramSocket client = new DatagramSocket(0, HERE)) {
            send(client, udp.relay, "0000 00 03 0c 'missing.test' 0050 'x'");
            assertThat(udp.control.getInputStream().read()).isEqualTo(-1);
        }
        await().until(() -> flows.closedAssociations.get() == 1);
    }

    @Test
    void nothing_is_sent_to_a_client_that_has_not_sent_yet() throws Exception {
        try (Associated udp = associate(ASSOCIATE);
                DatagramSocket client = new DatagramSocket(0, HERE)) {
            var association = flows.associations.element();
            assertThat(association.source().getPort()).isEqualTo(udp.control.getLocalPort());
            association
                    .loop()
                    .submit(() -> association.send(
                            dev.fenliu.model.Destination.parse("192.0.2.1:53"),
                            io.netty.buffer.Unpooled.copiedBuffer("early", US_ASCII)))
                    .sync();
            client.setSoTimeout(100);
            assertThatThrownBy(() -> receive(client)).isInstanceOf(SocketTimeoutException.class);
        }
    }
}
