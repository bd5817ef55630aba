package dev.fenliu.tunnel.vmess;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.fuzz.Pieces;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;
import java.util.Random;

class VmessFuzzTest {
    @FuzzTest
    void chunks_open_the_same_however_they_are_cut(byte[] input) {
        Pieces pieces = Pieces.of(input);
        for (Security security : Security.values()) {
            assertThat(play(security, pieces.cut())).isEqualTo(play(security, pieces.whole()));
        }
    }

    private static String play(Security security, List<byte[]> pieces) {
        StringBuilder seen = new StringBuilder();
        BodyOpener opener = new BodyOpener(new Session(security, new Random(1)).down());
        try (CountedBuffers buffers = new CountedBuffers()) {
            for (byte[] piece : pieces) {
                ByteBuf in = buffers.of(piece);
                try {
                    opener.open(in, (bytes, length) -> seen.append(ByteBufUtil.hexDump(bytes, 0, length)));
                    assertThat(in.isReadable()).isFalse();
                } catch (Failure e) {
                    return seen + e.text();
                } finally {
                    in.release();
                }
            }
        }
        return seen.append(opener.ended()).append(opener.atBoundary()).toString();
    }
}
