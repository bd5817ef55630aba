package dev.fenliu.edit;

import dev.fenliu.config.InputFile;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Type;
import dev.fenliu.config.YamlReader;
import dev.fenliu.state.PrivateFiles;
import dev.fenliu.state.StateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one way in which a file is changed: the new text is checked as a start would check it, kept with the old one, put in
 * its place whole, and brought into force; what is refused at any step leaves the old text. Blocks on the disk and on the
 * reload. Safe for concurrent use, one edit after the other; what only looks does not wait for an edit.
 */
public final class Editor {
    private static final Logger LOG = LoggerFactory.getLogger(Editor.class);
    private static final int MAX_BYTES = 3 * YamlReader.MAX_CHARS;

    /** The program that the files are of. */
    public interface Program {
        /** What is wrong with a text that were to stand in that file; reads, but changes nothing. */
        List<Problem> check(Path file, String text);

        /** Brings what the files say now into force; what is wrong, when the old stays in force. May take seconds. */
        Optional<Refusal> reload();
    }

    /** Why something is not in force. */
    public record Refusal(String message, List<Problem> problems) {}

    /**
     * What is to be written.
     *
     * @param version of the text that was edited, see {@link #version}; empty to take what is there
     * @param pending how it may go back by itself
     */
    public record Edit(
            Path file, Optional<String> version, String text, String summary, Optional<Change.Pending> pending) {}

    /**
     * What came of it.
     *
     * @param change empty when the text was there already
     * @param version of the new text
     * @param problems warnings; errors too if the text has some nevertheless, and then it is not in force
     */
    public record Saved(Optional<Change> change, String version, List<Problem> problems) {}

    private final Path state;
    private final Changes changes;
    private final InstantSource dates;
    private final Program program;
    private final String first;
    private final Vigil vigil = new Vigil();
    /** By the number of the change; those of an earlier run are not watched. */
    private final Map<Long, Long> since = new HashMap<>();

    private final List<String> news = new CopyOnWriteArrayList<>();

    /**
     * Of a program.
     *
     * @param state the folder for what survives a restart
     * @param first what holds as long as there is no file, which the undo of its making writes
     */
    public Editor(Path state, InstantSource dates, Program program, String first) {
        this.state = state;
        this.changes = new Changes(new StateFiles(state));
        this.dates = dates;
        this.program = program;
        this.first = first;
    }

    /** Tells one text from another. */
    public static String version(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The text of a file. @throws EditRefused if it is not there, or no text */
    public static String read(Path file) throws EditRefused {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(InputFile.read(file, MAX_BYTES)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new EditRefused(file + " is not text in UTF-8");
        } catch (IOException e) {
            throw new EditRefused("cannot read " + file + ": " + Type.reason(e));
        }
    }

    /** Checks, writes, brings into force. @throws EditRefused if nothing has changed, and why */
    public synchronized Saved save(Edit edit) throws EditRefused {
        return write(edit, false, false);
    }

    /**
     * The same for the repair of a text that has errors: the new one may have some still, and is not brought into force then.
     */
    public synchronized Saved mend(Edit edit) throws EditRefused {
        boolean bad = Files.exists(edit.file) && isBad(program.check(edit.file, read(edit.file)));
        return write(edit, bad, bad);
    }

    private static boolean isBad(List<Problem> problems) {
        return problems.stream().anyMatch(problem -> problem.severity() == Problem.Severity.ERROR);
    }

    /**
     * Writes.
     *
     * @param evenBad whether the text may have errors
     * @param mends whether the old one has
     */
    private Saved write(Edit edit, boolean evenBad, boolean mends) throws EditRefused {
        Path file = real(edit.file);
        boolean made = !Files.exists(file);
        String before = made ? "" : read(file);
        if (edit.version.isPresent() && !edit.version.get().equals(version(before))) {
            throw new EditRefused(
                    EditRefused.Kind.CONFLICT,
                    edit.file + " has changed meanwhile; read it again and make the edit anew",
                    List.of());
        }
        List<Problem> problems = program.check(edit.file, edit.text);
        boolean good = !isBad(problems);
        if (!good && !evenBad) {
            throw new EditRefused(EditRefused.Kind.REJECTED, "the new text has errors; nothing was changed", problems);
        }
        if (before.equals(edit.text) && !made) {
            return new Saved(Optional.empty(), version(edit.text), problems);
        }
        Change change = keep(
                new Change(0, dates.instant(), file, edit.summary, good ? edit.pending : Optional.empty(), mends),
                new Changes.Texts(made ? first : before, edit.text));
        try {
            put(file, before, edit.text, made);
        } catch (IOException e) {
            forget(change);
            throw EditRefused.unwritable(edit.file, e);
        } catch (EditRefused e) {
            forget(change);
            throw e;
        }
        Optional<Refusal> refusal = good ? program.reload() : Optional.empty();
        if (refusal.isPresent()) {
            putBack(change, before, edit.text, made);
            throw new EditRefused(
                    EditRefused.Kind.REJECTED,
                    refusal.get().message() + "; the file is as it was",
                    refusal.get().problems());
        }
        if (change.pending().isPresent()) {
            since.put(change.id(), System.nanoTime());
        }
        return new Saved(Optional.of(change), version(edit.text), problems);
    }

    private Change keep(Change change, Changes.Texts texts) throws EditRefused {
        try {
            return changes.add(change, texts);
        } catch (IOException e) {
            throw EditRefused.unwritable(state, e);
        }
    }

    /** What came to nothing. */
    private void forget(Change change) {
        try {
            changes.remove(change.id());
        } catch (IOException e) {
            LOG.warn("change {}: cannot be forgotten, though it was not made: {}", change.id(), Type.reason(e));
        }
    }

    /** Whom a link leads to, so that the link stays. */
    private static Path real(Path file) throws EditRefused {
        try {
            return Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        } catch (IOException e) {
            throw new EditRefused("cannot find " + file + ": " + Type.reason(e));
        }
    }

    private void put(Path file, String before, String text, boolean made) throws IOException, EditRefused {
        if (made ? Files.exists(file) : !read(file).equals(before)) { // an editor was faster than our check
            throw new EditRefused(
                    EditRefused.Kind.CONFLICT, file + " has changed just now; nothing was written", List.of());
        }
        if (made) {
            PrivateFiles.folder(java.util.Objects.requireNonNull(file.getParent()));
        }
        PrivateFiles.write(file, text);
    }

    private void putBack(Change change, String before, String text, boolean made) throws EditRefused {
        try {
            if (read(change.file()).equals(text)) {
                if (made) {
                    Files.delete(change.file());
                } else {
                    PrivateFiles.write(change.file(), before);
                }
            }
        } catch (IOException e) {
            throw new EditRefused("the new text is not in force, but the old one could not be put back into "
                    + change.file() + ": " + Type.reason(e));
        }
        forget(change);
    }

    /** The last ones, the latest first. */
    public List<Change> changes() {
        List<Change> latest = new ArrayList<>(changes.all());
        java.util.Collections.reverse(latest);
        return latest;
    }

    /** What a change did, in the form of {@code diff -u}; it may hold secrets. */
    public String diff(long id) {
        return changes.texts(id)
                .map(texts -> Diff.unified(texts.before(), texts.after()))
                .orElse("");
    }

    /**
     * Takes a change back; that is a change of its own, and can be undone too. Edits that were made since stay, if they are of
     * other lines. The text before a repair comes back with its errors, and then is not brought into force.
     *
     * @param pending how that may go back by itself
     */
    public synchronized Saved undo(long id, Optional<Change.Pending> pending) throws EditRefused {
        return undo(id, "undo of " + id, pending);
    }

    private Saved undo(long id, String summary, Optional<Change.Pending> pending) throws EditRefused {
        Change change = changes.find(id)
                .orElseThrow(
                        () -> new EditRefused("there is no change " + id + "; the last " + Changes.KEPT + " are kept"));
        Changes.Texts texts = changes.texts(id).orElseThrow(() -> new EditRefused("the texts of " + id + " are lost"));
        String now = read(change.file());
        Optional<String> merged = now.equals(texts.after())
                ? Optional.of(texts.before())
                : Diff.merge(texts.after(), now, texts.before());
        if (merged.isEmpty()) {
            throw new EditRefused(
                    EditRefused.Kind.CONFLICT,
                    change.file() + " was edited since at the same lines as by change " + id + " (line "
                            + Diff.firstLine(texts.before(), texts.after())
                            + " then), so that it cannot be taken back; `fenliu changes " + id + "` shows what it did",
                    List.of());
        }
        Saved saved = write(
                new Edit(change.file(), Optional.of(version(now)), merged.get(), summary, pending),
                change.mends() && merged.get().equals(texts.before()),
                isBad(program.check(change.file(), now)));
        settle(id);
        return saved;
    }

    /** Lets a change stay. */
    public synchronized Change confirm(long id) throws EditRefused {
        Change change = changes.find(id)
                .orElseThrow(
                        () -> new EditRefused("there is no change " + id + "; the last " + Changes.KEPT + " are kept"));
        if (change.pending().isEmpty()) {
            throw new EditRefused("change " + id + " waits for nothing: it was confirmed, or has gone back");
        }
        settle(id);
        return change.settled();
    }

    private void settle(long id) {
        since.remove(id);
        try {
            Optional<Change> change = changes.find(id);
            if (change.isPresent() && change.get().pending().isPresent()) {
                changes.replace(change.get().settled());
            }
        } catch (IOException e) {
            LOG.warn("change {}: cannot be kept as settled: {}", id, Type.reason(e));
        }
    }

    /**
     * Takes back what was not confirmed in time, or made things worse. Called every few seconds, and first when the program
     * has started.
     *
     * @return whether there is something that waits
     */
    public synchronized boolean watch(Vigil.Sample sample) {
        vigil.add(sample);
        Instant now = dates.instant();
        for (Change change : changes.known()) {
            change.pending().ifPresent(pending -> reason(change, pending, now).ifPresent(why -> goBack(change, why)));
        }
        return changes.known().stream().anyMatch(change -> change.pending().isPresent());
    }

    /** Why it must go back now. */
    private Optional<String> reason(Change change, Change.Pending pending, Instant now) {
        Long begun = since.get(change.id());
        if (pending.revertWhenWorse() && begun != null) {
            Optional<String> worse = vigil.worse(begun);
            if (worse.isPresent()) {
                return worse;
            }
            if (vigil.isOver(begun) && pending.until().isEmpty()) {
                settle(change.id());
            }
        } else if (pending.until().isEmpty()) {
            settle(change.id()); // of an earlier run: nobody can compare any more
        }
        // a clock that was set back cannot tell how much time is left
        boolean late = pending.until()
                .filter(until ->
                        !now.isBefore(until) || now.isBefore(change.time().minusSeconds(60)))
                .isPresent();
        return late ? Optional.of("it was not confirmed in time") : Optional.empty();
    }

    private void goBack(Change change, String why) {
        String told = "change " + change.id() + " of " + change.file() + " (" + change.summary() + ")";
        try {
            undo(change.id(), "went back: " + change.id() + ": " + why, Optional.empty());
            tell(told + " went back by itself: " + why);
        } catch (EditRefused e) {
            settle(change.id());
            tell(told + " was to go back by itself (" + why + "), but cannot: " + e.getMessage());
        }
    }

    private void tell(String text) {
        LOG.warn("{}", text);
        news.add(text);
    }

    /** What has happened to changes by itself since the start, for who looks at the program. */
    public List<String> news() {
        return List.copyOf(news);
    }
}
