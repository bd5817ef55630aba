package dev.fenliu.config;

import org.jspecify.annotations.Nullable;

/**
 * Something wrong or doubtful in what the user wrote.
 *
 * @param hint what to do about it, as a phrase that follows the message; null when there is none
 * @param excerpt the line it stands on; null when there is none
 */
public record Problem(
        Severity severity,
        Position position,
        String message,
        @Nullable String hint,
        @Nullable Excerpt excerpt) {
    /** Whether the configuration can still be used. */
    public enum Severity {
        ERROR,
        WARNING
    }

    /** Takes the logins of links, and control characters, out of message and hint. */
    public Problem {
        message = Mask.clean(message);
        hint = hint == null ? null : Mask.clean(hint);
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
