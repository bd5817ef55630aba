package dev.fenliu.sniff;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;

/** Reads on through bytes that may end anywhere: what is not there reads as nothing, and {@link #isCut} says so. */
final class Cursor {
    private final ByteBuf bytes;
    private int at;
    private boolean cut;

    /** Starts at index 0 of {@code bytes}, which stay as they are. */
    Cursor(ByteBuf bytes) {
        this.bytes = bytes;
    }

    int at() {
        return at;
    }

    int left() {
        return bytes.writerIndex() - at;
    }

    /** Whether something was read that is not there. */
    boolean isCut() {
        return cut;
    }

    /** The next {@code count} bytes, at most 4, as a number; 0 when they are not there. */
    int take(int count) {
        int value = 0;
        cut |= left() < count;
        for (int i = 0; i < count && !cut; i++) {
            value = value << 8 | bytes.getUnsignedByte(at++);
        }
        return value;
    }

    /** A number of 1 to 8 bytes, as its first two bits say (RFC 9000 section 16); 0 when it is not there. */
    long varint() {
        int first = take(1);
        int more = (1 << (first >> 6)) - 1;
        long value = first & 0x3f;
        cut |= left() < more;
        for (int i = 0; i < more && !cut; i++) {
            value = value << 8 | take(1);
        }
        return cut ? 0 : value;
    }

    void skip(long count) {
        cut |= left() < count;
        if (!cut) {
            at += (int) count;
        }
    }

    /** A copy of the next {@code count} bytes; nothing when they are not there. */
    byte[] bytes(int count) {
        int from = at;
        skip(count);
        return cut ? new byte[0] : ByteBufUtil.getBytes(bytes, from, count);
    }

    /** The next {@code count} bytes as text. */
    String text(int count) {
        return new String(bytes(count), StandardCharsets.US_ASCII);
    }
}
