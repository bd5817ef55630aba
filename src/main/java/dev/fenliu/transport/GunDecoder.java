package dev.fenliu.transport;

import dev.fenliu.net.GarbageException;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/**
 * Reads the messages of a gRPC stream, each a flag and a length, then fields of bytes with the number 1, of which payload
 * passes through as it comes: a message with several of them is what some clients send. Holds nothing.
 *
 * <p>As the Protocol Buffers encoding and "gRPC over HTTP2" (Length-Prefixed-Message) have it.
 */
final class GunDecoder {
    /** The most bytes of a message before its payload. */
    static final int MAX_HEADER = 5 + 1 + 5;

    private static final int PREFIX = 5;

    /** Field 1, a length and bytes. */
    private static final int TAG = 0x0a;

    private static final int VARINT_MORE = 0x80;
    private static final int VARINT_BITS = 7;

    private enum Expected {
        PREFIX,
        TAG,
        LENGTH,
        PAYLOAD
    }

    private Expected expected = Expected.PREFIX;
    private int prefix;
    private int shift;
    private long message;
    private long field;

    /**
     * Reads all of {@code in}, which stays the caller's.
     *
     * @param payload is given each piece, not empty, to own
     * @throws GarbageException on what is no such message; nothing can be read after that
     */
    void read(ByteBuf in, Consumer<ByteBuf> payload) throws GarbageException {
        while (in.isReadable()) {
            switch (expected) {
                case PREFIX -> prefix(in.readUnsignedByte());
                case TAG -> tag(in.readUnsignedByte());
                case LENGTH -> length(in.readUnsignedByte());
                case PAYLOAD -> {
                    int take = (int) Math.min(field, in.readableBytes());
                    field -= take;
                    message -= take;
                    payload.accept(in.readRetainedSlice(take));
                    next();
                }
            }
        }
    }

    private void prefix(int b) throws GarbageException {
        if (prefix == 0 && b != 0) {
            throw new GarbageException("a compressed message");
        }
        message = prefix == 0 ? 0 : message << 8 | b;
        prefix++;
        if (prefix == PREFIX) {
            prefix = 0;
            next();
        }
    }

    private void tag(int b) throws GarbageException {
        if (b != TAG) {
            throw new GarbageException("another field");
        }
        message--;
        field = 0;
        shift = 0;
        expected = Expected.LENGTH;
    }

    private void length(int b) throws GarbageException {
        message--;
        field |= (long) (b & ~VARINT_MORE) << shift;
        shift += VARINT_BITS;
        boolean more = (b & VARINT_MORE) != 0;
        if (more ? message <= 0 || shift >= 5 * VARINT_BITS : field > message) {
            throw new GarbageException("a field that is longer than its message");
        }
        if (!more) {
            next();
        }
    }

    private void next() throws GarbageException {
        expected = field > 0 ? Expected.PAYLOAD : message > 0 ? Expected.TAG : Expected.PREFIX;
        if (expected == Expected.TAG && message == 1) {
            throw new GarbageException("a field without a length");
        }
    }

    /** Writes what precedes so many bytes of payload. */
    static void writeHeader(ByteBuf out, long length) {
        int digits = Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(length) + VARINT_BITS - 1) / VARINT_BITS);
        out.writeByte(0).writeInt((int) (1 + digits + length)).writeByte(TAG);
        long left = length;
        for (int i = 1; i < digits; i++) {
            out.writeByte((int) left & 0x7f | VARINT_MORE);
            left >>>= VARINT_BITS;
        }
        out.writeByte((int) left);
    }
}
