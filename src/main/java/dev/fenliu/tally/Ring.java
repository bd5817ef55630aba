package dev.fenliu.tally;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The latest of many. Safe for concurrent use. */
public final class Ring<T> {
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

    /** Those that were added after there had been {@code seen}, as far as they are still here, the oldest first. */
    public synchronized List<T> since(long seen) {
        List<T> all = new ArrayList<>(latest);
        long fresh = Math.min(all.size(), added - seen);
        return all.subList((int) (all.size() - Math.max(0, fresh)), all.size());
    }

    /** All that are still here, the newest first. */
    public synchronized List<T> newest() {
        List<T> all = new ArrayList<>(latest.size());
        latest.descendingIterator().forEachRemaining(all::add);
        return all;
    }
}
