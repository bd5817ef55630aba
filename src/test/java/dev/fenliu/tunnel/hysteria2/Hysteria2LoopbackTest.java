package dev.fenliu.tunnel.hysteria2;

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
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Our client against our server, and strangers against our server. */
@Timeout(30)
class Hysteria2LoopbackTest {
    private final Loopback here = new Loopback();
    private final Hysteria2Ends ends = new Hysteria2Ends(here);
    private final BlockingQueue<String> datagrams = new LinkedBlockingQueue<>();

    @AfterEach
    void close() throws Exception {
        ends.close();
    }

    @Test
    void bytes_cross_both_ways_and_both_ends_are_seen() throws Exception {
        int server = ends.server();
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
    void both_ends_speak_through_salamander() throws Exception {
        Optional<Secret> obfs = Optional.of(new Secret("salam4nder"));
        int server = Hysteria2Ends.port(ends.server(0, Map.of(), obfs, Optional.empty()));
        Outbound client = ends.client(server, Hysteria2Ends.PASSWORD, obfs);
        Destination origin = Loopback.local(here.origin(Loopback::answerAtEnd));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client, origin))) {
            socket.getOutputStream().write(new byte[1 << 20]);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to 1048576");
        }
    }

    @Test
    void names_travel_as_names() throws Exception {
        int server = ends.server();
        int origin = here.origin(Loopback::greet);
        Destination name = Destination.parse("origin.example:" + origin);
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(ends.client(server), name))) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
        assertThat(here.served.flows.remove().destination()).isEqualTo(name);
    }

    @Test
    void half_close_of_the_client_still_lets_the_answer_through() throws Exception {
        int server = ends.server();
        Destination origin = Loopback.local(here.origin(Loopback::answerAtEnd));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(ends.client(server), origin))) {
            socket.getOutputStream().write(new byte[100_000]);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to 100000");
        }
    }

    @Test
    void an_end_without_a_byte_crosses_too() throws Exception {
        int server = ends.server();
        Destination origin = Loopback.local(here.origin(Loopback::answerAtEnd));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(ends.client(server), origin))) {
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to 0");
        }
    }

    @Test
    void a_user_is_known_by_name_and_password() throws Exception {
        Map<String, Secret> users = Map.of("anna", new Secret("annas"), "ben", new Secret("bens"));
        int server = Hysteria2Ends.port(ends.server(0, users, Optional.empty(), Optional.empty()));
        Destination origin = Loopback.local(here.origin(Loopback::greet));
        for (String password : new String[] {"anna:annas", "ben:bens", Hysteria2Ends.PASSWORD}) {
            Outbound client = ends.client(server, password, Optional.empty());
            try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client, origin))) {
                assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
            }
        }
        assertThat(here.served.flows)
                .extracting(Flow::user)
                .containsExactly(Optional.of("anna"), Optional.of("ben"), Optional.empty());
    }

    @Test
    void a_wrong_password_says_so() throws Exception {
        Failure failure = failure(ends.client(ends.server(), "wrong", Optional.empty()));
        assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
        assertThat(failure.text())
                .startsWith("outbound \"vps\": 127.0.0.1:")
                .contains("password")
                .doesNotContain("wrong");
    }

    @Test
    void a_wrong_key_of_salamander_is_silence() throws Exception {
        Optional<Secret> obfs = Optional.of(new Secret("salam4nder"));
        int server = Hysteria2Ends.port(ends.server(0, Map.of(), obfs, Optional.empty()));
        for (Optional<Secret> other : List.of(Optional.of(new Secret("another")), Optional.<Secret>empty())) {
            Failure failure = failure(ends.client(server, Hysteria2Ends.PASSWORD, other));
            assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
            assertThat(failure.text()).endsWith("did not answer in time");
        }
    }

    @Test
    void flows_share_a_connection_and_another_one_takes_over_when_the_server_comes_back() throws Exception {
        Channel server = ends.server(0, Map.of(), Optional.empty(), Optional.empty());
        Destination origin = Loopback.local(here.origin(Loopback::echo));
        Outbound client = ends.client(Hysteria2Ends.port(server));
        int port = here.forward(client, origin);
        try (Socket old = new Socket(Loopback.LOCAL, port)) {
            old.getOutputStream().write('x');
            assertThat(old.getInputStream().read()).isEqualTo('x');
            kill(server);
            Channel again = ends.server(Hysteria2Ends.port(server), Map.of(), Optional.empty(), Optional.empty());
            assertThat(again.isActive()).isTrue();
            try (Socket next = new Socket(Loopback.LOCAL, port)) {
                next.getOutputStream().write('y');
                assertThat(next.getInputStream().read()).isEqualTo('y');
            }
            assertThatThrownBy(() -> assertThat(old.getInputStream().read()).isNegative())
                    .isInstanceOf(IOException.class); // reset, not ended
        }
    }

    /** Without a word to its clients. */
    private static void kill(Channel server) throws Exception {
        server.eventLoop()
                .submit(() -> server.pipeline().addFirst(new io.netty.channel.ChannelOutboundHandlerAdapter() {
                    @Override
                    public void write(
                            io.netty.channel.ChannelHandlerContext ctx,
                            Object message,
                            io.netty.channel.ChannelPromise promise) {
                        io.netty.util.ReferenceCountUtil.release(message);
                    }
                }))
                .get();
        server.close().sync();
    }

    @Test
    void a_reset_crosses_as_a_reset() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        Destination origin = Loopback.local(here.origin((in, out, socket) -> {
            try {
                seen.add("got " + in.readNBytes(4).length);
                seen.add("end " + in.read());
            } catch (IOException e) {
                seen.add("reset");
            }
        }));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(ends.client(ends.server()), origin))) {
            socket.getOutputStream().write(new byte[4]);
            assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("got 4");
            socket.setSoLinger(true, 0);
        }
        assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("reset");
    }

    @Test
    void an_origin_that_resets_resets_the_client() throws Exception {
        Destination origin = Loopback.local(here.origin((in, out, socket) -> {
            out.write("half".getBytes(US_ASCII));
            in.read();
            socket.setSoLinger(true, 0);
        }));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(ends.client(ends.server()), origin))) {
            assertThat(socket.getInputStream().readNBytes(4)).asString().isEqualTo("half");
            socket.getOutputStream().write(1);
            assertThatThrownBy(() -> assertThat(socket.getInputStream().read()).isNegative())
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void a_receiver_that_stands_still_stops_the_sender_and_nobody_else() throws Exception {
        Destination endless = Loopback.local(here.origin((in, out, socket) -> {
            byte[] block = new byte[1 << 16];
            while (true) {
                out.write(block);
            }
        }));
        int server = ends.server();
        Outbound client = ends.client(server);
        try (Socket idle = new Socket(Loopback.LOCAL, here.forward(client, endless))) {
            assertThat(idle.getInputStream().read()).isZero();
            Destination origin = Loopback.local(here.origin(Loopback::answerAtEnd));
            try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client, origin))) {
                socket.getOutputStream().write(new byte[1 << 20]);
                socket.shutdownOutput();
                assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to 1048576");
            }
        }
    }

    @Test
    void a_certificate_that_does_not_verify_says_so() throws Exception {
        Destination server = Loopback.local(ends.server());
        TlsOptions system = TlsOptions.DEFAULT;
        TlsOptions tls = new TlsOptions(
                Optional.of("vps.test"),
                List.of("h3"),
                system.authorities(),
                system.pin(),
                system.certificate(),
                system.key());
        Failure failure = failure(
                ends.client(new Hysteria2Options(server, new Secret(Hysteria2Ends.PASSWORD), Optional.empty(), tls)));
        assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_CERTIFICATE);
        assertThat(failure.text())
                .startsWith("outbound \"vps\": certificate of 127.0.0.1:")
                .contains("no trusted authority");
    }

    @Test
    void a_server_that_refuses_the_handshake_is_not_waited_for() throws Exception {
        TlsOptions usual = Hysteria2Ends.tls();
        TlsOptions other = new TlsOptions(
                usual.serverName(),
                List.of("another"),
                usual.authorities(),
                usual.pin(),
                usual.certificate(),
                usual.key());
        Destination server = Loopback.local(ends.server());
        Secret password = new Secret(Hysteria2Ends.PASSWORD);
        Failure failure = failure(ends.client(new Hysteria2Options(server, password, Optional.empty(), other)));
        assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
        assertThat(failure.text()).endsWith("refused the connection: TLS alert 120"); // no_application_protocol
    }

    @Test
    void a_pin_needs_no_authority_and_another_name_is_refused() throws Exception {
        int server = ends.server();
        Destination origin = Loopback.local(here.origin(Loopback::greet));
        Optional<String> pin = Optional.of(TestCertificates.pin(TestCertificates.text("server.pem")));
        Optional<java.nio.file.Path> none = Optional.empty();
        TlsOptions pinned = new TlsOptions(Optional.of("vps.test"), List.of("h3"), none, pin, none, none);
        Secret password = new Secret(Hysteria2Ends.PASSWORD);
        Outbound client = ends.client(new Hysteria2Options(Loopback.local(server), password, Optional.empty(), pinned));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client, origin))) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
        TlsOptions other = new TlsOptions(Optional.of("other.test"), List.of("h3"), none, pin, none, none);
        Failure failure =
                failure(ends.client(new Hysteria2Options(Loopback.local(server), password, Optional.empty(), other)));
        assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_CERTIFICATE);
        assertThat(failure.text()).contains("other.test");
    }

    @Test
    void packets_may_go_through_another_outbound() throws Exception {
        Outbound client = ends.chained(ends.server());
        Destination origin = Loopback.local(here.origin(Loopback::answerAtEnd));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client, origin))) {
            socket.getOutputStream().write(new byte[1 << 20]);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to 1048576");
        }
    }

    private Failure failure(Outbound client) throws Exception {
        RelayingHandler near = new RelayingHandler(client);
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(near, Destination.parse("a.test:1")))) {
            assertThat(socket.getInputStream().read()).isNegative();
        }
        return near.failures.remove();
    }

    @Test
    void a_refused_flow_ends() throws Exception {
        int server = ends.server();
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
    void datagrams_cross_both_ways_with_their_addresses() throws Exception {
        Outbound client = ends.client(ends.server());
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
        send(loop, tunnel, one, "too late");
        assertThat(datagrams).isEmpty();
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

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, Loopback.LOCAL)) {
            return socket.getLocalPort();
        }
    }
}
