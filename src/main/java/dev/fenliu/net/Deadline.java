package dev.fenliu.net;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A limit to how long a peer may take. A loop that was busy, with hundreds of handshakes for instance, finds its timers
 * due before it has read what came in the meantime: so it looks once more before it blames the peer. Confined to the loop.
 */
public final class Deadline {
    /** How long before the end the loop prepares for a last turn in which it reads. */
    private static final Duration LAST_LOOK = Duration.ofMillis(50);

    private final EventLoop loop;
    private final long due;
    private final Runnable late;
    private ScheduledFuture<?> timer;

    private Deadline(EventLoop loop, Duration time, Runnable late) {
        this.loop = loop;
        this.due = loop.ticker().nanoTime() + time.toNanos();
        this.late = late;
        this.timer = loop.schedule(this::lookOnceMore, time.minus(LAST_LOOK).toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Calls {@code late} on {@code loop}, from which this is called, when {@code time} is over. */
    public static Deadline start(EventLoop loop, Duration time, Runnable late) {
        return new Deadline(loop, time, late);
    }

    private void lookOnceMore() {
        // Even a task that is due at once waits for the next turn, which begins with reading.
        timer = loop.schedule(late, Math.max(0, due - loop.ticker().nanoTime()), TimeUnit.NANOSECONDS);
    }

    /** What was awaited has come; a no-op when it was too late. */
    public void cancel() {
        timer.cancel(false);
    }
}
