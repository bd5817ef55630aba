package dev.fenliu.tally;

import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Who wants to see each second what flows move; as long as there is nobody, nothing is done. Safe for concurrent use. */
final class Watchers {
    private final ScheduledExecutorService thread;
    private final Runnable tell;
    private final Runnable second;
    private final Set<Runnable> all = new CopyOnWriteArraySet<>();
    private @Nullable Future<?> seconds;

    /**
     * @param tell called when the first comes
     * @param second called each second on {@code thread} while there are any
     */
    Watchers(ScheduledExecutorService thread, Runnable tell, Runnable second) {
        this.thread = thread;
        this.tell = tell;
        this.second = second;
    }

    /** One more. @return lets it go */
    synchronized Runnable add(Runnable watcher) {
        all.add(watcher);
        if (seconds == null) {
            tell.run();
            seconds = thread.scheduleWithFixedDelay(second, 1, 1, TimeUnit.SECONDS);
        }
        return () -> remove(watcher);
    }

    private synchronized void remove(Runnable watcher) {
        all.remove(watcher);
        if (all.isEmpty() && seconds != null) {
            seconds.cancel(false);
            seconds = null;
        }
    }

    /** Calls each. */
    void run() {
        all.forEach(Runnable::run);
    }
}
