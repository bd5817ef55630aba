package dev.fenliu.tunnel.socks5;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.outbound.Upstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Socks5PacketsTest {
    private static final Destination RELAY = Destination.parse("192.0.2.7:5001");
    private static final Destination ORIGIN = Destination.parse("a.example:53");

    private final EmbeddedChannel control = new EmbeddedChannel();
    private final List<String> log = new ArrayList<>();
    private final Promise<PacketTunnel> socket = control.eventLoop().newPromise();
    private PacketSink inner;

    private final Dialer dialer = new Dialer() {
        @Override
        public Future<Channel> connect(Dial dial) {
            return dial.loop().newSucceededFuture(control);
        }

        @Override
        public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
            assertThat(dial.destination()).isEqualTo(RELAY);
            inner = sink;
            return socket;
        }
    };

    private final PacketTunnel datagrams = new PacketTunnel() {
        @Override
        public void send(Destination to, ByteBuf payload) {
            log.add("to " + to + " " + ByteBufUtil.hexDump(payload));
            payload.release();
        }

        @Override
        public void close() {
            log.add("socket closed");
        }
    };

    private final PacketSink sink = new PacketSink() {
        @Override
        public void receive(Destination from, ByteBuf payload) {
            log.add("from " + from + " " + payload.toString(US_ASCII));
            payload.release();
        }

        @Override
        public void closed(Failure why) {
            log.add(why.kind() + " " + why.text());
        }
    };

    @AfterEach
    void close() {
        control.finishAndReleaseAll();
    }

    private static ByteBuf hex(String hex) {
        return Unpooled.buffer().writeBytes(ByteBufUtil.decodeHexDump(hex.replace(" ", "")));
    }

    private Future<PacketTunnel> associate() {
        control.config().setAutoRead(false);
        Upstream upstream = new Upstream("far", Destination.parse("192.0.2.7:1080"), dialer, Optional.empty());
        Dial dial = new Dial(ORIGIN, control.eventLoop(), 7, Dial.Guard.NONE);
        Future<PacketTunnel> opening = Socks5Packets.open(upstream, Optional.empty(), dial, sink);
        control.writeInbound(hex("0500 050000 01 00000000 1389"));
        return opening;
    }

    private PacketTunnel open() {
        Future<PacketTunnel> opening = associate();
        socket.trySuccess(datagrams);
        assertThat(opening.isSuccess()).isTrue();
        return opening.getNow();
    }

    @Test
    void datagrams_carry_a_header_both_ways() {
        PacketTunnel tunnel = open();
        tunnel.send(ORIGIN, hex("aabb"));
        tunnel.send(Destination.parse("[2001:db8::1]:53"), hex(""));
        inner.receive(RELAY, hex("000000 01 c6336401 0035 6869"));
        inner.receive(RELAY, hex("000000 03 09 612e6578616d706c65 0035"));
        assertThat(log)
                .containsExactly(
                        "to " + RELAY + " 0000000309612e6578616d706c650035aabb",
                        "to " + RELAY + " 0000000420010db80000000000000000000000010035",
                        "from 198.51.100.1:53 hi",
                        "from a.example:53 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "000000",
                "000000 01",
                "000000 01 c6336401 00",
                "000001 01 c6336401 0035 6869", // a fragment
                "000000 02 c6336401 0035 6869",
                "000000 01 c6336401 0000 6869",
                "000000 03 00 0035 6869",
                "000000 03 ff 6161 0035",
                "000000 03 03 612f62 0035",
                "000000 04 20010db8 0035",
            })
    void malformed_datagrams_are_dropped(String datagram) {
        open();
        ByteBuf bytes = hex(datagram);
        inner.receive(RELAY, bytes);
        assertThat(log).isEmpty();
        assertThat(bytes.refCnt()).isZero();
    }

    @Test
    void so_are_those_of_strangers() {
        open();
        inner.receive(Destination.parse("192.0.2.7:5002"), hex("000000 01 c6336401 0035 6869"));
        inner.receive(Destination.parse("192.0.2.8:5001"), hex("000000 01 c6336401 0035 6869"));
        assertThat(log).isEmpty();
    }

    @Test
    void random_datagrams_throw_nothing() {
        open();
        Random random = new Random(13);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(24)];
            random.nextBytes(bytes);
            for (int zero = 0; zero < Math.min(3, bytes.length); zero++) {
                bytes[zero] = 0;
            }
            inner.receive(RELAY, Unpooled.wrappedBuffer(bytes));
        }
        assertThat(log).allMatch(line -> line.startsWith("from "));
    }

    @Test
    void the_association_ends_with_its_connection() {
        PacketTunnel tunnel = open();
        control.writeInbound(hex("ff"));
        control.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(log)
                .containsExactly(
                        "socket closed", "TUNNEL_DOWN outbound \"far\": the upstream ended the UDP association");
        ByteBuf late = hex("aa");
        tunnel.send(ORIGIN, late);
        assertThat(late.refCnt()).isZero();
        assertThat(control.isOpen()).isFalse();
    }

    @Test
    void and_with_the_way_to_the_relay() {
        open();
        inner.closed(new Failure(Failure.Kind.TUNNEL_DOWN, "gone"));
        assertThat(log).containsExactly("socket closed", "TUNNEL_DOWN outbound \"far\": gone");
        assertThat(control.isOpen()).isFalse();
    }

    @Test
    void closing_it_closes_the_connection_and_tells_nobody() {
        PacketTunnel tunnel = open();
        tunnel.close();
        tunnel.close();
        assertThat(log).containsOnly("socket closed");
        assertThat(control.isOpen()).isFalse();
    }

    @Test
    void a_connection_that_ends_too_early_fails_the_future_only() {
        Future<PacketTunnel> opening = associate();
        control.close();
        socket.setSuccess(datagrams);
        assertThat(opening.cause()).hasMessageContaining("ended the UDP association");
        assertThat(log).containsExactly("socket closed");
    }

    @Test
    void no_way_to_the_relay_fails_it_too() {
        Future<PacketTunnel> opening = associate();
        socket.setFailure(new Failure(Failure.Kind.UNSUPPORTED, "no UDP here"));
        assertThat(((Failure) opening.cause()).kind()).isEqualTo(Failure.Kind.UNSUPPORTED);
        assertThat(control.isOpen()).isFalse();
        assertThat(log).isEmpty();
    }

    @Test
    void whoever_cancels_leaves_nothing_open() {
        Future<PacketTunnel> opening = associate();
        opening.cancel(false);
        socket.setSuccess(datagrams);
        assertThat(log).containsExactly("socket closed");
        assertThat(control.isOpen()).isFalse();
    }
}
