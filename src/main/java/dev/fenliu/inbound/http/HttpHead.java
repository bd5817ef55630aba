package dev.fenliu.inbound.http;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a message's head (RFC 9112 section 2.1), each kept as it came.
 *
 * @param start the first line without its end
 * @param lineEnd how the first line ended
 */
record HttpHead(String start, String lineEnd, List<Field> fields) {
    private static final int MAX_FIELDS = 100;

    /** @param line the whole line with its end */
    record Field(String name, String value, String line) {
        boolean is(String other) {
            return name.equalsIgnoreCase(other);
        }
    }

    /**
     * Splits what {@link HeadReader} read.
     *
     * @param strict for a request; in a response, folded lines are joined and space before a colon is removed, as
     *     RFC 9112 section 5 has it for proxies
     */
    static HttpHead parse(String text, boolean strict) throws Malformed {
        int at = text.indexOf('\n') + 1;
        String first = text.substring(0, at);
        String start = stripEnd(first);
        List<Field> fields = new ArrayList<>();
        while (at < text.length()) {
            int next = text.indexOf('\n', at) + 1;
            String line = text.substring(at, next);
            at = next;
            String content = stripEnd(line);
            if (content.isEmpty()) {
                break;
            }
            if (content.charAt(0) == ' ' || content.charAt(0) == '\t') {
                fold(fields, content, line, strict);
                continue;
            }
            if (fields.size() == MAX_FIELDS) {
                throw new Malformed(431, "more than " + MAX_FIELDS + " header fields");
            }
            fields.add(field(content, line, strict));
        }
        return new HttpHead(start, first.substring(start.length()), fields);
    }

    private static Field field(String content, String line, boolean strict) throws Malformed {
        int colon = content.indexOf(':');
        if (colon < 0) {
            throw new Malformed(400, "a header line without a colon");
        }
        String name = content.substring(0, colon);
        String whole = line;
        if (!strict && !name.isEmpty() && isBlank(name.charAt(colon - 1))) {
            name = trim(name);
            whole = name + line.substring(colon);
        }
        if (!isToken(name)) {
            throw new Malformed(400, "a header name with a character that names cannot have");
        }
        return new Field(name, trim(content.substring(colon + 1)), whole);
    }

    private static void fold(List<Field> fields, String content, String line, boolean strict) throws Malformed {
        if (strict || fields.isEmpty()) {
            throw new Malformed(400, "a folded header line");
        }
        Field last = fields.remove(fields.size() - 1);
        String more = trim(content);
        String end = line.substring(content.length());
        fields.add(new Field(last.name(), trim(last.value() + " " + more), stripEnd(last.line()) + " " + more + end));
    }

    /** The values of the fields of this name, in order. */
    List<String> values(String name) {
        List<String> values = new ArrayList<>(1);
        for (Field field : fields) {
            if (field.is(name)) {
                values.add(field.value());
            }
        }
        return values;
    }

    /** The value of the only field of this name; null when there is none or more than one. */
    @Nullable
    String only(String name) {
        List<String> values = values(name);
        return values.size() == 1 ? values.get(0) : null;
    }

    boolean has(String name) {
        return !values(name).isEmpty();
    }

    /** The members of all {@code Connection} fields in lower case (RFC 9110 section 7.6.1). */
    Set<String> connection() throws Malformed {
        Set<String> options = new HashSet<>();
        for (String value : values("connection")) {
            for (String option : value.split(",", -1)) {
                String name = trim(option);
                if (!name.isEmpty() && !isToken(name)) {
                    throw new Malformed(400, "a Connection header that is no list of names");
                }
                options.add(name.toLowerCase(Locale.ROOT));
            }
        }
        options.remove("");
        return options;
    }

    /** The value of {@code Content-Length} in bytes, -1 when there is none (RFC 9112 section 6.3). */
    long contentLength() throws Malformed {
        List<String> values = values("content-length");
        if (values.isEmpty()) {
            return -1;
        }
        String value = values.get(0);
        if (values.size() > 1
                || value.isEmpty()
                || value.length() > 18
                || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new Malformed(400, "a Content-Length that is not one decimal number");
        }
        return Long.parseLong(value);
    }

    /** RFC 9110 section 5.6.2. */
    static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isTokenByte(text.charAt(i))) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    static boolean isTokenByte(int c) {
        return c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }

    private static String stripEnd(String line) {
        int end = line.length() - 1;
        return line.substring(0, end > 0 && line.charAt(end - 1) == '\r' ? end - 1 : end);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    /** Without spaces and tabs at both ends, and nothing else: {@link String#trim} takes more. */
    static String trim(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && isBlank(text.charAt(from))) {
            from++;
        }
        while (from < to && isBlank(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }
}
