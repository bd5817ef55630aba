package dev.fenliu.transport;

import dev.fenliu.net.GarbageException;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The head of an HTTP/1.1 message (RFC 9112 sections 2 to 5), taken strictly: lines end in CRLF, no line is folded.
 *
 * @param start the first line
 */
record Head(String start, List<Field> fields) {
    /** The longest head that is read, in bytes. */
    static final int MAX = 16 << 10;

    /** @param name in lower case */
    record Field(String name, String value) {}

    /** Finds a head's end in bytes that grow, looking at none twice. */
    static final class Reader {
        private int searched;

        /**
         * Reads a head.
         *
         * @return null, and nothing is read, while {@code in} holds only the beginning of one
         * @throws GarbageException if it is none or longer than {@link #MAX}; nothing is read then either
         */
        @Nullable
        Head read(ByteBuf in) throws GarbageException {
            int start = in.readerIndex();
            int end = -1;
            for (int at = start + searched; end < 0 && at < in.writerIndex(); at++) {
                if (at - start >= MAX) {
                    throw new GarbageException("a head of over " + MAX + " bytes");
                }
                boolean whole = in.getByte(at) == '\n' && at - start >= 3;
                if (whole && in.getByte(at - 1) == '\r' && in.getByte(at - 2) == '\n' && in.getByte(at - 3) == '\r') {
                    end = at + 1;
                }
            }
            if (end < 0) {
                searched = in.readableBytes();
                return null;
            }
            searched = 0;
            Head head = parse(in.toString(start, end - start - 4, StandardCharsets.ISO_8859_1));
            in.readerIndex(end);
            return head;
        }
    }

    private static Head parse(String text) throws GarbageException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean line = c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n'
                    || c == '\n' && i > 0 && text.charAt(i - 1) == '\r';
            if (c < ' ' && c != '\t' && !line || c == 0x7f) {
                throw new GarbageException("a control character in a head");
            }
        }
        String[] lines = text.split("\r\n", -1);
        List<Field> fields = new ArrayList<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon <= 0 || lines[i].substring(0, colon).chars().anyMatch(c -> c <= ' ' || c > '~')) {
                throw new GarbageException("a malformed header line");
            }
            fields.add(new Field(
                    lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                    lines[i].substring(colon + 1).strip()));
        }
        return new Head(lines[0], List.copyOf(fields));
    }

    /** The value of a field that is there once; null if it is not. */
    @Nullable
    String field(String name) {
        String found = null;
        for (Field field : fields) {
            if (field.name.equals(name)) {
                if (found != null) {
                    return null;
                }
                found = field.value;
            }
        }
        return found;
    }

    /** Whether a field's list of words has this one, whatever its case. */
    boolean has(String name, String word) {
        return fields.stream()
                .filter(field -> field.name.equals(name))
                .flatMap(field -> List.of(field.value.split(",", -1)).stream())
                .anyMatch(item -> item.strip().equalsIgnoreCase(word));
    }
}
