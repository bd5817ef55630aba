package dev.fenliu.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects everything that is wrong with a configuration, so that one run reports all of it. Not thread-safe. */
public final class Problems {
    private final List<Problem> list = new ArrayList<>();

    /** An error at the node, with an optional hint such as {@code did you mean "server"?}. */
    public void error(ConfigNode at, String message, @Nullable String hint) {
        add(Problem.Severity.ERROR, at, message, hint);
    }

    public void error(ConfigNode at, String message) {
        error(at, message, null);
    }

    public void warning(ConfigNode at, String message, @Nullable String hint) {
        add(Problem.Severity.WARNING, at, message, hint);
    }

    public void add(Problem problem) {
        list.add(problem);
    }

    private void add(Problem.Severity severity, ConfigNode at, String message, @Nullable String hint) {
        list.add(new Problem(severity, at.position(), message, hint, at.excerpt()));
    }

    /** Whether an error was reported. */
    public boolean hasErrors() {
        return list.stream().anyMatch(p -> p.severity() == Problem.Severity.ERROR);
    }

    public int size() {
        return list.size();
    }

    /** All problems by place: file in order of first report, then line and column. */
    public List<Problem> all() {
        List<String> files =
                list.stream().map(p -> p.position().file()).distinct().toList();
        return list.stream()
                .distinct()
                .sorted(java.util.Comparator.comparingInt(
                                (Problem p) -> files.indexOf(p.position().file()))
                        .thenComparingInt(p -> p.position().line())
                        .thenComparingInt(p -> p.position().column()))
                .toList();
    }
}
