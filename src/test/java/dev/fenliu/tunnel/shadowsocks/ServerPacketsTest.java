package dev.fenliu.tunnel.shadowsocks;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.inbound.Associations;
import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.tunnel.DirectDialer;
import dev.fenliu.tunnel.Loopback;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ServerPacketsTest {
    private static final MasterKey KEY = Vectors.key(Method.AES_128_GCM);
    private static final InetSocketAddress HERE = new InetSocketAddress(Loopback.LOCAL, 8388);
    private static final Destination EXAMPLE = Destination.parse("example.com:53");

    private final Recorder handler = new Recorder();
    private final PacketCodec peer = new SaltedPackets(KEY, new SaltFilter());
    private final EmbeddedChannel socket = new EmbeddedChannel();

    ServerPacketsTest() {
        socket.freezeTime();
        socket.pipeline()
                .addLast(new ServerPackets(
                        new ListenerContext(
                                new ListenerSettings("shadowsocks", "in", HERE, Map.of(), false),
                                handler,
                                new DirectDialer()),
                        PacketClient.Address.opener(new SaltedPackets(KEY, new SaltFilter())),
                        new Strangers("in", org.slf4j.LoggerFactory.getLogger("test"))));
    }

    @AfterEach
    void close() {
        socket.finishAndReleaseAll();
    }

    @Test
    void datagrams_of_one_client_address_are_one_association() {
        receive(client(1), sealed("one"));
        receive(client(1), sealed("two"));
        receive(client(2), sealed("three"));
        assertThat(handler.associations).hasSize(2);
        assertThat(handler.associations.get(0).received).containsExactly(EXAMPLE + " one", EXAMPLE + " two");
        assertThat(handler.associations.get(1).received).containsExactly(EXAMPLE + " three");
        assertThat(handler.associations.get(1).packets.source()).isEqualTo(client(2));
        assertThat(handler.associations.get(1).packets.listener()).isEqualTo("in");
    }

    @Test
    void an_answer_goes_to_the_client_with_the_address_of_who_sent_it() throws Exception {
        receive(client(1), sealed("question"));
        Destination from = Destination.parse("[2001:db8::1]:53");
        handler.associations.get(0).packets.send(from, text("answer"));
        DatagramPacket answer = socket.readOutbound();
        assertThat(answer.recipient()).isEqualTo(client(1));
        PacketCodec.Datagram opened = peer.open(answer.content(), ByteBufAllocator.DEFAULT);
        assertThat(opened.far()).isEqualTo(from);
        assertThat(opened.payload().toString(US_ASCII)).isEqualTo("answer");
        opened.payload().release();
        answer.release();
    }

    @Test
    void an_empty_datagram_is_carried() {
        receive(client(1), sealed(""));
        assertThat(handler.associations.get(0).received).containsExactly(EXAMPLE + " ");
    }

    @Test
    void forged_cut_and_replayed_datagrams_are_dropped_without_a_sign() {
        ByteBuf datagram = sealed("datagram");
        byte[] good = ByteBufUtil.getBytes(datagram);
        datagram.release();
        for (int length = 0; length < good.length; length++) {
            receive(client(1), Unpooled.copiedBuffer(good, 0, length));
        }
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= 1;
            receive(client(1), Unpooled.wrappedBuffer(bad));
        }
        assertThat(handler.associations).isEmpty();
        receive(client(1), Unpooled.wrappedBuffer(good));
        receive(client(1), Unpooled.wrappedBuffer(good));
        assertThat(handler.associations).hasSize(1);
        assertThat(handler.associations.get(0).received).hasSize(1);
        assertThat(socket.<Object>readOutbound()).isNull();
    }

    @Test
    void an_answer_of_ours_sent_back_to_us_is_dropped() {
        receive(client(1), sealed("question"));
        handler.associations.get(0).packets.send(EXAMPLE, text("answer"));
        DatagramPacket answer = socket.readOutbound();
        receive(client(2), answer.content());
        assertThat(handler.associations).hasSize(1);
    }

    @Test
    void an_idle_association_ends_and_a_busy_one_stays() {
        receive(client(1), sealed("idle"));
        receive(client(2), sealed("busy"));
        receive(client(3), sealed("answered"));
        pass(50);
        receive(client(2), sealed("still"));
        handler.associations.get(2).packets.send(EXAMPLE, text("answer"));
        pass(20);
        assertThat(handler.associations).extracting(a -> a.closed).containsExactly(true, false, false);
        pass(50);
        assertThat(handler.associations).extracting(a -> a.closed).containsExactly(true, true, true);
        receive(client(1), sealed("again"));
        assertThat(handler.associations).hasSize(4);
        socket.releaseOutbound();
    }

    @Test
    void beyond_the_bound_the_one_unused_for_longest_gives_way() {
        for (int i = 0; i < Associations.MOST; i++) {
            receive(client(1 + i), sealed("x"));
        }
        receive(client(1), sealed("used again"));
        receive(client(60_000), sealed("new"));
        assertThat(handler.associations).hasSize(Associations.MOST + 1);
        assertThat(handler.associations.get(0).closed).isFalse();
        assertThat(handler.associations.get(1).closed).isTrue();
        assertThat(handler.associations.stream().filter(a -> a.closed)).hasSize(1);
    }

    @Test
    void a_refused_association_ends_and_the_next_datagram_asks_again() {
        receive(client(1), sealed("one"));
        handler.associations.get(0).packets.refuse(new Failure(Failure.Kind.BLOCKED, "blocked"));
        assertThat(handler.associations.get(0).closed).isTrue();
        handler.associations.get(0).packets.send(EXAMPLE, text("too late"));
        assertThat(socket.<Object>readOutbound()).isNull();
        receive(client(1), sealed("two"));
        assertThat(handler.associations).hasSize(2);
    }

    @Test
    void an_association_may_be_refused_at_once() {
        handler.refuses = true;
        receive(client(1), sealed("one"));
        assertThat(handler.associations.get(0).closed).isTrue();
        assertThat(handler.associations.get(0).received).isEmpty();
    }

    @Test
    void all_end_with_the_socket() {
        receive(client(1), sealed("one"));
        receive(client(2), sealed("two"));
        socket.close();
        assertThat(handler.associations).extracting(a -> a.closed).containsExactly(true, true);
    }

    private void pass(long seconds) {
        socket.advanceTimeBy(seconds, TimeUnit.SECONDS);
        socket.runScheduledPendingTasks();
    }

    private void receive(InetSocketAddress from, ByteBuf sealed) {
        socket.writeInbound(new DatagramPacket(sealed, HERE, from));
    }

    private ByteBuf sealed(String text) {
        return peer.seal(EXAMPLE, text(text), ByteBufAllocator.DEFAULT);
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, US_ASCII);
    }

    private static InetSocketAddress client(int port) {
        return new InetSocketAddress(Loopback.LOCAL, port);
    }

    private static final class Recorder implements FlowHandler {
        private final List<Association> associations = new ArrayList<>();
        private boolean refuses;

        @Override
        public void stream(InboundStream stream) {
            throw new AssertionError();
        }

        @Override
        public PacketFlow packets(InboundPackets packets) {
            Association association = new Association(packets);
            associations.add(association);
            if (refuses) {
                packets.refuse(new Failure(Failure.Kind.BLOCKED, "blocked"));
            }
            return association;
        }

        @Override
        public long nextId() {
            return 1;
        }
    }

    private static final class Association implements PacketFlow {
        private final InboundPackets packets;
        private final List<String> received = new ArrayList<>();
        private boolean closed;

        Association(InboundPackets packets) {
            this.packets = packets;
        }

        @Override
        public void receive(Destination to, ByteBuf payload) {
            received.add(to + " " + payload.toString(US_ASCII));
            payload.release();
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
