package dev.fenliu.sniff;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.BitSet;

/**
 * Puts together what the CRYPTO frames of a client's Initial packets carry, in whatever order and however often it comes
 * (RFC 9000 sections 19.1 to 19.6). Keeps {@link Sniffer#MAX} bytes at most.
 */
final class CryptoStream {
    private static final int PADDING = 0;
    private static final int PING = 1;
    private static final int ACK = 2;
    private static final int ACK_WITH_ECN = 3;
    private static final int CRYPTO = 6;

    private final byte[] bytes = new byte[Sniffer.MAX];
    private final BitSet there = new BitSet();

    /** Takes the frames of one packet, up to one that a client does not send before it has an answer. */
    void read(Cursor frames) {
        while (frames.left() > 0 && !frames.isCut()) {
            int type = frames.take(1);
            if (type == CRYPTO) {
                keep(frames);
            } else if (type == ACK || type == ACK_WITH_ECN) {
                skipAck(frames, type == ACK_WITH_ECN ? 3 : 0);
            } else if (type != PADDING && type != PING) {
                return;
            }
        }
    }

    private void keep(Cursor frames) {
        long offset = frames.varint();
        long length = frames.varint();
        int kept = (int) Math.max(0, Math.min(length, bytes.length - offset));
        byte[] data = frames.bytes(kept);
        frames.skip(length - kept);
        if (!frames.isCut() && kept > 0) {
            System.arraycopy(data, 0, bytes, (int) offset, kept);
            there.set((int) offset, (int) offset + kept);
        }
    }

    private static void skipAck(Cursor frames, int counts) {
        frames.varint(); // the largest number
        frames.varint(); // the delay
        long ranges = frames.varint();
        frames.varint(); // the first range
        for (long i = 0; i < 2 * ranges + counts && !frames.isCut(); i++) {
            frames.varint();
        }
    }

    /** What is there from the start on, without a gap. */
    ByteBuf start() {
        return Unpooled.wrappedBuffer(bytes, 0, there.nextClearBit(0));
    }
}
