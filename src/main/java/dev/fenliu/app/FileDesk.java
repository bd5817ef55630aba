package dev.fenliu.app;

import com.google.gson.JsonObject;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.control.RuleJson;
import dev.fenliu.control.rules.Drafts;
import dev.fenliu.control.rules.OwnLists;
import dev.fenliu.edit.Change;
import dev.fenliu.edit.EditRefused;
import dev.fenliu.edit.Editor;
import dev.fenliu.edit.RuleEdit;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Kept;
import dev.fenliu.net.Sockets;
import dev.fenliu.route.RuleRef;
import io.netty.channel.EventLoopGroup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The files themselves, while no program runs with them. */
final class FileDesk implements Desk {
    private final Path file;
    private final Path state = StateFolder.path();
    private final EventLoopGroup loops = Sockets.loops(1);
    private final Editor editor;
    private @Nullable Inquiry current;

    /** @param file of the config; it need not be there yet */
    FileDesk(Path file) {
        this.file = file;
        Drafts drafts = new Drafts(Catalog.PROTOCOLS, this::build, this::current, Optional::empty, state);
        this.editor = new Editor(state, Kept.wall(), drafts, Editing.made().text());
    }

    private @Nullable Inquiry build(Config config, Problems problems) {
        return Examined.build(config, problems, loops, state);
    }

    /** The config as it is; null if it has errors. */
    private @Nullable Inquiry current() {
        if (current == null) {
            Problems problems = new Problems();
            try {
                Config config = new ConfigSource(file.toString(), Optional.of(file)).read(problems);
                current = config == null ? null : build(config, problems);
            } catch (Stop e) {
                current = null; // not there, or no text
            }
        }
        return current;
    }

    /** Does something; what refuses it is told. */
    @FunctionalInterface
    private interface Work<T> {
        T done() throws EditRefused;
    }

    private static <T> T told(Work<T> work) throws Stop {
        try {
            return work.done();
        } catch (EditRefused e) {
            e.problems().forEach(System.err::println);
            int code = switch (e.kind()) {
                case REJECTED -> ExitCode.CONFIG;
                case WRONG -> ExitCode.USAGE;
                case CONFLICT, UNWRITABLE -> ExitCode.FAILED;
                case DENIED -> ExitCode.PERMISSION;
            };
            throw new Stop(code, String.valueOf(e.getMessage()));
        }
    }

    /** What the config says, or would say at first. */
    private String text() throws EditRefused {
        return Files.exists(file) ? Editor.read(file) : Editing.made().text();
    }

    private Editor.Edit edit(String old, String text, String summary) {
        String version = Editor.version(Files.exists(file) ? old : "");
        return new Editor.Edit(file, Optional.of(version), text, summary, Optional.empty());
    }

    private static Done done(String what, Path file, Editor.Saved saved) {
        return new Done(
                what + " (" + file + ")",
                saved.change().map(Change::id),
                saved.problems().stream().map(Problem::toString).toList());
    }

    @Override
    public List<JsonObject> rules(String search) throws Stop {
        return told(() -> {
            List<JsonObject> found = new ArrayList<>();
            for (RuleRef rule : RuleEdit.rules(file.toString(), text())) {
                if (rule.text().contains(search)) {
                    JsonObject item = new JsonObject();
                    item.add("rule", RuleJson.of(rule));
                    found.add(item);
                }
            }
            return found;
        });
    }

    @Override
    public Done add(Wanted wanted) throws Stop {
        return told(() -> {
            String old = text();
            String rule = RuleEdit.rule(RuleEdit.said(old, wanted.what()), wanted.target(), wanted.until());
            RuleEdit.Placed placed = RuleEdit.add(old, rule, wanted.last());
            Editor.Saved saved = editor.save(edit(old, placed.text(), RuleEdit.ADDED + rule));
            return done("rule " + placed.index() + " is " + rule, file, saved);
        });
    }

    @Override
    public Done remove(int index, String text) throws Stop {
        return told(() -> {
            String old = text();
            return done(
                    "taken out: " + text,
                    file,
                    editor.save(edit(old, RuleEdit.remove(old, index), "rule taken out: " + text)));
        });
    }

    private OwnLists lists() throws EditRefused {
        Inquiry inquiry = current();
        if (inquiry == null) {
            throw EditRefused.wrong("the config has errors, or is not there; see `fenliu check`");
        }
        return new OwnLists(file, inquiry.lists(state));
    }

    @Override
    public Done add(String list, String what) throws Stop {
        return told(() -> {
            OwnLists.Planned planned = lists().add(list, what, Optional.empty());
            Editor.Saved saved = editor.save(planned.edit());
            return done(
                    what + " is on line " + planned.line() + " now",
                    planned.edit().file(),
                    saved);
        });
    }

    @Override
    public Done remove(String list, String what) throws Stop {
        return told(() -> {
            OwnLists.Planned planned = lists().remove(list, what, Optional.empty());
            return done("taken out of " + list + ": " + what, planned.edit().file(), editor.save(planned.edit()));
        });
    }

    @Override
    public Text config() throws Stop {
        return told(() -> {
            String text = Editor.read(file);
            return new Text(file.toString(), text, Editor.version(text));
        });
    }

    @Override
    public Done write(Text old, String text, String summary, boolean mends) throws Stop {
        Editor.Edit edit = new Editor.Edit(file, Optional.of(old.version()), text, summary, Optional.empty());
        return told(() -> done(summary, file, mends ? editor.mend(edit) : editor.save(edit)));
    }

    @Override
    public List<Made> changes() {
        return editor.changes().stream()
                .map(change -> new Made(
                        change.id(),
                        change.time().toString(),
                        change.file().toString(),
                        change.summary(),
                        change.pending().isPresent()))
                .toList();
    }

    @Override
    public Optional<String> diff(long change) {
        return changes().stream().anyMatch(one -> one.id() == change)
                ? Optional.of(editor.diff(change))
                : Optional.empty();
    }

    @Override
    public Done undo(long change) throws Stop {
        return told(() -> {
            Editor.Saved saved = editor.undo(change, Optional.empty());
            Path of = saved.change().map(Change::file).orElse(file);
            return done("change " + change + " is undone", of, saved);
        });
    }

    @Override
    public void confirm(long change) throws Stop {
        told(() -> editor.confirm(change));
    }

    @Override
    public void close() {
        if (current != null) {
            current.close();
        }
        loops.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
    }
}
