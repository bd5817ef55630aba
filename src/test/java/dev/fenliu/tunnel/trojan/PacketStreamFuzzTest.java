package dev.fenliu.tunnel.trojan;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.fuzz.Pieces;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.PacketFraming;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

class PacketStreamFuzzTest {
    private static final int MOST_HELD = 4 * (TrojanPacket.MAX_HEADER + PacketFraming.MAX_PAYLOAD);

    private record Datagram(Destination peer, String payload) {}

    @FuzzTest
    void datagrams_arrive_the_same_however_the_stream_is_cut_and_as_they_were_sent(byte[] input) {
        Pieces pieces = Pieces.of(input);
        List<Object> whole = play(pieces.whole());
        assertThat(play(pieces.cut())).isEqualTo(whole);
        List<Object> datagrams =
                whole.stream().filter(seen -> seen instanceof Datagram).toList();
        assertThat(play(List.of(sent(datagrams)))).isEqualTo(datagrams);
    }

    private static List<Object> play(List<byte[]> pieces) {
        List<Object> seen = new ArrayList<>();
        try (CountedBuffers buffers = new CountedBuffers()) {
            EmbeddedChannel channel = channel(buffers, (peer, payload) -> seen.add(new Datagram(peer, payload)), seen);
            for (byte[] piece : pieces) {
                if (channel.isOpen()) {
                    channel.writeInbound(buffers.of(piece));
                    assertThat(buffers.held()).isLessThanOrEqualTo(MOST_HELD + 2L * piece.length);
                }
            }
            if (channel.isOpen()) {
                channel.pipeline().remove(PacketStream.class); // before its end is told
            }
            channel.finishAndReleaseAll();
        }
        return seen;
    }

    private static byte[] sent(List<Object> datagrams) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            EmbeddedChannel channel = channel(buffers, (peer, payload) -> {}, new ArrayList<>());
            channel.config().setWriteBufferHighWaterMark(Integer.MAX_VALUE);
            PacketStream stream = channel.pipeline().get(PacketStream.class);
            for (Object datagram : datagrams) {
                Datagram one = (Datagram) datagram;
                stream.send(one.peer, buffers.of(ByteBufUtil.decodeHexDump(one.payload)));
            }
            channel.runPendingTasks();
            StringBuilder out = new StringBuilder();
            for (ByteBuf part; (part = channel.readOutbound()) != null; part.release()) {
                out.append(ByteBufUtil.hexDump(part));
            }
            channel.finishAndReleaseAll();
            return ByteBufUtil.decodeHexDump(out);
        }
    }

    private static EmbeddedChannel channel(
            CountedBuffers buffers, BiConsumer<Destination, String> datagrams, List<Object> ends) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAllocator(buffers.allocator());
        PacketSink sink = new PacketSink() {
            @Override
            public void receive(Destination from, ByteBuf payload) {
                datagrams.accept(from, ByteBufUtil.hexDump(payload));
                payload.release();
            }

            @Override
            public void closed(Failure why) {
                ends.add(why.kind());
            }
        };
        channel.pipeline()
                .addLast(new PacketStream(
                        TrojanPacket.FRAMING, sink, why -> new Failure(Failure.Kind.TUNNEL_DOWN, why)));
        return channel;
    }
}
