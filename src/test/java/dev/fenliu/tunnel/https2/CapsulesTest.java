package dev.fenliu.tunnel.https2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CapsulesTest {
    private final List<String> seen = new ArrayList<>();
    private final Capsules capsules = new Capsules(new Capsules.Peer() {
        @Override
        public void receive(ByteBuf payload) {
            seen.add(payload.toString(US_ASCII));
            payload.release();
        }

        @Override
        public void ended(String why) {
            seen.add("ended: " + why);
        }
    });
    private final EmbeddedChannel channel = new EmbeddedChannel(capsules);

    @AfterEach
    void noLeak() {
        channel.finishAndReleaseAll();
    }

    /** An unknown capsule, one of another context, an empty datagram, and lengths longer than they need be. */
    @Test
    void datagrams_arrive_however_the_stream_is_cut() {
        byte[] all = "\0\6\0first\27\3xyz\0\4\2odd\0\1\0\100\0\200\0\0\6\0third".getBytes(ISO_8859_1);
        for (int split = 0; split <= all.length; split++) {
            seen.clear();
            channel.writeInbound(Unpooled.copiedBuffer(all, 0, split));
            channel.writeInbound(Unpooled.copiedBuffer(all, split, all.length - split));
            assertThat(seen).containsExactly("first", "", "third");
        }
        seen.clear();
        for (byte b : all) {
            channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {b}));
        }
        assertThat(seen).containsExactly("first", "", "third");
    }

    @Test
    void a_capsule_that_nobody_knows_is_skipped_whatever_its_length() {
        channel.writeInbound(Unpooled.buffer().writeByte(23).writeInt((2 << 30) | 1_000_000));
        for (int i = 0; i < 1000; i++) {
            channel.writeInbound(Unpooled.buffer().writeZero(1000));
        }
        channel.writeInbound(Unpooled.copiedBuffer("\0\2\0x", ISO_8859_1));
        assertThat(seen).containsExactly("x");
    }

    @Test
    void a_datagram_longer_than_there_are_ends_the_stream() {
        channel.writeInbound(Unpooled.buffer().writeByte(0).writeInt((2 << 30) | 70_000));
        assertThat(channel.isOpen()).isFalse();
        assertThat(seen).containsExactly("ended: a datagram of 70000 bytes");
    }

    @Test
    void the_end_of_the_stream_is_told_once() {
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(channel.isOpen()).isFalse();
        assertThat(seen).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 62, 63, 16_382, 16_383, Capsules.MAX_PAYLOAD})
    void what_one_end_sends_the_other_receives(int length) {
        channel.config().setWriteBufferHighWaterMark(1 << 20);
        capsules.send(Unpooled.copiedBuffer("y".repeat(length), US_ASCII));
        channel.runPendingTasks();
        for (ByteBuf part; (part = channel.readOutbound()) != null; ) {
            channel.writeInbound(part);
        }
        assertThat(seen).containsExactly("y".repeat(length));
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.7:53", "[2001:db8::42]:443", "name.example:1"})
    void a_destination_is_a_path(String destination) {
        assertThat(UdpPath.parse(UdpPath.of(Destination.parse(destination)))).isEqualTo(Destination.parse(destination));
        assertThat(UdpPath.of(Destination.parse(destination))).doesNotContain(":");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/.well-known/masque/udp/",
                "/.well-known/masque/udp/a.test",
                "/.well-known/masque/udp/a.test/",
                "/.well-known/masque/udp/a.test/53",
                "/.well-known/masque/udp/a.test/53/x",
                "/.well-known/masque/udp/a.test/0/",
                "/.well-known/masque/udp/a b/53/",
                "/.well-known/masque/udp/%/53/",
                "/.well-known/masque/udp/%00/53/",
                "/.well-known/masque/ip/a.test/53/"
            })
    void other_paths_lead_nowhere(String path) {
        assertThatThrownBy(() -> UdpPath.parse(path)).isInstanceOf(IllegalArgumentException.class);
    }
}
