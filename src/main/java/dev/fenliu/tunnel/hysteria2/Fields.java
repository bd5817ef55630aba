package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.net.GarbageException;
import io.netty.buffer.ByteBuf;

/**
 * Walks over the fields at the beginning of a buffer, without reading it, while they are there as a whole. Numbers are
 * variable-length integers (RFC 9000 section 16).
 */
final class Fields {
    private final ByteBuf in;
    private int index;
    private boolean whole = true;

    Fields(ByteBuf in) {
        this.in = in;
        this.index = in.readerIndex();
    }

    /** Whether all fields so far were there as a whole; those that were not have the value 0. */
    boolean whole() {
        return whole;
    }

    /** Where the next field begins. */
    int index() {
        return index;
    }

    long number() {
        int there = in.writerIndex() - index;
        int size = there < 1 ? 1 : 1 << (in.getByte(index) >> 6 & 3);
        if (!whole || there < size) {
            whole = false;
            return 0;
        }
        long value = in.getByte(index) & 0x3f;
        for (int i = 1; i < size; i++) {
            value = value << 8 | in.getUnsignedByte(index + i);
        }
        index += size;
        return value;
    }

    /** @throws GarbageException if it is more than {@code most} */
    int length(int most) throws GarbageException {
        long length = number();
        if (length > most) {
            throw new GarbageException("a field of " + length + " bytes");
        }
        return (int) length;
    }

    int octet() {
        return skip(1) < 0 ? 0 : in.getUnsignedByte(index - 1);
    }

    /** Where the bytes begin that are passed over; -1 when they are not there as a whole. */
    int skip(int bytes) {
        int start = index;
        if (!whole || in.writerIndex() - start < bytes) {
            whole = false;
            return -1;
        }
        index += bytes;
        return start;
    }

    /** Appends a number in its shortest form; at most 30 bits. */
    static void write(ByteBuf out, int number) {
        if (number < 1 << 6) {
            out.writeByte(number);
        } else if (number < 1 << 14) {
            out.writeShort(number | 1 << 14);
        } else {
            out.writeInt(number | 1 << 31);
        }
    }
}
