package dev.fenliu.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects everything that is wrong with a configuration, so that one run reports all of it. Not thread-safe. */
public final class Problems {
    /** So many errors, and as many warnings, are told; nobody mends more in one go. */
    private static final int MAX = 1000;

    private final List<Problem> list = new ArrayList<>();
    private int errors;
    private int warnings;

    /** An error at the node, with an optional hint such as {@code did you mean "server"?}. */
    public void error(ConfigNode at, String message, @Nullable String hint) {
        add(Problem.Severity.ERROR, at, message, hint, null);
    }

    public void error(ConfigNode at, String message) {
        error(at, message, null);
    }

    /** A warning at the node, as data and in words. */
    public void warning(ConfigNode at, Remark remark, String message, @Nullable String hint) {
        add(Problem.Severity.WARNING, at, message, hint, remark);
    }

    public void add(Problem problem) {
        if (count(problem.severity())) {
            list.add(problem);
        }
    }

    private void add(
            Problem.Severity severity, ConfigNode at, String message, @Nullable String hint, @Nullable Remark remark) {
        if (count(severity)) {
            list.add(new Problem(severity, at.position(), message, hint, at.excerpt(), remark));
        }
    }

    /** Whether it is one of those that are told. */
    private boolean count(Problem.Severity severity) {
        return (severity == Problem.Severity.ERROR ? errors++ : warnings++) < MAX;
    }

    /** Whether an error was reported. */
    public boolean hasErrors() {
        return errors > 0;
    }

    public int size() {
        return errors + warnings;
    }

    /** All problems, or the first thousand and how many more there are, by place: file in order of first report, then line and column. */
    public List<Problem> all() {
        List<String> files =
                list.stream().map(p -> p.position().file()).distinct().toList();
        List<Problem> all = new ArrayList<>();
        list.stream()
                .distinct()
                .sorted(java.util.Comparator.comparingInt(
                                (Problem p) -> files.indexOf(p.position().file()))
                        .thenComparingInt(p -> p.position().line())
                        .thenComparingInt(p -> p.position().column()))
                .forEach(all::add);
        more(Problem.Severity.ERROR, errors, "errors", all);
        more(Problem.Severity.WARNING, warnings, "warnings", all);
        return all;
    }

    private static void more(Problem.Severity severity, int count, String what, List<Problem> all) {
        if (count > MAX) {
            Position last = all.get(all.size() - 1).position();
            Remark remark = Remark.of("more-" + what).with("n", count - MAX);
            all.add(new Problem(severity, last, count - MAX + " more " + what + " are not shown", null, null, remark));
        }
    }
}
