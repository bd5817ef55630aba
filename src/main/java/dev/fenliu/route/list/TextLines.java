package dev.fenliu.route.list;

import java.nio.charset.StandardCharsets;

/** Walks the lines of a text in UTF-8, with or without byte order mark, ended by LF or CR LF. Not thread-safe. */
final class TextLines {
    /** The longest line that is read, in bytes. */
    static final int MAX_LINE = 8 << 10;

    private final byte[] content;
    private int next;
    private int start;
    private int end;
    private int number;

    TextLines(byte[] content) {
        this.content = content;
        boolean mark = content.length >= 3
                && (content[0] & 0xff) == 0xef
                && (content[1] & 0xff) == 0xbb
                && (content[2] & 0xff) == 0xbf;
        this.next = mark ? 3 : 0;
    }

    /** Hands each line that is not too long to the syntax; the others are bad. */
    static void each(byte[] content, LineSyntax syntax, Entries out) {
        TextLines lines = new TextLines(content);
        while (lines.advance()) {
            if (lines.end - lines.start > MAX_LINE) {
                String beginning = new String(content, lines.start, MAX_LINE, StandardCharsets.UTF_8);
                out.bad(lines.number, beginning, "the line is longer than " + MAX_LINE + " bytes");
            } else {
                syntax.read(lines.text(), lines.number, out);
            }
        }
    }

    boolean advance() {
        if (next >= content.length) {
            return false;
        }
        start = next;
        while (next < content.length && content[next] != '\n') {
            next++;
        }
        end = next > start && content[next - 1] == '\r' ? next - 1 : next;
        next++;
        number++;
        return true;
    }

    /** The line, or its beginning if it is too long. */
    String text() {
        return new String(content, start, Math.min(end - start, MAX_LINE), StandardCharsets.UTF_8);
    }

    /** The line, however long. */
    String whole() {
        return new String(content, start, end - start, StandardCharsets.UTF_8);
    }

    int number() {
        return number;
    }
}
