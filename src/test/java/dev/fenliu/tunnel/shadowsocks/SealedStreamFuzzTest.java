package dev.fenliu.tunnel.shadowsocks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.fuzz.Pieces;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.List;

/** The stream below the address: what a stranger sends, and what a peer with the key seals. */
class SealedStreamFuzzTest {
    private static final Method[] METHODS = Vectors.METHODS;

    /** Longer input finds nothing more, and slows down the fuzzer. */
    private static final int MOST = 1024;

    /** What came out of an opener before it failed, if it did. */
    private record Opened(String payload, boolean failed, boolean boundary) {}

    @FuzzTest
    void a_stream_opens_the_same_however_it_is_cut_and_a_changed_one_gives_nothing_of_its_own(byte[] input) {
        Pieces pieces = Pieces.of(input);
        byte[] bytes = pieces.bytes();
        if (bytes.length > MOST) {
            return;
        }
        Method method = METHODS[pieces.seed() % METHODS.length];
        Opened garbage = open(method, pieces.whole());
        assertThat(garbage.payload).isEmpty();
        assertThat(open(method, pieces.cut())).isEqualTo(garbage);
        if (bytes.length == 0) {
            return;
        }
        byte[] sealed = seal(method, pieces.cut());
        String plain = ByteBufUtil.hexDump(bytes);
        assertThat(open(method, List.of(sealed))).isEqualTo(new Opened(plain, false, true));
        assertThat(open(method, Pieces.of(sealed, pieces.seed()).cut())).isEqualTo(new Opened(plain, false, true));
        sealed[(bytes[0] & 0xff) * sealed.length >> 8] ^= (byte) (1 << pieces.seed() % 8);
        Opened changed = open(method, List.of(sealed));
        assertThat(plain).startsWith(changed.payload);
        assertThat(changed.failed).isTrue();
        assertThat(open(method, Pieces.of(sealed, pieces.seed()).cut())).isEqualTo(changed);
    }

    private static byte[] seal(Method method, List<byte[]> writes) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            StreamSealer sealer =
                    new StreamSealer(new PlainGreeting(Vectors.key(method), new SaltFilter(), Vectors.salt(method)));
            ByteBuf out = buffers.of(new byte[0]);
            for (byte[] write : writes) {
                ByteBuf payload = buffers.of(write);
                int expected = out.readableBytes() + sealer.sealedBytes(write.length);
                sealer.seal(payload, out);
                assertThat(out.readableBytes()).isEqualTo(expected);
                payload.release();
            }
            byte[] sealed = ByteBufUtil.getBytes(out);
            out.release();
            return sealed;
        }
    }

    private static Opened open(Method method, List<byte[]> pieces) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            StreamOpener opener = new StreamOpener(new PlainGreeting(Vectors.key(method), new SaltFilter()));
            List<String> payload = new ArrayList<>();
            boolean failed = false;
            for (byte[] piece : pieces) {
                ByteBuf in = buffers.of(piece);
                int most = opener.openedBytes(piece.length);
                assertThat(most).isLessThanOrEqualTo(piece.length + PlainGreeting.MAX_CHUNK + Method.TAG_BYTES);
                ByteBuf out = buffers.allocator().heapBuffer(Math.max(1, most), Math.max(1, most));
                try {
                    if (!failed) {
                        opener.open(in, out);
                        assertThat(in.isReadable()).isFalse();
                    }
                } catch (Failure e) {
                    assertThat(e.kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
                    failed = true;
                }
                payload.add(ByteBufUtil.hexDump(out));
                in.release();
                out.release();
            }
            return new Opened(String.join("", payload), failed, !failed && opener.atBoundary());
        }
    }
}
