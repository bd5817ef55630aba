package dev.fenliu.tunnel.shadowsocks;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Relay;
import dev.fenliu.net.SocksAddress;
import dev.fenliu.tunnel.DirectDialer;
import dev.fenliu.tunnel.Loopback;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerHandshakeTest {
    private static final Method METHOD = Method.AES_128_GCM;
    private static final InetSocketAddress SOURCE = new InetSocketAddress(Loopback.LOCAL, 40_000);

    private final Recorder handler = new Recorder();
    private final List<EmbeddedChannel> channels = new ArrayList<>();
    private ShadowsocksAcceptor acceptor = acceptor();

    @AfterEach
    void close() {
        channels.forEach(EmbeddedChannel::finishAndReleaseAll);
    }

    @Test
    void the_address_becomes_a_flow_and_what_follows_it_payload() {
        EmbeddedChannel client = accept();
        client.writeInbound(bytes(Vectors.bytes(METHOD, "stream")));
        assertThat(handler.streams).singleElement().satisfies(stream -> {
            assertThat(stream.flow().destination()).isEqualTo(Destination.parse("example.com:443"));
            assertThat(stream.flow().transport()).isEqualTo(Transport.TCP);
            assertThat(stream.flow().listener()).isEqualTo("in");
            assertThat(stream.flow().source()).isEqualTo(SOURCE);
            assertThat(stream.flow().user()).isEmpty();
        });
        assertThat(handler.peeked).isEqualTo(payload());
        assertThat(client.pipeline().get(ServerHandshake.class)).isNull();
        handler.streams.get(0).accept();
        assertThat(client.<Object>readOutbound()).isNull();
    }

    @Test
    void the_stream_may_come_split_anywhere() {
        byte[] stream = Vectors.bytes(METHOD, "stream");
        for (int cut = 1; cut < stream.length; cut += 3) {
            acceptor = acceptor(); // one that has not seen the salt
            EmbeddedChannel client = accept();
            client.writeInbound(bytes(stream).slice(0, cut).copy());
            client.writeInbound(bytes(stream).slice(cut, stream.length - cut).copy());
            assertThat(handler.peeked).as("cut at %d", cut).isEqualTo(payload());
        }
    }

    @Test
    void the_address_may_be_spread_over_many_chunks() {
        EmbeddedChannel client = accept();
        StreamSealer sealer =
                new StreamSealer(new PlainGreeting(Vectors.key(METHOD), new SaltFilter(), Vectors.salt(METHOD)));
        ByteBuf plain = header();
        while (plain.isReadable()) {
            ByteBuf sealed = Unpooled.buffer();
            sealer.seal(plain.readSlice(1), sealed);
            assertThat(handler.streams).isEmpty();
            client.writeInbound(sealed);
        }
        assertThat(handler.streams).hasSize(1);
        assertThat(handler.peeked).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 33, 34, 35, 49, 50, 51, 66, 67, 200, 5000, 300_000})
    void a_stranger_is_read_in_silence_for_a_random_time_whatever_it_sends(int length) {
        EmbeddedChannel client = accept();
        byte[] noise = new byte[length];
        new Random(length).nextBytes(noise);
        client.writeInbound(bytes(noise));
        assertStrangerIsKept(client);
    }

    @Test
    void a_replay_is_treated_like_any_stranger() {
        accept().writeInbound(bytes(Vectors.bytes(METHOD, "stream")));
        EmbeddedChannel again = accept();
        again.writeInbound(bytes(Vectors.bytes(METHOD, "stream")));
        assertThat(handler.streams).hasSize(1);
        assertStrangerIsKept(again);
    }

    @Test
    void a_flipped_bit_is_treated_like_any_stranger() {
        byte[] good = Vectors.bytes(METHOD, "stream");
        int firstChunk = METHOD.keyBytes() + StreamSealer.CHUNK_OVERHEAD + header().readableBytes() + 5;
        for (int at = 0; at < firstChunk; at += 7) {
            byte[] bad = good.clone();
            bad[at] ^= 1;
            acceptor = acceptor(); // one that has not seen the salt
            EmbeddedChannel client = accept();
            client.writeInbound(bytes(bad));
            assertStrangerIsKept(client);
        }
        assertThat(handler.streams).isEmpty();
    }

    @Test
    void an_authentic_address_that_makes_no_sense_is_treated_like_any_stranger() {
        EmbeddedChannel client = accept();
        ByteBuf sealed = Unpooled.buffer();
        new StreamSealer(new PlainGreeting(Vectors.key(METHOD), new SaltFilter(), Vectors.salt(METHOD)))
                .seal(Unpooled.copiedBuffer("GET / HTTP/1.1", US_ASCII), sealed);
        client.writeInbound(sealed);
        assertThat(handler.streams).isEmpty();
        assertStrangerIsKept(client);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 16, 40, 500})
    void a_stranger_that_ends_its_stream_is_closed(int length) {
        EmbeddedChannel client = accept();
        client.writeInbound(Unpooled.buffer().writeZero(length));
        client.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void the_listeners_own_deadline_does_not_tell_silent_clients_from_wrong_ones() {
        EmbeddedChannel client = channel();
        HandshakeDeadline.start(client, Duration.ofSeconds(10));
        acceptor.accept(client);
        client.advanceTimeBy(ServerHandshake.MIN_PATIENCE_SECONDS - 1, TimeUnit.SECONDS);
        client.runScheduledPendingTasks();
        assertThat(client.isOpen()).isTrue();
    }

    @Test
    void a_served_client_may_stay() {
        EmbeddedChannel client = accept();
        client.writeInbound(bytes(Vectors.bytes(METHOD, "stream")));
        client.advanceTimeBy(1, TimeUnit.HOURS);
        client.runScheduledPendingTasks();
        assertThat(client.isOpen()).isTrue();
    }

    @Test
    void a_refusal_is_a_close_without_a_word() {
        EmbeddedChannel client = accept();
        client.writeInbound(bytes(Vectors.bytes(METHOD, "stream")));
        handler.streams.get(0).refuse(new Failure(Failure.Kind.BLOCKED, "blocked"));
        assertThat(client.isOpen()).isFalse();
        assertThat(client.<Object>readOutbound()).isNull();
    }

    private static void assertStrangerIsKept(EmbeddedChannel client) {
        client.advanceTimeBy(ServerHandshake.MIN_PATIENCE_SECONDS - 1, TimeUnit.SECONDS);
        client.runScheduledPendingTasks();
        client.writeInbound(Unpooled.directBuffer().writeZero(10_000));
        assertThat(client.isOpen()).isTrue();
        assertThat(client.<Object>readOutbound()).isNull();
        client.advanceTimeBy(
                ServerHandshake.MAX_PATIENCE_SECONDS - ServerHandshake.MIN_PATIENCE_SECONDS + 1, TimeUnit.SECONDS);
        client.runScheduledPendingTasks();
        assertThat(client.isOpen()).isFalse();
        assertThat(client.<Object>readOutbound()).isNull();
    }

    private EmbeddedChannel accept() {
        EmbeddedChannel client = channel();
        acceptor.accept(client);
        return client;
    }

    private ShadowsocksAcceptor acceptor() {
        return new ShadowsocksAcceptor(
                new ShadowsocksListenerOptions(METHOD, Vectors.PASSWORD, false),
                new ListenerContext(
                        new ListenerSettings("shadowsocks", "in", SOURCE, Map.of(), false),
                        handler,
                        new DirectDialer()),
                Clocks.system());
    }

    private EmbeddedChannel channel() {
        EmbeddedChannel client = new EmbeddedChannel() {
            @Override
            protected SocketAddress remoteAddress0() {
                return SOURCE;
            }
        };
        client.freezeTime();
        channels.add(client);
        return client;
    }

    private static ByteBuf bytes(byte[] bytes) {
        return Unpooled.wrappedBuffer(bytes);
    }

    private static ByteBuf header() {
        ByteBuf header = Unpooled.buffer();
        SocksAddress.write(Destination.parse("example.com:443"), header);
        return header;
    }

    private static byte[] payload() {
        return ByteBufUtil.getBytes(Unpooled.wrappedBuffer("hello".getBytes(US_ASCII), Vectors.pattern(300)));
    }

    /** Holds streams as the engine does, and looks at what is held. */
    private static final class Recorder implements FlowHandler {
        private final List<InboundStream> streams = new ArrayList<>();
        private byte[] peeked = {};

        @Override
        public void stream(InboundStream stream) {
            streams.add(stream);
            peeked = new byte[0];
            Relay.hold(stream.channel()).peek(bytes -> peeked = ByteBufUtil.getBytes(bytes));
        }

        @Override
        public PacketFlow packets(InboundPackets packets) {
            throw new AssertionError();
        }

        @Override
        public long nextId() {
            return 1;
        }
    }
}
