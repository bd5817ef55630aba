package dev.fenliu.edit;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Type;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.List;

/** An edit that was not made, and why, in words for the user. Nothing has changed. */
public final class EditRefused extends Exception {
    private static final long serialVersionUID = 1;

    /** What was asked for makes no sense, or is not there. */
    public static EditRefused wrong(String message) {
        return new EditRefused(message);
    }

    /** The program would not take what is there, or the result. */
    public static EditRefused rejected(String message, List<Problem> problems) {
        return new EditRefused(Kind.REJECTED, message, problems);
    }

    /** The system does not let a file be written. */
    static EditRefused unwritable(Path file, IOException e) {
        Kind kind = e instanceof AccessDeniedException ? Kind.DENIED : Kind.UNWRITABLE;
        return new EditRefused(
                kind, "cannot write " + file + ": " + Type.reason(e) + "; nothing was changed", List.of());
    }

    /** For what would take the last entry out of a list. */
    public static EditRefused empty() {
        return wrong("that is all that the list has, and an empty list cannot be read: take out the rules that ask it");
    }

    /** What kind of refusal it is. */
    public enum Kind {
        /** What was asked for makes no sense, or is not there. */
        WRONG,
        /** The file is not what it was when it was read. */
        CONFLICT,
        /** The program would not take the result. */
        REJECTED,
        /** The system lets nobody write it. */
        UNWRITABLE,
        /** The same, because others have the right. */
        DENIED
    }

    private final Kind kind;
    private final transient List<Problem> problems;

    EditRefused(String message) {
        this(Kind.WRONG, message, List.of());
    }

    EditRefused(Kind kind, String message, List<Problem> problems) {
        super(message);
        this.kind = kind;
        this.problems = List.copyOf(problems);
    }

    public Kind kind() {
        return kind;
    }

    /** What is wrong with the result, each with its place; empty unless it was rejected. */
    public List<Problem> problems() {
        return problems;
    }
}
