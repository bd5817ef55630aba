package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.fuzz.Pieces;
import io.netty.buffer.ByteBuf;
import java.util.List;

class ChunkScannerFuzzTest {
    @FuzzTest
    void a_chunked_body_ends_at_the_same_byte_however_it_is_cut(byte[] input) {
        Pieces pieces = Pieces.of(input);
        for (boolean strict : new boolean[] {true, false}) {
            long whole = end(pieces.whole(), strict);
            assertThat(end(pieces.cut(), strict)).isEqualTo(whole);
            assertThat(!strict || whole < 0 || end(pieces.whole(), false) == whole)
                    .as("what is good in a request is good in a response")
                    .isTrue();
        }
    }

    /** Where the body ends; the length if it does not end there; -1 if it is malformed. */
    private static long end(List<byte[]> pieces, boolean strict) {
        ChunkScanner scanner = new ChunkScanner(strict);
        long end = 0;
        try (CountedBuffers buffers = new CountedBuffers()) {
            for (byte[] piece : pieces) {
                ByteBuf in = buffers.of(piece);
                try {
                    boolean done = scanner.done();
                    int count = scanner.scan(in);
                    assertThat(count).isBetween(0, done ? 0 : piece.length);
                    assertThat(scanner.done() || count == piece.length).isTrue();
                    end += count;
                } catch (Malformed e) {
                    return -e.status();
                } finally {
                    in.release();
                }
            }
        }
        return end;
    }
}
