package dev.fenliu.config;

import org.jspecify.annotations.Nullable;

/**
 * Something wrong or doubtful in what the user wrote.
 *
 * @param hint what to do about it, as a phrase that follows the message; null when there is none
 * @param excerpt the line it stands on; null when there is none
 * @param remark the same as data; null for what has no code
 */
public record Problem(
        Severity severity,
        Position position,
        String message,
        @Nullable String hint,
        @Nullable Excerpt excerpt,
        @Nullable Remark remark) {
    /** Whether the configuration can still be used. */
    public enum Severity {
        ERROR,
        WARNING
    }

    /** What a message quotes may be as long as the file. */
    private static final int MAX_CHARS = 600;

    /** Takes the logins of links, control characters and too much text out of message and hint. */
    public Problem {
        message = clean(message);
        hint = hint == null ? null : clean(hint);
    }

    /** Without a code. */
    public Problem(
            Severity severity, Position position, String message, @Nullable String hint, @Nullable Excerpt excerpt) {
        this(severity, position, message, hint, excerpt, null);
    }

    /** The same at a node, which shows its line. */
    public Problem at(ConfigNode node) {
        return new Problem(severity, node.position(), message, hint, node.excerpt(), remark);
    }

    static String clean(String text) {
        return shorten(Mask.clean(text));
    }

    /** Without its middle if it is long: what is wrong stands at the beginning, what is expected at the end. */
    private static String shorten(String text) {
        int half = MAX_CHARS / 2;
        return text.length() <= MAX_CHARS
                ? text
                : text.substring(0, half) + " … " + text.substring(text.length() - half);
    }

    /** {@code file:line:column: error: message}, the line, a caret below it, and the hint. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        out.append(position)
                .append(severity == Severity.ERROR ? ": error: " : ": warning: ")
                .append(message);
        if (excerpt != null) {
            out.append(excerpt.lines(position.line()));
        }
        if (hint != null) {
            out.append("\n  ").append(hint);
        }
        return out.toString();
    }
}
