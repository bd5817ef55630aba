package dev.fenliu.route.list;

import java.nio.charset.StandardCharsets;

/** Reads the numbers and texts of binary lists out of bytes, none of them beyond the end. Not thread-safe. */
final class ByteReader {
    private final byte[] bytes;
    private final int end;
    private int at;

    ByteReader(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    int remaining() {
        return end - at;
    }

    int position() {
        return at;
    }

    int u8() throws ListFormatException {
        need(1);
        return bytes[at++] & 0xff;
    }

    /** Two bytes, big-endian. */
    int u16() throws ListFormatException {
        return u8() << 8 | u8();
    }

    /** Eight bytes, big-endian. */
    long u64() throws ListFormatException {
        need(8);
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = value << 8 | bytes[at++] & 0xff;
        }
        return value;
    }

    /** A number in groups of seven bits, the lowest first. */
    long uvarint() throws ListFormatException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int b = u8();
            value |= (long) (b & 0x7f) << shift;
            if (b < 0x80) {
                return value;
            }
        }
        throw new ListFormatException("the file is damaged: a number of more than 64 bits");
    }

    /** A count of things that take at least {@code size} bytes each, which must fit into what is left. */
    int count(long value, int size) throws ListFormatException {
        if (value < 0 || value > remaining() / size) {
            throw new ListFormatException("the file is damaged or cut short: it announces more than it holds");
        }
        return (int) value;
    }

    long[] words(int count) throws ListFormatException {
        long[] words = new long[count];
        for (int i = 0; i < count; i++) {
            words[i] = u64();
        }
        return words;
    }

    byte[] bytes(int count) throws ListFormatException {
        need(count);
        byte[] out = new byte[count];
        System.arraycopy(bytes, at, out, 0, count);
        at += count;
        return out;
    }

    String text(int count) throws ListFormatException {
        need(count);
        String text = new String(bytes, at, count, StandardCharsets.UTF_8);
        at += count;
        return text;
    }

    /** The next {@code count} bytes as a reader of their own. */
    ByteReader part(int count) throws ListFormatException {
        need(count);
        at += count;
        return new ByteReader(bytes, at - count, at);
    }

    void skip(int count) throws ListFormatException {
        need(count);
        at += count;
    }

    private void need(int count) throws ListFormatException {
        if (count < 0 || count > end - at) {
            throw new ListFormatException("the file is damaged or cut short at byte " + end);
        }
    }
}
