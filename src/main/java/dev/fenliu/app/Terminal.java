package dev.fenliu.app;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the program says on standard error: colour only on a terminal and not with NO_COLOR. */
final class Terminal {
    private Terminal() {}

    /** Whether a person reads standard error: not a file, not a journal. */
    static boolean isInteractive() {
        return isTerminal(2);
    }

    /** Whether a person reads standard output. */
    static boolean showsOutput() {
        return isTerminal(1);
    }

    private static boolean isTerminal(int descriptor) {
        String target = target(descriptor);
        return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    }

    /**
     * Whether standard error leads to the journal: JOURNAL_STREAM, {@code DEVICE:INODE}, names that stream (systemd.exec(5)).
     * Programs that were started from a desktop session inherit the variable without the stream.
     */
    static boolean isJournal() {
        return isJournal(2);
    }

    /** The same of standard output. */
    static boolean isOutputJournal() {
        return isJournal(1);
    }

    private static boolean isJournal(int descriptor) {
        String stream = System.getenv("JOURNAL_STREAM");
        return stream != null
                && target(descriptor).equals("socket:[" + stream.substring(stream.indexOf(':') + 1) + "]");
    }

    /** Where an open file leads. Where that cannot be told, nowhere: better no colour than escapes in a file. */
    private static String target(int descriptor) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
        } catch (IOException e) {
            return ""; // not Linux
        }
    }

    static boolean colour() {
        return isInteractive() && System.getenv("NO_COLOR") == null && !"dumb".equals(System.getenv("TERM"));
    }

    /** Prints every problem, and how many there are. */
    static void print(Problems problems) {
        List<Problem> all = problems.all();
        for (Problem problem : all) {
            System.err.println(colour() ? coloured(problem) : problem.toString());
        }
        long errors =
                all.stream().filter(p -> p.severity() == Problem.Severity.ERROR).count();
        if (!all.isEmpty()) {
            System.err.println(count(errors, "error") + ", " + count(all.size() - errors, "warning"));
        }
    }

    private static String coloured(Problem problem) {
        boolean error = problem.severity() == Problem.Severity.ERROR;
        String word = error ? ": error: " : ": warning: ";
        return problem.toString()
                .replaceFirst(word, ": \u001b[1;" + (error ? "31" : "33") + "m" + word.substring(2) + "\u001b[0m");
    }

    private static String count(long number, String word) {
        return number + " " + word + (number == 1 ? "" : "s");
    }
}
