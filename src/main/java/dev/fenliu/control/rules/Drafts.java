package dev.fenliu.control.rules;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.edit.Editor;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.ConfigReader;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Protocols;
import dev.fenliu.engine.RuleList;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Files as they would be: read and built as a start would, but never in force. Blocks on the disk. */
public final class Drafts implements Editor.Program {
    /** Builds all that a config asks for; null when an error was reported. */
    @FunctionalInterface
    public interface Builder {
        @Nullable
        Inquiry build(Config config, Problems problems);
    }

    /** What is in force; null while nothing is. */
    @FunctionalInterface
    public interface Current {
        @Nullable
        Inquiry inquiry();
    }

    /** A text, what is wrong with it, and what would be built of it; nothing when it has errors. */
    public static final class Draft implements AutoCloseable {
        private final List<Problem> problems;
        private final @Nullable Config config;
        private final @Nullable Inquiry inquiry;
        private final boolean own;

        private Draft(Problems problems, @Nullable Config config, @Nullable Inquiry inquiry, boolean own) {
            this.problems = problems.all();
            this.config = config;
            this.inquiry = inquiry;
            this.own = own;
        }

        List<Problem> problems() {
            return problems;
        }

        /** Null when it could not be read at all. */
        @Nullable
        Config config() {
            return config;
        }

        @Nullable
        Inquiry inquiry() {
            return inquiry;
        }

        boolean good() {
            return problems.stream().noneMatch(problem -> problem.severity() == Problem.Severity.ERROR);
        }

        @Override
        public void close() {
            if (own && inquiry != null) {
                inquiry.close();
            }
        }
    }

    private final Protocols protocols;
    private final Builder builder;
    private final Current current;
    private final Supplier<Optional<Editor.Refusal>> reload;
    private final Path state;

    /**
     * Of a program.
     *
     * @param reload brings the files into force
     * @param state the folder for what survives a restart
     */
    public Drafts(
            Protocols protocols,
            Builder builder,
            Current current,
            Supplier<Optional<Editor.Refusal>> reload,
            Path state) {
        this.protocols = protocols;
        this.builder = builder;
        this.current = current;
        this.reload = reload;
        this.state = state;
    }

    /** The file as if it said that: a list of the config in force, or else a config. */
    public Draft draft(Path file, String text) {
        Problems problems = new Problems();
        Inquiry now = current.inquiry();
        Optional<RuleList> list = now == null
                ? Optional.empty()
                : now.lists(state).stream()
                        .filter(one -> one.file()
                                .map(Drafts::real)
                                .filter(real(file)::equals)
                                .isPresent())
                        .findFirst();
        if (now != null && list.isPresent()) {
            Inquiry changed = now.with(list.get(), text.getBytes(StandardCharsets.UTF_8), problems);
            return new Draft(problems, now.config(), changed, false);
        }
        Config config = ConfigReader.read(file.toString(), Optional.of(file), text, protocols, problems);
        return new Draft(problems, config, config == null ? null : builder.build(config, problems), true);
    }

    /** Whatever links lead to it. */
    private static Path real(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            return file.toAbsolutePath().normalize(); // not there yet
        }
    }

    @Override
    public List<Problem> check(Path file, String text) {
        try (Draft draft = draft(file, text)) {
            return draft.problems();
        }
    }

    @Override
    public Optional<Editor.Refusal> reload() {
        return reload.get();
    }
}
