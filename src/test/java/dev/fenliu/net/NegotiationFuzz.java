package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.fuzz.Pieces;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;
import java.util.function.Supplier;

/** Plays a client's handshake with a server that a fuzzer invents. */
public final class NegotiationFuzz {
    private NegotiationFuzz() {}

    /**
     * Checks that the handshake comes out the same whole and cut, and keeps to its bound.
     *
     * @param most bytes that may wait unread
     */
    public static void same(Supplier<? extends Negotiation> client, byte[] input, int most) {
        Pieces pieces = Pieces.of(input);
        assertThat(play(client.get(), pieces.cut(), most)).isEqualTo(play(client.get(), pieces.whole(), most));
    }

    private static String play(Negotiation client, List<byte[]> pieces, int most) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            ByteBuf in = buffers.of(new byte[0]);
            ByteBuf out = buffers.of(new byte[0]);
            Negotiation.Stage stage = client.begin(out);
            Failure.Kind failure = null;
            for (byte[] piece : pieces) {
                in.writeBytes(piece);
                if (failure == null && stage != Negotiation.Stage.DONE) {
                    try {
                        stage = client.proceed(in, out);
                        assertThat(stage == Negotiation.Stage.DONE || in.readableBytes() <= most)
                                .as("%d bytes wait", in.readableBytes())
                                .isTrue();
                    } catch (Failure refused) {
                        failure = refused.kind();
                    }
                }
            }
            String left = failure == null ? ByteBufUtil.hexDump(in) : "";
            String seen = (failure == null ? stage + " " + ByteBufUtil.hexDump(out) : failure) + " " + left;
            in.release();
            out.release();
            return seen;
        }
    }
}
