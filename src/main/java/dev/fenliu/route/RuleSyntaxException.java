package dev.fenliu.route;

import org.jspecify.annotations.Nullable;

/** A rule or one of its values that cannot be read. Stack-less: lists of strangers hold many. */
final class RuleSyntaxException extends Exception {
    private static final long serialVersionUID = 1;

    private final @Nullable String hint;

    RuleSyntaxException(String message, @Nullable String hint) {
        super(message, null, false, false);
        this.hint = hint;
    }

    /** What {@link #getMessage} says, never null. */
    String reason() {
        return String.valueOf(getMessage());
    }

    /** What to write instead; null when there is nothing to say. */
    @Nullable
    String hint() {
        return hint;
    }
}
