package dev.fenliu.app;

import dev.fenliu.edit.RuleEdit;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code fenliu changes}: what was changed, and how. */
@Command(
        name = "changes",
        description = "List the last 20 changes of the config and its lists, the latest first; or show one.",
        mixinStandardHelpOptions = true)
final class ChangesCommand implements Callable<Integer> {
    @Mixin
    private final Edited edited = new Edited();

    @Parameters(arity = "0..1", paramLabel = "NUMBER", description = "The one to show, as `diff -u` does.")
    private @Nullable Long number;

    @Override
    public Integer call() throws Exception {
        try (Desk desk = edited.desk()) {
            if (number != null) {
                System.out.print(
                        desk.diff(number).orElseThrow(() -> new Stop(ExitCode.USAGE, "there is no change " + number)));
                return ExitCode.OK;
            }
            for (Desk.Made change : desk.changes()) {
                System.out.println(change.id() + "  " + change.time() + "  " + change.file() + "  " + change.summary()
                        + (change.pending() ? "; goes back unless it is confirmed or does well" : ""));
            }
            return ExitCode.OK;
        }
    }

    /** The number that was given, or that of the latest such change. */
    private static long number(Desk desk, @Nullable Long given, Predicate<Desk.Made> which, String otherwise)
            throws Stop, InterruptedException {
        if (given != null) {
            return given;
        }
        return desk.changes().stream()
                .filter(which)
                .findFirst()
                .orElseThrow(() -> new Stop(ExitCode.USAGE, otherwise))
                .id();
    }

    /** {@code fenliu undo}. */
    @Command(
            name = "undo",
            description = "Take a change back, the latest if none is named. An undo can be undone.",
            mixinStandardHelpOptions = true)
    static final class Undo implements Callable<Integer> {
        @Mixin
        private final Edited edited = new Edited();

        @Mixin
        private final Reversal reversal = new Reversal();

        @Parameters(arity = "0..1", paramLabel = "NUMBER", description = "As `fenliu changes` lists it.")
        private @Nullable Long number;

        @Override
        public Integer call() throws Exception {
            try (Desk desk = edited.desk(reversal)) {
                long change = number(desk, number, lasting(desk), "nothing was changed yet");
                edited.tell(desk.undo(change), reversal);
                return ExitCode.OK;
            }
        }

        /** All but those by which a rule has come for a while and has gone by itself: there is nothing to take back. */
        private static Predicate<Desk.Made> lasting(Desk desk) throws Stop, InterruptedException {
            List<String> gone = desk.changes().stream()
                    .map(Desk.Made::summary)
                    .filter(summary -> summary.startsWith(RuleEdit.OVER))
                    .map(summary -> ": " + summary.substring(RuleEdit.OVER.length()))
                    .toList();
            return change -> gone.stream().noneMatch(change.summary()::endsWith);
        }
    }

    /** {@code fenliu confirm}. */
    @Command(
            name = "confirm",
            description = "Let a change stay that would go back by itself, the latest of these if none is named.",
            mixinStandardHelpOptions = true)
    static final class Confirm implements Callable<Integer> {
        @Mixin
        private final Edited edited = new Edited();

        @Parameters(arity = "0..1", paramLabel = "NUMBER", description = "As `fenliu changes` lists it.")
        private @Nullable Long number;

        @Override
        public Integer call() throws Exception {
            try (Desk desk = edited.desk()) {
                long change = number(
                        desk, number, Desk.Made::pending, "no change waits: they were confirmed, or have gone back");
                desk.confirm(change);
                System.err.println("change " + change + " stays");
                return ExitCode.OK;
            }
        }
    }
}
