package dev.fenliu.app;

import com.google.gson.JsonObject;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Type;
import dev.fenliu.control.rules.Drafts;
import dev.fenliu.edit.Change;
import dev.fenliu.edit.EditRefused;
import dev.fenliu.edit.Editor;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Kept;
import dev.fenliu.net.Sockets;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is edited: by the program that runs with the config, or, where none does, the file itself. Options of commands. */
final class Edited {
    @Mixin
    private final ApiClient api = new ApiClient();

    @Option(
            names = "--confirm",
            paramLabel = "TIME",
            description = "The change goes back by itself unless `fenliu confirm` is given in that time, such as 60s.")
    private String confirm = "";

    @Option(
            names = "--revert-when-worse",
            description = "The change goes back by itself if within a minute flows fail or tunnels end that did not.")
    private boolean worse;

    /** Does something to the file; its exceptions are told. */
    @FunctionalInterface
    interface Work<T> {
        T with(Editor editor, Path file) throws EditRefused, Stop, IOException;
    }

    ApiClient api() {
        return api;
    }

    /** Whether a program runs with this config, and can be told. */
    boolean isLive() throws Stop, InterruptedException {
        JsonObject status;
        try {
            status = api.get("/api/v1/status");
        } catch (Stop e) {
            if (e.code() == ExitCode.FAILED) {
                return false; // none that we know of; if one watches the file, it takes it by itself
            }
            throw e;
        }
        Optional<Path> own = ConfigSource.find(api.config()).file();
        boolean named = status.get("config").isJsonPrimitive();
        if (own.isEmpty() || !Files.exists(own.get())) {
            return api.config() == null;
        }
        try {
            return named
                    && Files.isSameFile(own.get(), Path.of(status.get("config").getAsString()));
        } catch (IOException e) {
            return false; // its path is relative to another folder
        }
    }

    /** What a request says of how the change may go back. */
    JsonObject body() throws Stop {
        JsonObject body = new JsonObject();
        if (!confirm.isEmpty()) {
            body.addProperty("confirm-seconds", seconds());
        }
        if (worse) {
            body.addProperty("revert-when-worse", true);
        }
        return body;
    }

    private long seconds() throws Stop {
        try {
            return Math.max(1, Type.duration(confirm).toSeconds());
        } catch (IllegalArgumentException e) {
            throw new Stop(ExitCode.USAGE, "--confirm " + e.getMessage());
        }
    }

    /** Edits the file itself. */
    <T> T offline(Work<T> work) throws Stop {
        if (!body().keySet().isEmpty()) {
            throw new Stop(
                    ExitCode.FAILED,
                    "no program is running with this config, so that nobody could take the change back: leave out"
                            + " --confirm and --revert-when-worse");
        }
        Path state = StateFolder.path();
        EventLoopGroup loops = Sockets.loops(1);
        try {
            Drafts drafts = new Drafts(
                    Catalog.PROTOCOLS,
                    (config, problems) -> build(config, problems, loops, state),
                    () -> null,
                    Optional::empty,
                    state);
            return work.with(new Editor(state, Kept.wall(), drafts), file());
        } catch (EditRefused e) {
            e.problems().forEach(System.err::println);
            throw new Stop(
                    e.kind() == EditRefused.Kind.REJECTED
                            ? ExitCode.CONFIG
                            : e.kind() == EditRefused.Kind.WRONG ? ExitCode.USAGE : ExitCode.FAILED,
                    String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new Stop(ExitCode.FAILED, Type.reason(e));
        } finally {
            loops.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
        }
    }

    private static @org.jspecify.annotations.Nullable Inquiry build(
            Config config, Problems problems, EventLoopGroup loops, Path state) {
        return Inquiry.of(config, Kept.fresh(loops, System::nanoTime, state), problems);
    }

    private Path file() {
        return ConfigSource.find(api.config()).file().orElseGet(ConfigSource::ofUser);
    }

    /** What the file says, or would say at first. */
    static String text(Path file) throws EditRefused {
        return Files.exists(file)
                ? Editor.read(file)
                : ConfigSource.resource("default-config.yaml").replaceFirst("(?m)\\A#.*$", Editing.MADE);
    }

    static Editor.Saved save(Editor editor, Path file, String text, String summary) throws EditRefused {
        return editor.save(new Editor.Edit(file, Optional.empty(), text, summary, Optional.empty()));
    }

    /** Says what was done. */
    static void tell(String what, Editor.Saved saved, Path file) {
        saved.problems().stream()
                .filter(problem -> problem.severity() == Problem.Severity.WARNING)
                .forEach(System.err::println);
        System.err.println(what + " (" + file + ")"
                + saved.change()
                        .map(Change::id)
                        .map(id -> ". To take it back: fenliu undo " + id)
                        .orElse(""));
    }

    /** Says what was done by the running program. */
    void tell(String what, JsonObject answer) {
        String id =
                answer.get("change").isJsonPrimitive() ? answer.get("change").getAsString() : "";
        System.err.println(what + ", in force now" + (id.isEmpty() ? "" : ". To take it back: fenliu undo " + id));
        if (!confirm.isEmpty()) {
            System.err.println("It goes back by itself in " + confirm + " unless you say: fenliu confirm " + id);
        }
    }

    static Instant now() {
        return Kept.wall().instant();
    }
}
