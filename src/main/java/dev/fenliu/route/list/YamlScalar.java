package dev.fenliu.route.list;

import java.util.ArrayList;
import java.util.List;

/** The values of the YAML that lists are written in: scalars and lists of them, each on one line. */
final class YamlScalar {
    private final String text;
    private int at;

    private YamlScalar(String text) {
        this.text = text;
    }

    /**
     * Resolves quotes and escapes and cuts the comment; a leading {@code *} is a plain character, because lists have no
     * aliases.
     *
     * @throws IllegalArgumentException with a message for users
     */
    static String parse(String text) {
        YamlScalar scalar = new YamlScalar(text);
        String value = scalar.next("");
        scalar.end();
        return value;
    }

    /** Reads {@code [a, 'b', "c"]}. @throws IllegalArgumentException with a message for users */
    static List<String> list(String text) {
        YamlScalar scalar = new YamlScalar(text);
        List<String> values = new ArrayList<>();
        scalar.at = text.indexOf('[') + 1;
        while (true) {
            scalar.blanks();
            if (scalar.at == text.length()) {
                throw new IllegalArgumentException("the list does not end on this line; write one entry a line");
            }
            if (text.charAt(scalar.at) == ']') {
                scalar.at++;
                scalar.end();
                return values;
            }
            values.add(scalar.next(",]"));
            scalar.blanks();
            if (scalar.at < text.length() && text.charAt(scalar.at) == ',') {
                scalar.at++;
            } else if (scalar.at < text.length() && text.charAt(scalar.at) != ']') {
                throw new IllegalArgumentException("\"" + text.substring(scalar.at) + "\" follows a value");
            }
        }
    }

    private String next(String stops) {
        blanks();
        char first = at < text.length() ? text.charAt(at) : ' ';
        return switch (first) {
            case '\'' -> single();
            case '"' -> quoted();
            case '!', '&', '|', '>', '{', '[' ->
                throw new IllegalArgumentException("a value cannot start with " + first + " here; put it in quotes");
            default -> plain(stops);
        };
    }

    private String plain(String stops) {
        int start = at;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (stops.indexOf(c) >= 0 || c == '#' && (at == start || isBlank(text.charAt(at - 1)))) {
                break;
            }
            at++;
        }
        return text.substring(start, at).strip();
    }

    private String single() {
        StringBuilder out = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '\'') {
                if (!text.startsWith("''", at)) {
                    at++;
                    return out.toString();
                }
                at++;
            }
            out.append(c);
        }
        throw new IllegalArgumentException("the quote is not closed");
    }

    private String quoted() {
        StringBuilder out = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return out.toString();
            }
            if (c == '\\' && at + 1 < text.length()) {
                at++;
                out.append(escape());
            } else {
                out.append(c);
            }
        }
        throw new IllegalArgumentException("the quote is not closed");
    }

    private String escape() {
        char c = text.charAt(at);
        int digits = c == 'x' ? 2 : c == 'u' ? 4 : 0;
        if (digits > 0) {
            int end = Math.min(text.length(), at + 1 + digits);
            try {
                int code = Integer.parseUnsignedInt(text.substring(at + 1, end), 16);
                at += digits;
                return String.valueOf((char) code);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("the escape \\" + c + " lacks its digits", e);
            }
        }
        return switch (c) {
            case '\\', '"', '/', ' ' -> String.valueOf(c);
            case 't' -> "\t";
            default -> throw new IllegalArgumentException("\\" + c + " in double quotes; use single quotes");
        };
    }

    private void end() {
        blanks();
        boolean comment = at < text.length() && text.charAt(at) == '#' && (at == 0 || isBlank(text.charAt(at - 1)));
        if (at < text.length() && !comment) {
            throw new IllegalArgumentException("\"" + text.substring(at) + "\" follows the value");
        }
    }

    private void blanks() {
        while (at < text.length() && isBlank(text.charAt(at))) {
            at++;
        }
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
