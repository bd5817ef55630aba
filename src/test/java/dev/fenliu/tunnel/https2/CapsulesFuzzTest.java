package dev.fenliu.tunnel.https2;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.fuzz.Pieces;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;

class CapsulesFuzzTest {
    private static final int MOST_HELD = 4 * (Capsules.MAX_PAYLOAD + 32);

    @FuzzTest
    void datagrams_arrive_the_same_however_the_stream_is_cut_and_as_they_were_sent(byte[] input) {
        Pieces pieces = Pieces.of(input);
        List<String> whole = play(pieces.whole());
        assertThat(play(pieces.cut())).isEqualTo(whole);
        List<String> datagrams = new ArrayList<>(whole);
        datagrams.remove("ended");
        assertThat(play(List.of(sent(datagrams)))).isEqualTo(datagrams);
    }

    private static List<String> play(List<byte[]> pieces) {
        List<String> seen = new ArrayList<>();
        try (CountedBuffers buffers = new CountedBuffers()) {
            EmbeddedChannel channel = channel(buffers, seen);
            for (byte[] piece : pieces) {
                if (channel.isOpen()) {
                    channel.writeInbound(buffers.of(piece));
                    assertThat(buffers.held()).isLessThanOrEqualTo(MOST_HELD + 2L * piece.length);
                }
            }
            if (channel.isOpen()) {
                channel.pipeline().remove(Capsules.class); // before its end is told
            }
            channel.finishAndReleaseAll();
        }
        return seen;
    }

    private static byte[] sent(List<String> datagrams) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            EmbeddedChannel channel = channel(buffers, new ArrayList<>());
            channel.config().setWriteBufferHighWaterMark(Integer.MAX_VALUE);
            Capsules capsules = channel.pipeline().get(Capsules.class);
            datagrams.forEach(payload -> capsules.send(buffers.of(ByteBufUtil.decodeHexDump(payload))));
            channel.runPendingTasks();
            StringBuilder out = new StringBuilder();
            for (ByteBuf part; (part = channel.readOutbound()) != null; part.release()) {
                out.append(ByteBufUtil.hexDump(part));
            }
            channel.finishAndReleaseAll();
            return ByteBufUtil.decodeHexDump(out);
        }
    }

    private static EmbeddedChannel channel(CountedBuffers buffers, List<String> seen) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAllocator(buffers.allocator());
        channel.pipeline().addLast(new Capsules(new Capsules.Peer() {
            @Override
            public void receive(ByteBuf payload) {
                seen.add(ByteBufUtil.hexDump(payload));
                payload.release();
            }

            @Override
            public void ended(String why) {
                seen.add("ended");
            }
        }));
        return channel;
    }
}
