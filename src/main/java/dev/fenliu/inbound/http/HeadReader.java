package dev.fenliu.inbound.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Collects the head of one message after the other from bytes in any pieces, within bounds, and refuses bytes that no
 * head may hold as soon as they come (RFC 9112 section 2.2).
 */
final class HeadReader {
    private final boolean strict;
    private final String prefix;
    private final int maxLine;
    private final int maxHead;
    private byte[] bytes = new byte[512];
    private int length;
    private int lineStart;
    private boolean afterCr;
    private boolean skipped;

    private HeadReader(boolean strict, String prefix, int maxLine, int maxHead) {
        this.strict = strict;
        this.prefix = prefix;
        this.maxLine = maxLine;
        this.maxHead = maxHead;
    }

    /** For requests: lines end with CRLF, no control characters, 8 KiB a request line, 32 KiB a head. */
    static HeadReader requests() {
        return new HeadReader(true, "", 8 << 10, 32 << 10);
    }

    /** For responses: a line may end with LF alone, as RFC 9112 section 2.2 allows; 64 KiB a head. */
    static HeadReader responses() {
        return new HeadReader(false, "HTTP/1.", 64 << 10, 64 << 10);
    }

    /** Whether part of a head has been read. */
    boolean started() {
        return length > 0;
    }

    /**
     * Reads up to the end of a head.
     *
     * @return the head with its last, empty line, a character a byte; null when more bytes are needed
     */
    @Nullable
    String read(ByteBuf in) throws Malformed {
        while (in.isReadable()) {
            int b = in.readUnsignedByte();
            if (b == '\n') {
                String head = endLine();
                if (head != null) {
                    return head;
                }
            } else if (afterCr) {
                throw new Malformed(400, "a carriage return without a line feed");
            } else {
                check(b);
                append(b);
                afterCr = b == '\r';
            }
        }
        return null;
    }

    private void check(int b) throws Malformed {
        if (b == 0 || strict && (b < 0x20 && b != '\t' && b != '\r' || b == 0x7f)) {
            throw new Malformed(400, "a control character in the head of the message");
        }
        if (length < prefix.length() && b != prefix.charAt(length)) {
            throw new Malformed(400, "not an HTTP/1 message");
        }
    }

    private @Nullable String endLine() throws Malformed {
        if (strict && !afterCr) {
            throw new Malformed(400, "a line feed without a carriage return");
        }
        append('\n');
        int content = length - lineStart - (afterCr ? 2 : 1);
        afterCr = false;
        if (content > 0) {
            lineStart = length;
            return null;
        }
        if (lineStart == 0) {
            if (skipped) {
                throw new Malformed(400, "an empty line where a message should start");
            }
            skipped = true; // one empty line before a request is left over from sloppy bodies
            length = 0;
            return null;
        }
        String head = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
        length = 0;
        lineStart = 0;
        skipped = false;
        if (bytes.length > 4096) {
            bytes = new byte[512];
        }
        return head;
    }

    private void append(int b) throws Malformed {
        if (lineStart == 0 && length >= maxLine) {
            throw new Malformed(414, "a first line of more than " + maxLine + " bytes");
        }
        if (length >= maxHead) {
            throw new Malformed(431, "a head of more than " + maxHead + " bytes");
        }
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(maxHead, length * 2));
        }
        bytes[length++] = (byte) b;
    }
}
