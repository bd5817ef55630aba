package dev.fenliu.engine;

import dev.fenliu.config.Type;
import dev.fenliu.dns.AnswerCache;
import dev.fenliu.state.StateFiles;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done to the answers of resolvers as a whole, on a thread of its own: they are swept when the rules change, and
 * kept over restarts if the config wants it.
 */
final class KeptAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(KeptAnswers.class);
    private static final String NAME = "answers";
    private static final int VERSION = 1;
    private static final long NEVER = -1;
    private static final Duration EVERY = Duration.ofMinutes(10);

    private final AnswerCache cache;
    private final StateFiles state;
    private final InstantSource clock;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread made = new Thread(task, "answers");
        made.setDaemon(true);
        return made;
    });
    private boolean persist;
    private long saved = NEVER;
    private boolean warned;

    /** @param clock of the wall, which tells how long the program was down */
    KeptAnswers(AnswerCache cache, StateFiles state, InstantSource clock) {
        this.cache = cache;
        this.state = state;
        this.clock = clock;
        thread.scheduleWithFixedDelay(this::save, EVERY.toSeconds(), EVERY.toSeconds(), TimeUnit.SECONDS);
    }

    /**
     * Goes by a new config. Answers that came in the plain about names which its rules do not send there are forgotten.
     *
     * @param then called on any thread; after a reload when that is done, at the start at once
     */
    void follow(Generation next, boolean keep, Runnable then) {
        boolean start = next.number() == 1;
        if (start) {
            then.run();
        }
        Runnable after = start ? () -> {} : then;
        try {
            thread.execute(() -> {
                try {
                    follow(next, keep);
                } finally {
                    after.run();
                }
            });
        } catch (RejectedExecutionException e) {
            after.run(); // the program ends
        }
    }

    private synchronized void follow(Generation next, boolean keep) {
        cache.forgetPlain(name -> Routing.asksPlainly(next, name));
        if (keep && !persist) {
            load(next);
        } else if (!keep) {
            forget();
        }
        persist = keep;
    }

    private void load(Generation next) {
        state.read(NAME, VERSION, in -> {
            Duration down = Duration.between(Instant.ofEpochMilli(in.readLong()), clock.instant());
            cache.load(in, down, name -> Routing.asksPlainly(next, name));
        });
    }

    /** Writes what has changed. */
    synchronized void save() {
        long now = cache.changes();
        if (!persist || now == saved) {
            return;
        }
        try {
            state.write(NAME, VERSION, out -> {
                out.writeLong(clock.millis());
                cache.save(out);
            });
            saved = now;
            warned = false;
        } catch (IOException e) {
            warn("cannot be kept for the next start", e);
        }
    }

    private void forget() {
        try {
            saved = NEVER;
            state.delete(NAME);
        } catch (IOException e) {
            warn("of before cannot be removed", e);
        }
    }

    /** Once, until it works again. */
    private void warn(String what, IOException why) {
        if (!warned) {
            LOG.warn("dns: answers {}: {}", what, Type.reason(why));
            warned = true;
        }
    }

    /** Writes what has changed, and ends. May be called twice. */
    void close() {
        thread.shutdown();
        save();
    }
}
