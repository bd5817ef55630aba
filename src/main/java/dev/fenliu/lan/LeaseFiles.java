package dev.fenliu.lan;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Lease files as they are now. Servers write them in place, so a change counts once the file has stayed the same from one
 * look to the next; what was read before holds until then. Looked at by one thread at a time; {@link #current} is safe for
 * concurrent use.
 */
final class LeaseFiles {
    private static final long MAX_FILE = 16 << 20;

    /** @param mark of the file as it was read; empty when it has not been */
    private record Read(String mark, String seen, Collection<Lease> leases, boolean good) {}

    private final List<Path> files;
    private final InstantSource dates;
    private final Map<Path, Read> read = new LinkedHashMap<>();
    private volatile Leases current = Leases.NONE;

    /**
     * Reads them.
     *
     * @param dates the clock of the wall, by which servers end leases
     */
    LeaseFiles(List<Path> files, InstantSource dates) {
        this.files = List.copyOf(files);
        this.dates = dates;
        for (Path file : files) {
            String mark = mark(file);
            read.put(file, read(file, mark));
        }
        renew();
    }

    boolean none() {
        return files.isEmpty();
    }

    Leases current() {
        return current;
    }

    /** Those that could not be read. */
    List<Path> unreadable() {
        List<Path> found = new ArrayList<>(files);
        found.removeIf(file -> readable(file));
        return found;
    }

    private static boolean readable(Path file) {
        return Files.isRegularFile(file) && Files.isReadable(file);
    }

    /** Looks whether anything has changed. */
    void look() {
        boolean changed = !current.holds(dates.instant());
        for (Path file : files) {
            Read last = read.get(file);
            String now = mark(file);
            if (last == null || last.mark.equals(now) && last.seen.equals(now)) {
                continue;
            }
            changed = true;
            boolean quiet = last.seen.equals(now);
            read.put(file, quiet ? read(file, now) : new Read(last.mark, now, last.leases, last.good));
        }
        if (changed) {
            renew();
        }
    }

    private void renew() {
        List<Lease> all = new ArrayList<>();
        boolean complete = true;
        for (Read one : read.values()) {
            all.addAll(one.leases);
            complete &= one.good && one.mark.equals(one.seen);
        }
        // Where no lease is known the server has lost them: devices still have what they were given.
        current = new Leases(all, dates.instant(), complete && (files.isEmpty() || !all.isEmpty()));
    }

    private static Read read(Path file, String mark) {
        try {
            if (Files.isRegularFile(file) && Files.size(file) <= MAX_FILE) {
                String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                String after = mark(file);
                return new Read(after.equals(mark) ? mark : "", after, LeaseText.parse(text), after.equals(mark));
            }
        } catch (IOException e) {
            // no lease is known
        }
        return new Read(mark, mark, List.of(), false);
    }

    private static String mark(Path file) {
        try {
            return Files.readAttributes(file, "size,lastModifiedTime,fileKey").toString();
        } catch (IOException e) {
            return "missing";
        }
    }
}
