package dev.fenliu.control.rules;

import dev.fenliu.edit.Change;
import dev.fenliu.edit.EditRefused;
import dev.fenliu.edit.Editor;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Proxy;
import dev.fenliu.route.RuleRef;
import dev.fenliu.tally.Visit;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What the routes about rules and files work on.
 *
 * @param made where a config is made, and what it says at first, while there is none
 * @param seen where flows of the last day went, for telling whose way a change would change
 * @param state the folder for what survives a restart
 */
public record Workbench(
        Proxy proxy,
        Editor editor,
        Drafts drafts,
        Function<RuleRef, Hit> hits,
        Supplier<List<Visit>> seen,
        Supplier<Made> made,
        InstantSource dates,
        Path state) {
    /** A config that is not there yet. */
    public record Made(Path file, String text) {}

    /** The config in force. @throws IllegalStateException before the first, when no API listens */
    Inquiry inquiry() {
        Inquiry inquiry = proxy.inquiry();
        if (inquiry == null) {
            throw new IllegalStateException("not started");
        }
        return inquiry;
    }

    /** The config's file and what it says, or what it would say if it were made. */
    public Made config() throws EditRefused {
        Optional<Path> file = inquiry().config().file();
        return file.isPresent() ? new Made(file.get(), Editor.read(file.get())) : made.get();
    }

    /**
     * Writes the config anew, or makes it.
     *
     * @param config what it said when it was looked at
     * @param pending how the change is to go back by itself, if it is
     */
    Editor.Saved save(Made config, String text, String summary, Optional<Change.Pending> pending) throws EditRefused {
        String before = Files.exists(config.file()) ? config.text() : "";
        return editor.save(new Editor.Edit(config.file(), Optional.of(Editor.version(before)), text, summary, pending));
    }
}
