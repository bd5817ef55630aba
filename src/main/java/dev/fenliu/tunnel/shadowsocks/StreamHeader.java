package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Failure;
import java.nio.ByteBuffer;

/** The fixed-length headers of Shadowsocks 2022 (SIP022 3.1.3): type, date, in an answer the request's salt, length. */
final class StreamHeader {
    /** The most payload bytes in a chunk. */
    static final int MAX_CHUNK = 0xFFFF;

    /** Bytes of a request's header. */
    static final int REQUEST_BYTES = 1 + 8 + 2;

    /** The most bytes that a header can have. */
    static final int MAX_BYTES = REQUEST_BYTES + 32;

    private static final byte[] NO_SALT = {};
    private static final byte REQUEST = 0;
    private static final byte ANSWER = 1;

    private StreamHeader() {}

    /** Writes the header of a request to the beginning of {@code bytes}. */
    static void request(byte[] bytes, long date, int length) {
        write(bytes, REQUEST, date, NO_SALT, length);
    }

    /** Writes the header of an answer to the beginning of {@code bytes}. */
    static void answer(byte[] bytes, long date, byte[] requestSalt, int length) {
        write(bytes, ANSWER, date, requestSalt, length);
    }

    private static void write(byte[] bytes, byte type, long date, byte[] requestSalt, int length) {
        ByteBuffer.wrap(bytes).put(type).putLong(date).put(requestSalt).putShort((short) length);
    }

    /** What the header of a request says, once opened; or that of an answer, whose salt stands in between. */
    static ByteBuffer read(byte[] opened, boolean answer) throws Failure {
        ByteBuffer header = ByteBuffer.wrap(opened);
        if (header.get() != (answer ? ANSWER : REQUEST)) {
            throw new Failure(
                    Failure.Kind.TUNNEL_PROTOCOL,
                    answer ? "a request instead of an answer" : "an answer, not a request");
        }
        return header;
    }
}
