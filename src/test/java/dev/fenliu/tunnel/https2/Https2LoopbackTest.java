package dev.fenliu.tunnel.https2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Relay;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import dev.fenliu.tunnel.RelayingHandler;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams of our client through our server. */
@Timeout(60)
class Https2LoopbackTest {
    private final Loopback here = new Loopback();
    private final Https2Ends ends = new Https2Ends(here);

    @AfterEach
    void close() throws Exception {
        here.close();
    }

    @Test
    void bytes_cross_both_ways_and_both_ends_are_seen() throws Exception {
        RelayingHandler near = new RelayingHandler(ends.client(ends.server(Optional.empty())));
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
    void a_server_that_answers_is_told_from_an_origin_that_does_not() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        Outbound client = ends.client(ends.server(Optional.empty()));
        EventLoop loop = here.loops().next();
        Dial dial = Dial.own(Loopback.local(here.origin(Loopback::echo)), loop).reaching(reached::countDown);
        Channel opened = loop.submit(() -> client.connect(dial)).get().get();
        assertThat(reached.await(10, TimeUnit.SECONDS)).isTrue();
        opened.close();
    }

    @Test
    void names_travel_as_names() throws Exception {
        Destination name = Destination.parse("origin.example:" + here.origin(Loopback::greet));
        assertThat(greeting(ends.client(ends.server(Optional.empty())), name)).isEqualTo("220 ready");
        assertThat(here.served.flows.remove().destination()).isEqualTo(name);
    }

    @Test
    void half_close_of_the_client_still_lets_the_answer_through() throws Exception {
        Destination origin = Loopback.local(here.origin(Loopback::answerAtEnd));
        int port = here.forward(ends.client(ends.server(Optional.empty())), origin);
        for (int bytes : new int[] {0, 100_000}) {
            try (Socket socket = new Socket(Loopback.LOCAL, port)) {
                socket.getOutputStream().write(new byte[bytes]);
                socket.shutdownOutput();
                assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to " + bytes);
            }
        }
    }

    @Test
    void a_user_is_known_by_name_and_password() throws Exception {
        int server = ends.server(Map.of("anna", new Secret("annas"), "ben", new Secret("bens")), Optional.empty());
        Destination origin = Loopback.local(here.origin(Loopback::greet));
        assertThat(greeting(ends.client(server, "anna", "annas"), origin)).isEqualTo("220 ready");
        assertThat(greeting(ends.client(server, "ben", "bens"), origin)).isEqualTo("220 ready");
        assertThat(greeting(ends.client(server, "ben", Https2Ends.PASSWORD), origin))
                .isEqualTo("220 ready");
        assertThat(here.served.flows)
                .extracting(Flow::user)
                .containsExactly(Optional.of("anna"), Optional.of("ben"), Optional.empty());
        RelayingHandler wrong = new RelayingHandler(ends.client(server, "anna", "bens"));
        assertThat(new Socket(Loopback.LOCAL, here.forward(wrong, origin))
                        .getInputStream()
                        .read())
                .isNegative();
        assertThat(wrong.failures.remove().kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
        assertThat(here.served.flows).hasSize(3);
    }

    @Test
    void a_failure_at_the_far_end_is_the_same_at_the_near_one() throws Exception {
        RelayingHandler near = new RelayingHandler(ends.client(ends.server(Optional.empty())));
        Destination closed = Loopback.local(freePort());
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(near, closed))) {
            assertThat(socket.getInputStream().read()).isNegative();
        }
        Failure failure = near.failures.remove();
        assertThat(failure.kind()).isEqualTo(Failure.Kind.REFUSED);
        assertThat(failure.text())
                .isEqualTo(
                        "outbound \"vps\": " + closed + ": the upstream answered with status 502 (connection refused)");
    }

    @Test
    void a_server_that_is_not_there_is_a_tunnel_that_is_down() throws Exception {
        Failure failure = failure(ends.client(freePort()));
        assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
        assertThat(failure.text()).startsWith("outbound \"vps\": ").contains("refused");
    }

    @Test
    void a_certificate_that_does_not_verify_says_so() throws Exception {
        Failure failure = failure(ends.client(ends.server(Optional.empty()), Optional.empty(), TlsOptions.DEFAULT));
        assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_CERTIFICATE);
        assertThat(failure.text()).startsWith("outbound \"vps\": certificate of 127.0.0.1:");
    }

    private Failure failure(Outbound client) throws Exception {
        RelayingHandler near = new RelayingHandler(client);
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(near, Destination.parse("a.test:1")))) {
            assertThat(socket.getInputStream().read()).isNegative();
        }
        return near.failures.remove();
    }

    private String greeting(Outbound client, Destination origin) throws Exception {
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client, origin))) {
            return new String(socket.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, Loopback.LOCAL)) {
            return socket.getLocalPort();
        }
    }
}
