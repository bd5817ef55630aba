package dev.fenliu.edit;

import dev.fenliu.state.StateFiles;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The last {@value #KEPT} changes, in files that only their owner can read. Blocks on the disk. Safe for concurrent use. */
final class Changes {
    static final int KEPT = 20;

    private static final int VERSION = 1;
    private static final String INDEX = "changes";
    private static final int PENDING = 1;
    private static final int MENDS = 2;

    /** A file before and after a change. */
    record Texts(String before, String after) {}

    private final StateFiles files;
    private long next = 1;
    private boolean read;
    /** The latest last. */
    private List<Change> all = new ArrayList<>();

    Changes(StateFiles files) {
        this.files = files;
    }

    /** What is kept, also by another process that has changed something meanwhile. */
    synchronized List<Change> all() {
        List<Change> found = new ArrayList<>();
        next = 1;
        files.read(INDEX, VERSION, in -> {
            next = in.readLong();
            for (int left = in.readInt(); left > 0; left--) {
                found.add(change(in));
            }
        });
        all = found;
        return List.copyOf(found);
    }

    /** The same as this process has seen it last. */
    synchronized List<Change> known() {
        if (!read) {
            read = true;
            all();
        }
        return List.copyOf(all);
    }

    synchronized Optional<Change> find(long id) {
        return all().stream().filter(change -> change.id() == id).findFirst();
    }

    /** Keeps one more; the oldest goes when there are too many. */
    synchronized Change add(Change change, Texts texts) throws IOException {
        all();
        Change numbered = change.numbered(next++);
        files.write(name(numbered.id()), VERSION, out -> {
            write(out, texts.before);
            write(out, texts.after);
        });
        all.add(numbered);
        while (all.size() > KEPT) {
            files.delete(name(all.remove(0).id()));
        }
        save();
        return numbered;
    }

    /** Puts another version of a change in its place. */
    synchronized void replace(Change change) throws IOException {
        all();
        all.replaceAll(one -> one.id() == change.id() ? change : one);
        save();
    }

    /** Forgets one that came to nothing. */
    synchronized void remove(long id) throws IOException {
        all();
        all.removeIf(one -> one.id() == id);
        files.delete(name(id));
        save();
    }

    /** Empty when they were lost. */
    synchronized Optional<Texts> texts(long id) {
        List<Texts> found = new ArrayList<>();
        files.read(name(id), VERSION, in -> found.add(new Texts(text(in), text(in))));
        return found.stream().findFirst();
    }

    private void save() throws IOException {
        files.write(INDEX, VERSION, out -> {
            out.writeLong(next);
            out.writeInt(all.size());
            for (Change change : all) {
                write(out, change);
            }
        });
    }

    private static String name(long id) {
        return "change-" + id;
    }

    private static void write(DataOutput out, Change change) throws IOException {
        out.writeLong(change.id());
        out.writeLong(change.time().toEpochMilli());
        write(out, change.file().toString());
        write(out, change.summary());
        out.writeByte((change.pending().isPresent() ? PENDING : 0) | (change.mends() ? MENDS : 0));
        if (change.pending().isPresent()) {
            Change.Pending pending = change.pending().get();
            out.writeLong(pending.until().map(Instant::toEpochMilli).orElse(0L));
            out.writeBoolean(pending.revertWhenWorse());
        }
    }

    private static Change change(DataInput in) throws IOException {
        long id = in.readLong();
        Instant time = Instant.ofEpochMilli(in.readLong());
        Path file = Path.of(text(in));
        String summary = text(in);
        Optional<Change.Pending> pending = Optional.empty();
        int kind = in.readUnsignedByte();
        if ((kind & PENDING) != 0) {
            long until = in.readLong();
            pending = Optional.of(new Change.Pending(
                    until == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(until)), in.readBoolean()));
        }
        return new Change(id, time, file, summary, pending, (kind & MENDS) != 0);
    }

    private static void write(DataOutput out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String text(DataInput in) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
