package dev.fenliu.tally;

import dev.fenliu.route.RuleRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Traffic by hour and name, and the hits of rules, for as many days as the user wants. What is of today is in memory and
 * goes to the {@link Book} now and then. Blocks on the disk, and is not thread-safe, but for hits: they are safe for
 * concurrent use and wait for nothing.
 */
final class Archive {
    private static final Logger LOG = LoggerFactory.getLogger(Archive.class);
    private static final int SECONDS_AN_HOUR = 3600;
    private static final int DIMENSIONS = 8;

    /** So long what has been replaced in the file stays there: until the disk surely has what takes its place. */
    private static final int RETENTION_MILLIS = 45_000;

    /** Gets the file, see {@link Book#open}. */
    interface Opening {
        @Nullable
        Book open(Path folder, int retention) throws IOException;
    }

    private final int retention;
    private final Opening opening;

    /** Its folder, while it is to be on the disk. */
    private @Nullable Path folder;

    private int days;
    private Book book = Book.inMemory();
    private final Hits hits = new Hits();
    private final Map<Dimension, Day> today = new EnumMap<>(Dimension.class);
    private long day = Long.MIN_VALUE;
    private long tidied = Long.MIN_VALUE;
    private boolean changed;
    private boolean warned;
    /** Whose file another process has taken over. */
    private @Nullable Path handedOver;

    Archive() {
        this(RETENTION_MILLIS, Book::open);
    }

    Archive(int retention, Opening opening) {
        this.retention = retention;
        this.opening = opening;
    }

    /**
     * Where and how long to keep from now on.
     *
     * @param where null for in memory
     * @param most days
     */
    void follow(@Nullable Path where, int most) {
        if (folder != null && where == null) {
            release();
        }
        days = most;
        folder = where;
        open();
    }

    /** Opens the file if it is wanted and another process does not have it; what was counted meanwhile is added. */
    void open() {
        if (folder == null || !book.isInMemory()) {
            return;
        }
        try {
            Book file = opening.open(folder, retention);
            if (file != null) {
                hits.load(file.hits());
                Book before = book;
                book = file;
                for (Map.Entry<Long, byte[]> entry : before.days().entrySet()) {
                    put(entry.getKey(), read(entry.getKey(), before).orElse(new Day()));
                }
                changed = true;
            }
        } catch (IOException | RuntimeException e) {
            failed(e);
        }
    }

    private void failed(Exception e) {
        if (!warned) { // once, until it works again
            warned = true;
            LOG.warn("the traffic that was counted cannot be kept on the disk: {}", Book.reason(e));
        }
    }

    /** Counts traffic of that moment. */
    void add(Dimension by, String name, Instant time, Amount amount) {
        long hour = Math.floorDiv(time.getEpochSecond(), SECONDS_AN_HOUR);
        long now = Math.floorDiv(hour, Day.HOURS);
        if (now != day) {
            keep();
            today.clear();
            day = now;
        }
        today.computeIfAbsent(by, fresh -> new Day()).add(name, Math.floorMod(hour, Day.HOURS), amount);
        changed = true;
    }

    void hit(RuleRef rule, long count, Instant time) {
        hits.add(rule, count, time);
    }

    Hits.Hit hits(RuleRef rule) {
        return hits.of(rule);
    }

    private static long key(long day, Dimension by) {
        return day * DIMENSIONS + by.number;
    }

    /** Puts what is in memory into the book: today's part is added to what an earlier process left there, once. */
    private void keep() {
        today.forEach((by, one) -> put(key(day, by), one));
        today.clear();
        hits.save(book.hits());
    }

    private void put(long key, Day more) {
        Day all = read(key, book).orElse(new Day());
        all.merge(more);
        book.days().put(key, all.write());
    }

    private static Optional<Day> read(long key, Book from) {
        byte[] bytes = from.days().get(key);
        try {
            return bytes == null ? Optional.empty() : Optional.of(Day.read(bytes));
        } catch (IOException e) {
            LOG.warn("the traffic of a day cannot be read: {}", Book.reason(e));
            return Optional.empty();
        }
    }

    /** Writes what has changed, and takes what processes have left that had handed over to this one. */
    void flush() {
        open();
        List<Path> left = folder == null || book.isInMemory() ? List.of() : Book.left(folder);
        if (!changed && !hits.hasChanged() && left.isEmpty()) {
            return;
        }
        try {
            left.forEach(this::take);
            keep();
            forgetOld();
            book.commit();
            for (Path file : left) {
                Files.deleteIfExists(file); // the moment in between may count twice, rather than not at all
            }
            if (tidied != day) {
                tidied = day;
                book.tidy();
            }
            changed = false;
            warned = false;
        } catch (IOException | RuntimeException e) { // of a disk that is full, or has failed
            failed(e);
            book.abandon();
            book = Book.inMemory();
            hits.clear(); // those in the file are added to what is counted when it is opened again
        }
    }

    private void take(Path left) {
        try {
            Book more = Book.of(left, 0);
            for (Map.Entry<Long, byte[]> entry : more.days().entrySet()) {
                put(entry.getKey(), read(entry.getKey(), more).orElse(new Day()));
            }
            hits.take(more.hits());
            more.abandon();
        } catch (IOException | MVStoreException | IllegalArgumentException e) { // it was cut, or is of a later version
            LOG.warn("{} cannot be read: {}", left, Book.reason(e));
        }
    }

    private void forgetOld() {
        TreeSet<Long> known = new TreeSet<>();
        book.days().keySet().forEach(key -> known.add(Math.floorDiv(key, DIMENSIONS)));
        while (known.size() > days) {
            Long oldest = known.pollFirst();
            for (Dimension by : Dimension.values()) {
                book.days().remove(key(oldest == null ? 0 : oldest, by));
            }
        }
    }

    /** Forgets everything. */
    void clear() {
        today.clear();
        hits.clear();
        book.days().clear();
        book.hits().clear();
        try {
            for (Path left : folder == null ? List.<Path>of() : Book.left(folder)) {
                Files.deleteIfExists(left);
            }
        } catch (IOException e) {
            failed(e);
        }
        changed = true;
        flush();
    }

    /**
     * Writes, and lets the process that follows have the file; goes on in memory. What is counted from then on is left for
     * that process at the end.
     */
    void handOver() {
        handedOver = folder;
        release();
    }

    /** Writes, at the end. */
    void close() {
        if (handedOver != null) {
            follow(handedOver, days); // it may be free
            leave(handedOver);
        }
        release();
    }

    private void leave(Path where) {
        try {
            if (book.isInMemory()) {
                keep();
                book.leave(where);
                folder = null;
            }
        } catch (IOException | MVStoreException e) {
            failed(e);
        }
    }

    /** Writes, and lets another process have the file; goes on in memory. */
    void release() {
        flush();
        folder = null;
        try {
            book.close();
        } catch (RuntimeException e) {
            failed(e);
        }
        book = Book.inMemory();
        hits.clear(); // they are in the file, and are added to what is counted until it is opened again
    }

    /**
     * The traffic of names in the hours that begin from {@code from} and before {@code to}.
     *
     * @return for each name the hours in which there was something, counted from 1970, in no order
     */
    Map<String, Map<Long, Amount>> read(Dimension by, Instant from, Instant to) {
        long first = Math.floorDiv(from.getEpochSecond() + SECONDS_AN_HOUR - 1, SECONDS_AN_HOUR);
        long end = Math.floorDiv(to.getEpochSecond() + SECONDS_AN_HOUR - 1, SECONDS_AN_HOUR);
        Map<String, Map<Long, Amount>> found = new HashMap<>();
        List<Long> wanted = new ArrayList<>();
        for (long key : book.days().keySet()) {
            long at = Math.floorDiv(key, DIMENSIONS);
            if (Math.floorMod(key, DIMENSIONS) == by.number
                    && at >= Math.floorDiv(first, Day.HOURS)
                    && at * Day.HOURS < end) {
                wanted.add(key);
            }
        }
        for (long key : wanted) {
            long start = Math.floorDiv(key, DIMENSIONS) * Day.HOURS;
            read(key, book).ifPresent(one -> collect(one, start, first, end, found));
        }
        Day now = today.get(by);
        if (now != null) {
            collect(now, day * Day.HOURS, first, end, found);
        }
        return found;
    }

    private static void collect(Day from, long start, long first, long end, Map<String, Map<Long, Amount>> into) {
        from.each((name, hour, amount) -> {
            long at = start + hour;
            if (at >= first && at < end) {
                into.computeIfAbsent(name, fresh -> new HashMap<>()).merge(at, amount, Amount::plus);
            }
        });
    }
}
