package dev.fenliu.tunnel.vless;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.Relay;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.transport.TransportOptions;
import dev.fenliu.tunnel.Loopback;
import dev.fenliu.tunnel.RelayingHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Our client against our server. */
@Timeout(30)
class VlessLoopbackTest {
    private final Loopback here = new Loopback();
    private final VlessEnds ends = new VlessEnds(here);
    private final BlockingQueue<String> datagrams = new LinkedBlockingQueue<>();

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
        assertThat(flow.user()).contains("anna");
    }

    @Test
    void transports_carry_streams_and_datagrams() throws Exception {
        for (TransportOptions.Kind kind : TransportOptions.Kind.values()) {
            TransportOptions transport = new TransportOptions(kind, "/x", List.of("vps.test"), 0);
            Outbound client = ends.client(ends.server(Optional.empty(), Optional.of(transport)), transport);
            Destination origin = Loopback.local(here.origin(Loopback::answerAtEnd));
            try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client, origin))) {
                socket.getOutputStream().write(new byte[100_000]);
                socket.shutdownOutput();
                assertThat(socket.getInputStream().readAllBytes())
                        .asString()
                        .as(kind.name())
                        .isEqualTo("answer to 100000");
            }
            EventLoop loop = here.loops().next();
            Destination echo = Loopback.local(here.datagramEcho());
            PacketTunnel tunnel = open(client, loop, echo);
            send(loop, tunnel, echo, "x");
            assertThat(datagrams.poll(10, TimeUnit.SECONDS)).isEqualTo(echo + " x");
            loop.submit(tunnel::close).get();
            client.close();
        }
    }

    @Test
    void names_travel_as_names_and_a_server_may_speak_first() throws Exception {
        int origin = here.origin(Loopback::greet);
        Destination name = Destination.parse("origin.example:" + origin);
        Outbound client = ends.client(ends.server(Optional.empty()));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client, name))) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
        assertThat(here.served.flows.remove().destination()).isEqualTo(name);
    }

    @Test
    void half_close_of_the_client_still_lets_the_answer_through() throws Exception {
        Outbound client = ends.client(ends.server(Optional.empty()));
        Destination origin = Loopback.local(here.origin(Loopback::answerAtEnd));
        for (int length : new int[] {100_000, 0}) {
            try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client, origin))) {
                socket.getOutputStream().write(new byte[length]);
                socket.shutdownOutput();
                assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to " + length);
            }
        }
    }

    @Test
    void an_origin_that_says_nothing_is_heard_to_end() throws Exception {
        Outbound client = ends.client(ends.server(Optional.empty()));
        Destination origin = Loopback.local(here.origin((in, out, socket) -> in.readAllBytes()));
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client, origin))) {
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).isEmpty();
        }
    }

    @Test
    void who_is_unknown_gets_the_site_and_knows_that_this_is_no_answer() throws Exception {
        int server = ends.server(Optional.of(Loopback.local(here.origin(Loopback::site))));
        RelayingHandler near = new RelayingHandler(ends.client(server, VlessEnds.UUID.replace('6', '7')));
        int port = here.forward(near, Loopback.local(here.origin(Loopback::greet)));
        try (Socket socket = new Socket(Loopback.LOCAL, port)) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
            await().untilAsserted(() -> assertThat(near.totals)
                    .singleElement()
                    .satisfies(totals -> assertThat(totals.end()).isEqualTo(Relay.End.UPSTREAM_RESET)));
        }
        assertThat(here.served.flows).isEmpty();
    }

    @Test
    void a_refused_flow_ends() throws Exception {
        Outbound client = ends.client(ends.server(Optional.empty()));
        Destination nobody = Loopback.local(1);
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(client, nobody))) {
            assertThat(socket.getInputStream().readAllBytes()).isEmpty();
        }
        assertThat(here.served.failures).hasSize(1);
    }

    @Test
    void a_stream_for_each_destination_of_an_association() throws Exception {
        Outbound client = ends.client(ends.server(Optional.empty()));
        Destination one = Loopback.local(here.datagramEcho());
        Destination other = Loopback.local(here.datagramEcho());
        EventLoop loop = here.loops().next();
        PacketTunnel tunnel = open(client, loop, one);
        for (Destination to : new Destination[] {one, other, one}) {
            send(loop, tunnel, to, "x".repeat(1300));
            assertThat(datagrams.poll(10, TimeUnit.SECONDS)).isEqualTo(to + " " + "x".repeat(1300));
        }
        send(loop, tunnel, one, "y".repeat(60_000));
        assertThat(datagrams.poll(10, TimeUnit.SECONDS)).isEqualTo(one + " " + "y".repeat(60_000));
        assertThat(here.served.associations).hasSize(2);
        assertThat(here.served.associations.peek().user()).contains("anna");
        loop.submit(tunnel::close).get();
        await().untilAsserted(() -> assertThat(here.served.closedAssociations).hasValue(2));
    }

    @Test
    void the_sink_is_told_when_the_server_ends_the_last_stream() throws Exception {
        Outbound client = ends.client(ends.server(Optional.empty()));
        EventLoop loop = here.loops().next();
        Destination echo = Loopback.local(here.datagramEcho());
        PacketTunnel tunnel = open(client, loop, echo);
        send(loop, tunnel, echo, "x");
        assertThat(datagrams.poll(10, TimeUnit.SECONDS)).endsWith(" x");
        var association = here.served.associations.remove();
        association.loop().execute(() -> association.refuse(new Failure(Failure.Kind.BLOCKED, "no")));
        assertThat(datagrams.poll(10, TimeUnit.SECONDS))
                .isEqualTo("TUNNEL_DOWN outbound \"vps\": the other end closed the UDP association");
    }

    private PacketTunnel open(Outbound client, EventLoop loop, Destination first) throws Exception {
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
        return loop.submit(() -> client.openPackets(Dial.own(first, loop), sink))
                .get()
                .get();
    }

    private static void send(EventLoop loop, PacketTunnel tunnel, Destination to, String text) {
        loop.execute(() -> tunnel.send(to, Unpooled.copiedBuffer(text, US_ASCII)));
    }
}
