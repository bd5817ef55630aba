package dev.fenliu.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The text of a file as its messages need it: its name as the user gave it, its folder, and its lines, which leave it
 * without their secrets. Confined to the thread that reads the config.
 */
final class SourceFile {
    /** An expression for the line ends that YAML knows. */
    static final String LINE_END = "\r\n|[\r\n\\u0085\\u2028\\u2029]";

    /** Longer lines are not shown: no message is worth the time to look for their secrets. */
    static final int MAX_LINE = 64 << 10;

    private final String name;
    private final Path folder;
    private final List<String> lines;
    private @Nullable Mask mask;
    private int masked;
    private List<Mask.Span> secrets = List.of(); // of the line that was asked for last

    /** @param text without byte order mark; its line ends are those that YAML knows */
    SourceFile(String name, Path folder, String text) {
        this(name, folder, List.of(text.split(LINE_END, -1)));
    }

    private SourceFile(String name, Path folder, List<String> lines) {
        this.name = name;
        this.folder = folder;
        this.lines = lines;
    }

    /** A text of which no line is ever shown. */
    static SourceFile untold(String name) {
        return new SourceFile(name, Path.of(""), List.of());
    }

    String name() {
        return name;
    }

    Path folder() {
        return folder;
    }

    /** The line of a place, for a message; null when the file has no such line. */
    @Nullable
    Excerpt excerpt(Position position, int width) {
        if (line(position.line()).length() > MAX_LINE || position.line() < 1 || position.line() > lines.size()) {
            return null;
        }
        if (mask == null) {
            mask = new Mask(lines);
        }
        if (masked != position.line()) {
            masked = position.line();
            secrets = mask.secrets(masked);
        }
        String line = lines.get(masked - 1);
        int start = index(line, 0, position.column() - 1);
        return Excerpt.of(line, start, index(line, start, width), secrets);
    }

    /** YAML counts code points. */
    private static int index(String line, int from, int points) {
        int there = line.codePointCount(from, line.length());
        return points > there ? line.length() : line.offsetByCodePoints(from, Math.max(0, points));
    }

    /** The line as it stands, secrets included: for deciding what to say, never for saying it. */
    String line(int number) {
        return number < 1 || number > lines.size() ? "" : lines.get(number - 1);
    }
}
