package dev.fenliu.tunnel.trojan;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.Relay;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import dev.fenliu.tunnel.RelayingHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Our client against our server, and strangers against our server. */
@Timeout(30)
class TrojanLoopbackTest {
    private final Loopback here = new Loopback();
    private final TrojanEnds ends = new TrojanEnds(here);
    private final BlockingQueue<String> datagrams = new LinkedBlockingQueue<>();

    @AfterEach
    void close() throws Exception {
        here.close();
    }

    @Test
    void bytes_cross_both_ways_and_both_ends_are_seen() throws Exception {
        int server = ends.server(Optional.empty());
        RelayingHandler near = new RelayingHandler(ends.client(server));
        Destination origin = Loopback.local(here.origin(Loopback::echo));
        byte[] block = new byte[3 << 20];
        new Random(1).nextBytes(block);
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(near, origin))) {
            Loopback.thread(() -> {
                socket.getOutputStream().write(block);
                socket.shutdownOutput();
            });
            assertThat(Arrays.equals(socket.getInputStream().readAllBytes(), block))
                    .isTrue();
        }
        Relay.Totals all = new Relay.Totals(block.length, block.length, Relay.End.DONE);
        await().untilAsserted(() -> assertThat(near.totals).containsExactly(all));
        await().untilAsserted(() -> assertThat(here.served.totals).containsExactly(all));
        Flow flow = here.served.flows.remove();
        assertThat(flow.destination()).isEqualTo(origin);
        assertThat(flow.transport()).isEqualTo(Transport.TCP);
        assertThat(flow.listener()).isEqualTo("in");
        assertThat(flow.user()).isEmpty();
        assertThat(flow.source().getAddress()).isEqualTo(Loopback.LOCAL);
    }

    @Test
    void names_travel_as_names() throws Exception {
        int server = ends.server(Optional.empty());
        int origin = here.origin(Loopback::greet);
        Destination name = Destination.parse("origin.example:" + origin);
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(ends.client(server), name))) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
        assertThat(here.served.flows.remove().destination()).isEqualTo(name);
    }

    @Test
    void half_close_of_the_client_still_lets_the_answer_through() throws Exception {
        int server = ends.server(Optional.empty());
        Destination origin = Loopback.local(here.origin(Loopback::answerAtEnd));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(ends.client(server), origin))) {
            socket.getOutputStream().write(new byte[100_000]);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to 100000");
        }
    }

    @Test
    void an_end_without_a_byte_crosses_too() throws Exception {
        int server = ends.server(Optional.empty());
        Destination origin = Loopback.local(here.origin(Loopback::answerAtEnd));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(ends.client(server), origin))) {
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to 0");
        }
    }

    @Test
    void a_user_is_known_by_the_password() throws Exception {
        int server = ends.server(Map.of("anna", new Secret("annas"), "ben", new Secret("bens")), Optional.empty());
        Destination origin = Loopback.local(here.origin(Loopback::greet));
        for (String password : new String[] {"annas", "bens", TrojanEnds.PASSWORD}) {
            Outbound client = ends.client(server, password, TestCertificates.client());
            try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client, origin))) {
                assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
            }
        }
        assertThat(here.served.flows)
                .extracting(Flow::user)
                .containsExactly(Optional.of("anna"), Optional.of("ben"), Optional.empty());
    }

    @Test
    void a_refused_flow_ends() throws Exception {
        int server = ends.server(Optional.empty());
        int closed = freePort();
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(ends.client(server), Loopback.local(closed)))) {
            assertThat(socket.getInputStream().read()).isNegative();
        }
        assertThat(here.served.failures.remove().kind()).isEqualTo(Failure.Kind.REFUSED);
    }

    @Test
    void a_server_that_is_not_there_is_a_tunnel_that_is_down() throws Exception {
        RelayingHandler near = new RelayingHandler(ends.client(freePort()));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(near, Destination.parse("a.test:1")))) {
            assertThat(socket.getInputStream().read()).isNegative();
        }
        Failure failure = near.failures.remove();
        assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
        assertThat(failure.text()).startsWith("outbound \"vps\": ").contains("refused");
    }

    @Test
    void a_silent_server_is_given_up_in_time() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, Loopback.LOCAL)) {
            RelayingHandler near = new RelayingHandler(ends.client(silent.getLocalPort()));
            try (Socket socket = new Socket(Loopback.LOCAL, here.forward(near, Destination.parse("a.test:1")))) {
                assertThat(socket.getInputStream().read()).isNegative();
            }
            Failure failure = near.failures.remove();
            assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
            assertThat(failure.text()).startsWith("outbound \"vps\": ").contains("in time");
            try (Socket accepted = silent.accept()) {
                accepted.getInputStream().readAllBytes(); // the client has let go
            }
        }
    }

    @Test
    void a_certificate_that_does_not_verify_says_so() throws Exception {
        int server = ends.server(Optional.empty());
        Outbound client = ends.client(server, TrojanEnds.PASSWORD, TlsOptions.DEFAULT);
        RelayingHandler near = new RelayingHandler(client);
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(near, Destination.parse("a.test:1")))) {
            assertThat(socket.getInputStream().read()).isNegative();
        }
        Failure failure = near.failures.remove();
        assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_CERTIFICATE);
        assertThat(failure.text()).startsWith("outbound \"vps\": certificate of 127.0.0.1:");
    }

    @Test
    void datagrams_cross_both_ways_with_their_addresses() throws Exception {
        Outbound client = ends.client(ends.server(Optional.empty()));
        Destination one = Loopback.local(here.datagramEcho());
        Destination other = Loopback.local(here.datagramEcho());
        EventLoop loop = here.loops().next();
        PacketTunnel tunnel = open(client, loop);
        for (Destination to : new Destination[] {one, other, one}) {
            send(loop, tunnel, to, "x".repeat(1300));
            assertThat(datagrams.poll(10, TimeUnit.SECONDS)).isEqualTo(to + " " + "x".repeat(1300));
        }
        send(loop, tunnel, one, "y".repeat(60_000));
        assertThat(datagrams.poll(10, TimeUnit.SECONDS)).isEqualTo(one + " " + "y".repeat(60_000));

        assertThat(here.served.associations).hasSize(1);
        assertThat(here.served.associations.peek().listener()).isEqualTo("in");
        loop.submit(tunnel::close).get();
        loop.submit(tunnel::close).get();
        await().untilAsserted(() -> assertThat(here.served.closedAssociations).hasPositiveValue());
        send(loop, tunnel, one, "too late");
        assertThat(datagrams).isEmpty();
    }

    @Test
    void the_sink_is_told_when_the_server_ends_the_association() throws Exception {
        Outbound client = ends.client(ends.server(Optional.empty()));
        EventLoop loop = here.loops().next();
        PacketTunnel tunnel = open(client, loop);
        send(loop, tunnel, Loopback.local(here.datagramEcho()), "x");
        assertThat(datagrams.poll(10, TimeUnit.SECONDS)).endsWith(" x");
        var association = here.served.associations.remove();
        association.loop().execute(() -> association.refuse(new Failure(Failure.Kind.BLOCKED, "no")));
        assertThat(datagrams.poll(10, TimeUnit.SECONDS))
                .isEqualTo("TUNNEL_DOWN outbound \"vps\": the other end closed the UDP association");
    }

    @Test
    void garbage_in_an_association_ends_it() throws Exception {
        int server = ends.server(Optional.empty());
        try (SSLSocket socket = stranger(server)) {
            socket.getOutputStream().write(request("\3\1\0\0\0\0\0\0\r\n" + "\1\300\0\2\1\0\65\0\1xx"));
            assertThat(socket.getInputStream().read()).isNegative();
        }
        await().untilAsserted(() -> assertThat(here.served.closedAssociations).hasPositiveValue());
    }

    @Test
    void a_request_in_pieces_is_a_request() throws Exception {
        int server = ends.server(Optional.of(Loopback.local(here.origin(Loopback::site))));
        int origin = here.origin(Loopback::echo);
        byte[] whole = request("\1\1\177\0\0\1" + (char) (origin >> 8) + (char) (origin & 0xff) + "\r\n" + "hello");
        try (SSLSocket socket = stranger(server)) {
            for (byte b : whole) {
                socket.getOutputStream().write(b);
            }
            assertThat(socket.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
        }
    }

    @Test
    void strangers_get_the_site_with_all_that_they_sent() throws Exception {
        int server = ends.server(Optional.of(Loopback.local(here.origin(Loopback::site))));
        String wrongKey = "0123456789abcdef".repeat(4).substring(0, 56);
        for (String first : new String[] {
            "GET / HTTP/1.1\r\nHost: vps.test\r\n\r\n",
            "abc",
            wrongKey + "\r\n",
            wrongKey + "\r\n\1\1\177\0\0\1\0\120\r\n",
            new String(request("\1\3\0\0\120\r\n"), ISO_8859_1),
            new String(request("\2"), ISO_8859_1),
            "\0"
        }) {
            try (SSLSocket socket = stranger(server)) {
                socket.getOutputStream().write(first.getBytes(ISO_8859_1));
                if (first.equals("abc")) {
                    socket.shutdownOutput(); // it might become a key; now it cannot
                }
                assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
                        .startsWith("HTTP/1.1 200 OK\r\n")
                        .endsWith("a harmless page for [" + first + "]");
            }
        }
        try (SSLSocket socket = stranger(server)) {
            socket.shutdownOutput();
            assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
                    .endsWith("[nothing]");
        }
        assertThat(here.served.flows).isEmpty();
    }

    @Test
    void strangers_agree_on_http_1_1_with_the_site() throws Exception {
        int server = ends.server(Optional.of(Loopback.local(here.origin(Loopback::site))));
        try (SSLSocket socket = stranger(server)) {
            assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
        }
    }

    @Test
    void a_site_that_is_down_ends_the_connection() throws Exception {
        int server = ends.server(Optional.of(Loopback.local(freePort())));
        try (SSLSocket socket = stranger(server)) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
            assertThat(socket.getInputStream().read()).isNegative();
        }
    }

    @Test
    void without_a_site_strangers_meet_silence_whatever_they_send() throws Exception {
        int server = ends.server(Optional.empty());
        for (String first : new String[] {"", "a", "GET / HTTP/1.1\r\n\r\n", "x".repeat(100_000)}) {
            try (SSLSocket socket = stranger(server)) {
                socket.getOutputStream().write(first.getBytes(US_ASCII));
                socket.setSoTimeout(300);
                assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            }
        }
        assertThat(here.served.flows).isEmpty();
    }

    @Test
    void a_truncated_upload_reaches_the_origin_as_a_reset() throws Exception {
        int server = ends.server(Optional.empty());
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        int origin = here.origin((in, out, socket) -> {
            seen.add(new String(in.readNBytes(4), US_ASCII));
            try {
                seen.add("end " + in.read());
            } catch (IOException e) {
                seen.add("reset");
            }
        });
        try (Socket raw = new Socket(Loopback.LOCAL, server);
                SSLSocket socket = (SSLSocket)
                        TestCertificates.server().getSocketFactory().createSocket(raw, "vps.test", server, false)) {
            socket.getOutputStream()
                    .write(request("\1\1\177\0\0\1" + (char) (origin >> 8) + (char) (origin & 0xff) + "\r\n" + "half"));
            assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("half");
            raw.shutdownOutput();
            assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("reset");
        }
    }

    private PacketTunnel open(Outbound client, EventLoop loop) throws Exception {
        PacketSink sink = new PacketSink() {
            @Override
            public void receive(Destination from, ByteBuf payload) {
                datagrams.add(from + " " + payload.toString(US_ASCII));
                payload.release();
            }

            @Override
            public void closed(Failure why) {
                datagrams.add(why.kind() + " " + why.text());
            }
        };
        return loop.submit(() -> client.openPackets(Dial.own(Destination.parse("first.example:53"), loop), sink))
                .get()
                .get();
    }

    private static void send(EventLoop loop, PacketTunnel tunnel, Destination to, String text) {
        loop.execute(() -> tunnel.send(to, Unpooled.copiedBuffer(text, US_ASCII)));
    }

    /** A request with the right key and the rest as given, a character a byte. */
    private static byte[] request(String rest) {
        return (new String(TrojanKey.of(new Secret(TrojanEnds.PASSWORD)), US_ASCII) + "\r\n" + rest)
                .getBytes(ISO_8859_1);
    }

    private static SSLSocket stranger(int port) throws Exception {
        SSLSocket socket =
                (SSLSocket) TestCertificates.server().getSocketFactory().createSocket(Loopback.LOCAL, port);
        var parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, Loopback.LOCAL)) {
            return socket.getLocalPort();
        }
    }
}
