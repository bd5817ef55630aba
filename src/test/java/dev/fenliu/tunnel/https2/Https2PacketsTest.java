package dev.fenliu.tunnel.https2;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** UDP of our client through our server. */
@Timeout(60)
class Https2PacketsTest {
    private final Loopback here = new Loopback();
    private final Https2Ends ends = new Https2Ends(here);
    private final BlockingQueue<String> datagrams = new LinkedBlockingQueue<>();

    @AfterEach
    void close() throws Exception {
        here.close();
    }

    @Test
    void datagrams_cross_both_ways_with_their_addresses() throws Exception {
        Outbound client = ends.client(ends.server(Optional.empty()));
        Destination one = Loopback.local(here.datagramEcho());
        Destination other = Loopback.local(here.datagramEcho());
        EventLoop loop = here.loops().next();
        PacketTunnel tunnel = open(client, loop, one).get();
        for (Destination to : new Destination[] {one, other, one}) {
            send(loop, tunnel, to, "x".repeat(1300));
            assertThat(datagrams.poll(10, TimeUnit.SECONDS)).isEqualTo(to + " " + "x".repeat(1300));
        }
        send(loop, tunnel, one, "y".repeat(30_000));
        assertThat(datagrams.poll(10, TimeUnit.SECONDS)).isEqualTo(one + " " + "y".repeat(30_000));
        assertThat(here.served.associations).hasSize(2);
        assertThat(here.served.associations.peek().listener()).isEqualTo("in");
        loop.submit(tunnel::close).get();
        loop.submit(tunnel::close).get();
        await().untilAsserted(() -> assertThat(here.served.closedAssociations).hasValue(2));
        send(loop, tunnel, one, "too late");
        assertThat(datagrams).isEmpty();
    }

    @Test
    void an_association_that_the_server_ends_is_opened_again_by_the_next_datagram() throws Exception {
        Outbound client = ends.client(ends.server(Optional.empty()));
        Destination echo = Loopback.local(here.datagramEcho());
        EventLoop loop = here.loops().next();
        PacketTunnel tunnel = open(client, loop, echo).get();
        send(loop, tunnel, echo, "x");
        assertThat(datagrams.poll(10, TimeUnit.SECONDS)).endsWith(" x");
        var association = here.served.associations.remove();
        association.loop().execute(() -> association.refuse(new Failure(Failure.Kind.BLOCKED, "no")));
        await().until(() -> {
            send(loop, tunnel, echo, "z");
            return datagrams.poll(1, TimeUnit.SECONDS) != null;
        });
        assertThat(here.served.associations).isNotEmpty();
    }

    @Test
    void a_wrong_password_opens_nothing() throws Exception {
        Outbound client = ends.client(ends.server(Optional.empty()), "anna", "wrong");
        Future<PacketTunnel> tunnel =
                open(client, here.loops().next(), Loopback.local(1)).await();
        assertThat(((Failure) tunnel.cause()).kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
        assertThat(here.served.associations).isEmpty();
    }

    private Future<PacketTunnel> open(Outbound client, EventLoop loop, Destination first) throws Exception {
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
                .await();
    }

    private static void send(EventLoop loop, PacketTunnel tunnel, Destination to, String text) {
        loop.execute(() -> tunnel.send(to, Unpooled.copiedBuffer(text, US_ASCII)));
    }
}
