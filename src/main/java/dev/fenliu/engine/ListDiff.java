package dev.fenliu.engine;

import dev.fenliu.route.list.ListFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What one version of a list has that another has not, whatever their order and format; an entry counts once.
 *
 * @param firstAdded at most {@value #MOST} of what only the later one has, in its order; likewise {@code firstRemoved}
 */
public record ListDiff(Counts counts, List<String> firstAdded, List<String> firstRemoved) {
    /** How many of the entries are told, of each side. */
    public static final int MOST = 100;

    /** Longer lists are not compared. */
    static final int MOST_ENTRIES = 1 << 20;

    private static final int MOST_LETTERS = 200;

    /**
     * How much it is.
     *
     * @param time when the later version came
     */
    public record Counts(Instant time, int added, int removed) {
        /** {@code +12 -3}. */
        @Override
        public String toString() {
            return "+" + added + " -" + removed;
        }

        private String line() {
            return time + " " + added + " " + removed;
        }

        /** @throws IllegalArgumentException if it is no such line */
        static Counts parse(String line) {
            String[] words = line.split(" ", -1);
            try {
                return new Counts(Instant.parse(words[0]), Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            } catch (DateTimeException | ArrayIndexOutOfBoundsException e) {
                throw new IllegalArgumentException("no counts: " + line, e);
            }
        }
    }

    /** A version of a list. */
    @FunctionalInterface
    interface Version {
        /** Hands over each entry. @throws IOException or ListFormatException if it cannot be read */
        void each(Consumer<String> entry) throws IOException, ListFormatException;
    }

    /** Whether both have the same. */
    boolean isEmpty() {
        return counts.added == 0 && counts.removed == 0;
    }

    /**
     * Compares. Keeps 16 bytes an entry while it does, and reads {@code before} twice.
     *
     * @return empty if one of them is too long for that
     */
    static Optional<ListDiff> of(Version before, Version after, Instant time) throws IOException, ListFormatException {
        Marks marks = new Marks();
        Fingerprints old = new Fingerprints(marks);
        before.each(old::add);
        old.seal();
        Fingerprints fresh = new Fingerprints(marks);
        Set<String> added = new LinkedHashSet<>();
        after.each(entry -> {
            long mark = fresh.add(entry);
            if (added.size() < MOST && !old.has(mark)) {
                added.add(clean(entry));
            }
        });
        fresh.seal();
        if (old.overfull || fresh.overfull) {
            return Optional.empty();
        }
        int common = old.common(fresh);
        Counts counts = new Counts(time, fresh.size - common, old.size - common);
        Set<String> removed = new LinkedHashSet<>();
        if (counts.removed > 0) {
            before.each(entry -> {
                if (removed.size() < MOST && !fresh.has(marks.of(entry))) {
                    removed.add(clean(entry));
                }
            });
        }
        return Optional.of(new ListDiff(counts, List.copyOf(added), List.copyOf(removed)));
    }

    /** How two contents of a list differ; empty if nobody can tell, as where the old one is no list as the config wants it now. */
    static Optional<ListDiff> of(Remote list, byte[] before, byte[] after, Instant time) {
        try {
            return of(entry -> list.each(before, entry), entry -> list.each(after, entry), time);
        } catch (ListFormatException | IOException e) {
            return Optional.empty();
        }
    }

    /** In one line, as the names of nodes are anybody's words. */
    private static String clean(String entry) {
        String line = entry.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= MOST_LETTERS ? line : line.substring(0, MOST_LETTERS) + "…";
    }

    /** As a text to keep. */
    String text() {
        StringBuilder text = new StringBuilder(counts.line()).append('\n');
        firstAdded.forEach(entry -> text.append('+').append(entry).append('\n'));
        firstRemoved.forEach(entry -> text.append('-').append(entry).append('\n'));
        return text.toString();
    }

    /** @throws IllegalArgumentException if that is no such text */
    static ListDiff parse(String text) {
        List<String> lines = text.lines().toList();
        List<String> added = new ArrayList<>();
        List<String> removed = new ArrayList<>();
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            (line.startsWith("+") ? added : removed).add(line.substring(Math.min(1, line.length())));
        }
        return new ListDiff(Counts.parse(lines.isEmpty() ? "" : lines.get(0)), added, removed);
    }

    /** 64 bits for each entry, of a digest that nobody can foresee: who makes lists cannot hide one entry behind another. */
    private static final class Marks {
        private final MessageDigest digest = ListCache.sha256();
        private final byte[] salt = new byte[16];

        Marks() {
            new SecureRandom().nextBytes(salt);
        }

        long of(String entry) {
            digest.update(salt);
            byte[] hash = digest.digest(entry.getBytes(StandardCharsets.UTF_8));
            long mark = 0;
            for (int i = 0; i < Long.BYTES; i++) {
                mark = mark << 8 | hash[i] & 0xff;
            }
            return mark;
        }
    }

    /** The marks of all entries of a version: sorted, and each once, when it is sealed. */
    private static final class Fingerprints {
        private final Marks marks;
        private long[] all = new long[1024];
        private int size;
        private boolean overfull;

        Fingerprints(Marks marks) {
            this.marks = marks;
        }

        long add(String entry) {
            long mark = marks.of(entry);
            if (size == MOST_ENTRIES) {
                overfull = true;
                return mark;
            }
            if (size == all.length) {
                all = Arrays.copyOf(all, 2 * size);
            }
            all[size++] = mark;
            return mark;
        }

        void seal() {
            Arrays.sort(all, 0, size);
            int kept = 0;
            for (int i = 0; i < size; i++) {
                if (i == 0 || all[i] != all[i - 1]) {
                    all[kept++] = all[i];
                }
            }
            size = kept;
        }

        boolean has(long mark) {
            return Arrays.binarySearch(all, 0, size, mark) >= 0;
        }

        int common(Fingerprints other) {
            int common = 0;
            for (int i = 0; i < size; i++) {
                common += other.has(all[i]) ? 1 : 0;
            }
            return common;
        }
    }
}
