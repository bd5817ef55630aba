package dev.fenliu.tunnel.shadowsocks;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.Relay;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import dev.fenliu.tunnel.RelayingHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LoopbackTest {
    private static final String AES = "aes-128-gcm";

    private final Loopback here = new Loopback();
    private final ShadowsocksEnds ends = new ShadowsocksEnds(here);

    @AfterEach
    void close() throws Exception {
        here.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "aes-128-gcm",
                "aes-256-gcm",
                "chacha20-ietf-poly1305",
                "2022-blake3-aes-128-gcm",
                "2022-blake3-aes-256-gcm"
            })
    void megabytes_go_both_ways_unharmed(String method) throws Exception {
        int port = forward(method, Loopback::echo);
        byte[] sent = new byte[8 << 20];
        new Random(1).nextBytes(sent);
        try (Socket socket = new Socket(Loopback.LOCAL, port)) {
            Loopback.thread(() -> {
                socket.getOutputStream().write(sent);
                socket.shutdownOutput();
            });
            assertThat(socket.getInputStream().readAllBytes()).isEqualTo(sent);
        }
    }

    @Test
    void half_close_of_the_client_still_lets_the_answer_through() throws Exception {
        try (Socket socket = new Socket(Loopback.LOCAL, forward(AES, Loopback::answerAtEnd))) {
            socket.getOutputStream().write(new byte[70_000]);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to 70000");
        }
        await().untilAsserted(() ->
                assertThat(here.served.totals).containsExactly(new Relay.Totals(70_000, 15, Relay.End.DONE)));
    }

    @Test
    void an_empty_question_is_one_too() throws Exception {
        try (Socket socket = new Socket(Loopback.LOCAL, forward(AES, Loopback::answerAtEnd))) {
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to 0");
        }
    }

    @Test
    void half_close_of_the_origin_still_lets_the_client_speak() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        int port = forward(AES, (in, out, socket) -> {
            out.write("bye".getBytes(US_ASCII));
            socket.shutdownOutput();
            heard.add(new String(in.readAllBytes(), US_ASCII));
        });
        try (Socket socket = new Socket(Loopback.LOCAL, port)) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("bye");
            socket.getOutputStream().write("wait".getBytes(US_ASCII));
        }
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("wait");
    }

    @Test
    void an_origin_that_speaks_first_is_heard() throws Exception {
        try (Socket socket = new Socket(Loopback.LOCAL, forward(AES, Loopback::greet))) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
    }

    @Test
    void names_reach_the_server_as_names() throws Exception {
        int origin = here.origin(Loopback::greet);
        Destination destination = Destination.parse("origin.example:" + origin);
        int port = here.forward(ends.client(AES, ShadowsocksEnds.PASSWORD, ends.server(AES)), destination);
        try (Socket socket = new Socket(Loopback.LOCAL, port)) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
        assertThat(here.served.flows).singleElement().satisfies(flow -> {
            assertThat(flow.destination()).isEqualTo(destination);
            assertThat(flow.listener()).isEqualTo("in");
            assertThat(flow.user()).isEmpty();
        });
    }

    @Test
    void a_refusal_closes_the_stream() throws Exception {
        ServerSocket gone = new ServerSocket(0, 1, Loopback.LOCAL);
        gone.close();
        Outbound client = ends.client(AES, ShadowsocksEnds.PASSWORD, ends.server(AES));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client, Loopback.local(gone.getLocalPort())))) {
            socket.getOutputStream().write(1);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(here.served.failures)
                .singleElement()
                .extracting(Failure::kind)
                .isEqualTo(Failure.Kind.REFUSED);
    }

    @Test
    void a_wrong_password_gets_nothing_but_a_silent_end() throws Exception {
        Outbound client = ends.client(AES, "wrong", ends.server(AES));
        int port = here.forward(client, Loopback.local(here.origin(Loopback::greet)));
        try (Socket socket = new Socket(Loopback.LOCAL, port)) {
            socket.getOutputStream().write(new byte[100_000]);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(here.served.flows).isEmpty();
    }

    @Test
    void a_server_that_speaks_something_else_resets_the_flow() throws Exception {
        int web = here.origin((in, out, socket) -> {
            out.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".getBytes(US_ASCII));
            in.readAllBytes();
        });
        RelayingHandler handler = new RelayingHandler(ends.client(AES, ShadowsocksEnds.PASSWORD, web));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(handler, Destination.parse("origin.example:1")))) {
            socket.getOutputStream().write(1);
            assertThatThrownBy(() -> socket.getInputStream().read()).hasMessageContaining("reset");
        }
        await().untilAsserted(() ->
                assertThat(handler.totals).extracting(Relay.Totals::end).containsExactly(Relay.End.UPSTREAM_RESET));
    }

    @Test
    void a_stranger_on_the_wire_sees_an_end_and_no_reset() throws Exception {
        try (Socket socket = new Socket(Loopback.LOCAL, ends.server(AES))) {
            byte[] noise = new byte[300_000];
            new Random(3).nextBytes(noise);
            socket.getOutputStream().write(noise);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void many_flows_at_once_do_not_mix() throws Exception {
        int port = forward(AES, Loopback::echo);
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Socket socket = new Socket(Loopback.LOCAL, port);
            socket.getOutputStream().write(("flow " + i).getBytes(US_ASCII));
            sockets.add(socket);
        }
        for (int i = 0; i < sockets.size(); i++) {
            sockets.get(i).shutdownOutput();
            assertThat(sockets.get(i).getInputStream().readAllBytes())
                    .asString()
                    .isEqualTo("flow " + i);
            sockets.get(i).close();
        }
    }

    @Test
    void a_server_that_is_not_there_is_named_with_the_tunnel() throws Exception {
        ServerSocket gone = new ServerSocket(0, 1, Loopback.LOCAL);
        gone.close();
        Outbound client = ends.client(AES, ShadowsocksEnds.PASSWORD, gone.getLocalPort());
        EventLoop loop = here.loops().next();
        assertThatThrownBy(() -> loop.submit(() -> client.connect(Dial.own(Destination.parse("a.example:1"), loop)))
                        .get()
                        .get())
                .cause()
                .isInstanceOfSatisfying(Failure.class, f -> assertThat(f.kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN))
                .hasMessage("outbound \"vps\": 127.0.0.1:" + gone.getLocalPort() + ": connection refused");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "aes-128-gcm",
                "aes-256-gcm",
                "chacha20-ietf-poly1305",
                "2022-blake3-aes-128-gcm",
                "2022-blake3-aes-256-gcm"
            })
    void datagrams_go_both_ways_with_the_address_of_who_sent_them(String method) throws Exception {
        Outbound client = ends.client(method, ends.server(method));
        Destination one = Loopback.local(here.datagramEcho());
        Destination other = Loopback.local(here.datagramEcho());
        EventLoop loop = here.loops().next();
        BlockingQueue<String> answers = new LinkedBlockingQueue<>();
        PacketTunnel tunnel = loop.submit(() -> client.openPackets(Dial.own(one, loop), into(answers)))
                .get()
                .get();
        loop.submit(() -> tunnel.send(one, Unpooled.copiedBuffer("first", US_ASCII)));
        assertThat(answers.poll(10, TimeUnit.SECONDS)).isEqualTo(one + " first");
        loop.submit(() -> tunnel.send(other, Unpooled.copiedBuffer("second", US_ASCII)));
        assertThat(answers.poll(10, TimeUnit.SECONDS)).isEqualTo(other + " second");
        loop.submit(() -> tunnel.send(one, Unpooled.copiedBuffer("x".repeat(60_000), US_ASCII)));
        assertThat(answers.poll(10, TimeUnit.SECONDS)).hasSize(one.toString().length() + 1 + 60_000);
        loop.submit(tunnel::close).get();
    }

    @Test
    void users_of_a_2022_server_are_told_apart_by_their_keys() throws Exception {
        String method = "2022-blake3-aes-256-gcm";
        String anna = ShadowsocksEnds.key(method, 2);
        String ben = ShadowsocksEnds.key(method, 3);
        int server = ends.server(method, Map.of("anna", new Secret(anna), "ben", new Secret(ben)));
        int origin = here.origin(Loopback::greet);
        for (String key : List.of(ben, anna)) {
            Outbound client = ends.client(method, ShadowsocksEnds.password(method) + ":" + key, server);
            try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client, Loopback.local(origin)))) {
                assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
            }
        }
        assertThat(here.served.flows)
                .extracting(flow -> flow.user().orElse("nobody"))
                .containsExactly("ben", "anna");
        Outbound client = ends.client(method, ShadowsocksEnds.password(method) + ":" + anna, server);
        Destination echo = Loopback.local(here.datagramEcho());
        EventLoop loop = here.loops().next();
        BlockingQueue<String> answers = new LinkedBlockingQueue<>();
        PacketTunnel tunnel = loop.submit(() -> client.openPackets(Dial.own(echo, loop), into(answers)))
                .get()
                .get();
        loop.submit(() -> tunnel.send(echo, Unpooled.copiedBuffer("hello", US_ASCII)));
        assertThat(answers.poll(10, TimeUnit.SECONDS)).isEqualTo(echo + " hello");
        loop.submit(tunnel::close).get();
    }

    @ParameterizedTest
    @ValueSource(strings = {"2022-blake3-aes-128-gcm", "2022-blake3-aes-256-gcm"})
    void the_end_of_either_side_passes_a_2022_tunnel(String method) throws Exception {
        try (Socket socket = new Socket(Loopback.LOCAL, forward(method, Loopback::answerAtEnd))) {
            socket.getOutputStream().write(new byte[200_000]);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to 200000");
        }
        try (Socket socket = new Socket(Loopback.LOCAL, forward(method, Loopback::answerAtEnd))) {
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to 0");
        }
        try (Socket socket = new Socket(Loopback.LOCAL, forward(method, Loopback::greet))) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
    }

    static PacketSink into(BlockingQueue<String> answers) {
        return new PacketSink() {
            @Override
            public void receive(Destination from, ByteBuf payload) {
                answers.add(from + " " + payload.toString(US_ASCII));
                payload.release();
            }

            @Override
            public void closed(Failure why) {
                answers.add("closed: " + why.text());
            }
        };
    }

    private int forward(String method, Loopback.Service service) throws Exception {
        Outbound client = ends.client(method, ends.server(method));
        return here.forward(client, Loopback.local(here.origin(service)));
    }
}
