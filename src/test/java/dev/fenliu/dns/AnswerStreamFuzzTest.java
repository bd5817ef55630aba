package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.fuzz.Pieces;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

class AnswerStreamFuzzTest {
    private static final int QUERIES = 3;

    @FuzzTest
    void the_answers_of_a_stream_are_the_same_however_it_is_cut(byte[] input) {
        Pieces pieces = Pieces.of(input);
        assertThat(play(pieces.cut())).isEqualTo(play(pieces.whole()));
    }

    /** What each of three pipelined queries got, and whether the connection is still trusted. */
    private static List<String> play(List<byte[]> pieces) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            EmbeddedChannel channel = new EmbeddedChannel(ReadAlways.INSTANCE);
            channel.config().setAllocator(buffers.allocator());
            Carrier carrier = PipelinedCarrier.on(channel, false);
            List<Future<byte[]>> answers = new ArrayList<>();
            for (int i = 0; i < QUERIES; i++) {
                answers.add(carrier.ask(Replies.query("www.example.test", Query.A), Edns.NONE));
            }
            channel.releaseOutbound();
            for (byte[] piece : pieces) {
                if (channel.isOpen()) {
                    channel.writeInbound(buffers.of(piece));
                    channel.runPendingTasks();
                }
            }
            List<String> seen = new ArrayList<>();
            for (Future<byte[]> answer : answers) {
                seen.add(
                        answer.isSuccess()
                                ? HexFormat.of().formatHex(answer.getNow())
                                : answer.isDone() ? String.valueOf(answer.cause()) : "waits");
            }
            seen.add(channel.isOpen() ? "open" : "closed");
            channel.finishAndReleaseAll();
            assertThat(answers).allMatch(Future::isDone);
            return seen;
        }
    }
}
