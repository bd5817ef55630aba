package dev.fenliu.engine;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Tells when the time of a rule is over. Timers are confined to one event loop. */
final class RuleTimes {
    /** Somebody may set the clock meanwhile. */
    private static final Duration LOOK = Duration.ofMinutes(1);

    private final EventLoop loop;
    private final InstantSource clock;
    private final Runnable over;
    private Instant latest = Instant.MIN;
    private @Nullable ScheduledFuture<?> timer;

    /** @param over told on the loop */
    RuleTimes(EventLoop loop, InstantSource clock, Runnable over) {
        this.loop = loop;
        this.clock = clock;
        this.over = over;
    }

    /** The time; a clock that is set back does not bring rules back. By one thread at a time. */
    synchronized Instant now() {
        Instant now = clock.instant();
        latest = now.isAfter(latest) ? now : latest;
        return latest;
    }

    /** The next end of a rule from now on. */
    void follow(Optional<Instant> end) {
        loop.execute(() -> {
            close();
            end.ifPresent(this::look);
        });
    }

    private void look(Instant end) {
        Duration left = Duration.between(now(), end);
        if (left.isNegative() || left.isZero()) {
            over.run();
            return;
        }
        Duration wait = left.compareTo(LOOK) < 0 ? left.plusMillis(1) : LOOK;
        timer = loop.schedule(() -> look(end), wait.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Tells no more. */
    void stop() {
        loop.execute(this::close);
    }

    private void close() {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
