package dev.fenliu.tunnel.trojan;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Relay;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.transport.TransportOptions;
import dev.fenliu.tunnel.Loopback;
import dev.fenliu.tunnel.RelayingHandler;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Our client against our server in every transport, and strangers against that server. */
@Timeout(30)
class TransportLoopbackTest {
    private final Loopback here = new Loopback();
    private final TrojanEnds ends = new TrojanEnds(here);

    static List<TransportOptions> transports() {
        return List.of(
                new TransportOptions(TransportOptions.Kind.WS, "/t", List.of(), 0),
                new TransportOptions(TransportOptions.Kind.WS, "/t", List.of("cdn.example"), 2048),
                new TransportOptions(TransportOptions.Kind.HTTPUPGRADE, "/t", List.of(), 0),
                new TransportOptions(TransportOptions.Kind.H2, "/t", List.of(), 0),
                new TransportOptions(TransportOptions.Kind.GRPC, "/t/Tun|TunMulti", List.of(), 0));
    }

    @AfterEach
    void close() throws Exception {
        here.close();
    }

    @ParameterizedTest
    @MethodSource("transports")
    void bytes_cross_both_ways_and_both_ends_are_seen(TransportOptions transport) throws Exception {
        RelayingHandler near = new RelayingHandler(ends.client(server(transport), transport));
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
        assertThat(here.served.flows.remove().source().getAddress()).isEqualTo(Loopback.LOCAL);
    }

    @ParameterizedTest
    @MethodSource("transports")
    void an_origin_that_speaks_first_is_heard(TransportOptions transport) throws Exception {
        Destination origin = Loopback.local(here.origin(Loopback::greet));
        RelayingHandler near = new RelayingHandler(ends.client(server(transport), transport));
        int port = here.forward(near, origin);
        try (Socket socket = new Socket(Loopback.LOCAL, port)) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
    }

    @ParameterizedTest
    @MethodSource("transports")
    void half_close_of_the_client_still_lets_the_answer_through(TransportOptions transport) throws Exception {
        Destination origin = Loopback.local(here.origin(Loopback::answerAtEnd));
        int port = here.forward(ends.client(server(transport), transport), origin);
        for (int length : new int[] {100_000, 0}) {
            try (Socket socket = new Socket(Loopback.LOCAL, port)) {
                socket.getOutputStream().write(new byte[length]);
                socket.shutdownOutput();
                assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to " + length);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("transports")
    void a_reset_at_one_end_is_one_at_the_other(TransportOptions transport) throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        Destination origin = Loopback.local(here.origin((in, out, socket) -> {
            seen.add(new String(in.readNBytes(4), US_ASCII));
            out.write('y');
            try {
                seen.add("end " + in.read());
            } catch (IOException e) {
                seen.add("reset");
            }
        }));
        int port = here.forward(ends.client(server(transport), transport), origin);
        try (Socket socket = new Socket(Loopback.LOCAL, port)) {
            socket.getOutputStream().write("half".getBytes(US_ASCII));
            assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("half");
            assertThat(socket.getInputStream().read()).isEqualTo('y');
            socket.setSoLinger(true, 0);
        }
        assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("reset");
    }

    @ParameterizedTest
    @MethodSource("transports")
    void strangers_get_the_site_with_all_that_they_sent(TransportOptions transport) throws Exception {
        int server =
                ends.server(Map.of(), Optional.of(Loopback.local(here.origin(Loopback::site))), Optional.of(transport));
        for (String first : new String[] {
            "GET / HTTP/1.1\r\nHost: vps.test\r\n\r\n",
            "GET /t HTTP/1.1\r\nHost: vps.test\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\0",
            "GET /t HT"
        }) {
            try (SSLSocket socket =
                    (SSLSocket) TestCertificates.server().getSocketFactory().createSocket(Loopback.LOCAL, server)) {
                socket.getOutputStream().write(first.getBytes(US_ASCII));
                if (first.endsWith("HT")) {
                    socket.shutdownOutput();
                }
                assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII))
                        .startsWith("HTTP/1.1 200 OK\r\n")
                        .endsWith("a harmless page for [" + first + "]");
            }
        }
        assertThat(here.served.flows).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("transports")
    void a_wrong_path_is_a_failure_that_says_so(TransportOptions transport) throws Exception {
        TransportOptions other = new TransportOptions(transport.kind(), "/other", List.of(), 0);
        RelayingHandler near = new RelayingHandler(ends.client(server(transport), other));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(near, Destination.parse("a.test:1")))) {
            assertThat(socket.getInputStream().read()).isNegative();
        } catch (SocketException e) {
            assertThat(e).hasMessageContaining("reset");
        }
        if (transport.alpn().contains("h2")) {
            return; // the answer comes when the stream has begun
        }
        Failure failure = near.failures.remove();
        assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
        assertThat(failure.text()).startsWith("outbound \"vps\": ").contains("404");
    }

    private int server(TransportOptions transport) throws Exception {
        return ends.server(Map.of(), Optional.empty(), Optional.of(transport));
    }
}
