package dev.fenliu.tunnel.trojan;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PacketStreamTest {
    private static final Destination ONE = Destination.parse("one.example:53");
    private static final Destination TWO = Destination.parse("192.0.2.2:443");

    private final List<String> seen = new ArrayList<>();
    private final PacketStream stream = new PacketStream(
            TrojanPacket.FRAMING,
            new PacketSink() {
                @Override
                public void receive(Destination from, ByteBuf payload) {
                    seen.add(from + " " + payload.toString(US_ASCII));
                    payload.release();
                    if (seen.size() == closeAfter) {
                        close();
                    }
                }

                @Override
                public void closed(Failure why) {
                    seen.add(why.text());
                }
            },
            why -> new Failure(Failure.Kind.TUNNEL_DOWN, why));
    private final EmbeddedChannel channel = new EmbeddedChannel(stream);
    private int closeAfter;

    @AfterEach
    void noLeak() {
        channel.finishAndReleaseAll();
    }

    private void close() {
        stream.close();
    }

    @Test
    void datagrams_arrive_however_the_stream_is_cut() {
        ByteBuf whole = TrojanPacketTest.packet(ONE, "first")
                .writeBytes(TrojanPacketTest.packet(TWO, ""))
                .writeBytes(TrojanPacketTest.packet(TWO, "third"));
        List<String> all = List.of(ONE + " first", TWO + " ", TWO + " third");
        for (int split = 0; split <= whole.readableBytes(); split++) {
            seen.clear();
            channel.writeInbound(whole.copy(0, split), whole.copy(split, whole.readableBytes() - split));
            assertThat(seen).as("split at %d", split).isEqualTo(all);
        }
        seen.clear();
        for (int i = 0; i < whole.readableBytes(); i++) {
            channel.writeInbound(whole.copy(i, 1));
        }
        assertThat(seen).isEqualTo(all);
    }

    @Test
    void a_datagram_for_an_impossible_peer_is_skipped() {
        channel.writeInbound(Unpooled.copiedBuffer("\3\3a b\0\65\0\1\r\nx", ISO_8859_1)
                .writeBytes(TrojanPacketTest.packet(ONE, "next")));
        assertThat(seen).containsExactly(ONE + " next");
    }

    @Test
    void each_datagram_is_framed_with_its_peer() {
        stream.send(ONE, Unpooled.copiedBuffer("a", US_ASCII));
        stream.send(TWO, Unpooled.EMPTY_BUFFER);
        channel.runPendingTasks();
        ByteBuf sent = Unpooled.buffer();
        for (ByteBuf part; (part = channel.readOutbound()) != null; part.release()) {
            sent.writeBytes(part);
        }
        assertThat(sent.toString(ISO_8859_1))
                .isEqualTo("\3\13one.example\0\65\0\1\r\na" + "\1\300\0\2\2\1\273\0\0\r\n");
    }

    @Test
    void what_cannot_be_written_now_is_dropped() {
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(10, 20));
        ByteBuf first = Unpooled.copiedBuffer("x".repeat(30), US_ASCII);
        ByteBuf second = Unpooled.copiedBuffer("y", US_ASCII);
        channel.eventLoop().execute(() -> {
            stream.send(ONE, first);
            stream.send(ONE, second);
        });
        channel.runPendingTasks();
        assertThat(second.refCnt()).isZero();
        stream.send(ONE, Unpooled.copiedBuffer("z", US_ASCII));
        channel.runPendingTasks();
        assertThat(channel.outboundMessages()).hasSize(4);
    }

    @Test
    void a_payload_beyond_what_a_datagram_can_be_is_dropped() {
        ByteBuf large = Unpooled.buffer().writeZero(65_536);
        stream.send(ONE, large);
        assertThat(large.refCnt()).isZero();
    }

    @Test
    void garbage_ends_it_and_the_sink_is_told_once() {
        channel.writeInbound(TrojanPacketTest.packet(ONE, "good").writeBytes(new byte[] {9, 9, 9}));
        assertThat(seen).containsExactly(ONE + " good", "UDP association: address type 9");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void the_end_of_the_connection_is_told_once() {
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        channel.close();
        assertThat(seen).containsExactly("the other end closed the UDP association");
    }

    @Test
    void a_lost_connection_is_told_with_half_a_datagram_forgotten() {
        channel.writeInbound(TrojanPacketTest.packet(ONE, "half").writerIndex(10));
        channel.close();
        assertThat(seen).containsExactly("the connection of the UDP association was lost");
    }

    @Test
    void who_closes_is_told_nothing_and_sends_nothing() {
        stream.close();
        stream.close();
        ByteBuf late = Unpooled.copiedBuffer("late", US_ASCII);
        stream.send(ONE, late);
        assertThat(late.refCnt()).isZero();
        assertThat(seen).isEmpty();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void who_closes_in_the_middle_of_a_burst_gets_no_more_of_it() {
        closeAfter = 1;
        channel.writeInbound(TrojanPacketTest.packet(ONE, "a").writeBytes(TrojanPacketTest.packet(ONE, "b")));
        assertThat(seen).containsExactly(ONE + " a");
    }

    @Test
    void an_association_refused_before_it_began_closes_its_channel() {
        PacketStream refused = new PacketStream(
                TrojanPacket.FRAMING,
                new PacketSink() {
                    @Override
                    public void receive(Destination from, ByteBuf payload) {
                        payload.release();
                    }

                    @Override
                    public void closed(Failure why) {
                        seen.add(why.text());
                    }
                },
                why -> new Failure(Failure.Kind.CLIENT_GONE, why));
        refused.close();
        EmbeddedChannel late = new EmbeddedChannel(refused);
        assertThat(late.isOpen()).isFalse();
        assertThat(seen).isEmpty();
    }
}
