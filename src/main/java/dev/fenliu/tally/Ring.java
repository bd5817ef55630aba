package dev.fenliu.tally;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The latest of many. Safe for concurrent use. */
public final class Ring<T> {
    /**
     * What has come.
     *
     * @param items the oldest first
     * @param added how many there had ever been then: what comes after them is asked for by that
     */
    public record News<E>(List<E> items, long added) {}

    private final int most;
    private final Deque<T> latest;
    private long added;

    Ring(int most) {
        this.most = most;
        this.latest = new ArrayDeque<>(most);
    }

    synchronized void add(T one) {
        if (latest.size() == most) {
            latest.removeFirst();
        }
        latest.addLast(one);
        added++;
    }

    /** How many there ever were. */
    public synchronized long added() {
        return added;
    }

    /** Those that were added after there had been {@code seen}, as far as they are still here. */
    public synchronized News<T> since(long seen) {
        List<T> all = new ArrayList<>(latest);
        long fresh = Math.min(all.size(), added - seen);
        return new News<>(all.subList((int) (all.size() - Math.max(0, fresh)), all.size()), added);
    }

    /** All that are still here, the newest first. */
    public synchronized List<T> newest() {
        List<T> all = new ArrayList<>(latest.size());
        latest.descendingIterator().forEachRemaining(all::add);
        return all;
    }
}
