package dev.fenliu.dns;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Why an answer is as it is, in words (RFC 8914).
 *
 * @param code the INFO-CODE
 * @param text for people
 */
public record ExtendedError(int code, String text) {
    static final int OTHER = 0;
    static final int STALE = 3;
    static final int BLOCKED = 15;
    static final int FILTERED = 17;
    static final int NO_REACHABLE_AUTHORITY = 22;
    static final int NETWORK_ERROR = 23;

    private static final int OPTION = 15;
    private static final int MOST_BYTES = 240;

    /** The EDNS option. */
    byte[] option() {
        byte[] words = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(words.length, MOST_BYTES);
        while (length < words.length && length > 0 && (words[length] & 0xc0) == 0x80) {
            length--; // not in the middle of a character
        }
        return ByteBuffer.allocate(6 + length)
                .putShort((short) OPTION)
                .putShort((short) (2 + length))
                .putShort((short) code)
                .put(words, 0, length)
                .array();
    }
}
