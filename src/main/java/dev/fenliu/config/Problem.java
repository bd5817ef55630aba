package dev.fenliu.config;

import org.jspecify.annotations.Nullable;

/**
 * Something wrong or doubtful in what the user wrote.
 *
 * @param excerpt the line it stands on, without line end; null when there is none
 * @param width characters that the caret line marks, at least 1
 * @param hint what to do about it, as a phrase that follows the message; null when there is none
 */
public record Problem(
        Severity severity,
        Position position,
        String message,
        @Nullable String hint,
        @Nullable String excerpt,
        int width) {
    /** Whether the configuration can still be used. */
    public enum Severity {
        ERROR,
        WARNING
    }

    /** {@code file:line:column: error: message}, the line, a caret below it, and the hint. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        out.append(position)
                .append(severity == Severity.ERROR ? ": error: " : ": warning: ")
                .append(message);
        if (excerpt != null) {
            // A very long line is shown around the place.
            int from = Math.max(0, Math.min(position.column() - 1, excerpt.length()) - 60);
            String shown = excerpt.substring(from, Math.min(excerpt.length(), from + 120));
            int caret = Math.min(position.column() - 1 - from, shown.length());
            String number = Integer.toString(position.line());
            out.append("\n  ").append(number).append(" | ").append(shown);
            out.append("\n  ").append(" ".repeat(number.length())).append(" | ");
            for (int i = 0; i < caret; i++) {
                out.append(shown.charAt(i) == '\t' ? '\t' : ' ');
            }
            out.append("^".repeat(Math.max(1, Math.min(width, shown.length() - caret))));
        }
        if (hint != null) {
            out.append("\n  ").append(hint);
        }
        return out.toString();
    }
}
