package dev.fenliu.dns;

import dev.fenliu.model.Failure;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Answers queries from the cache, or from the upstreams, asked once however many wait. What is popular is fetched anew
 * shortly before it expires. Expired answers are given while a new one is fetched, older ones, and those that a name is
 * missing, when none comes (RFC 8767): who is told so in error has no second address to try. The cache is read by any thread; all else happens on {@code home}.
 */
final class Lookups {
    private static final int MAX_FLIGHTS = 4096;
    private static final int MAX_WAITERS = 1000;

    /** When a client that could have an old answer has waited long enough for a new one. */
    private static final long PATIENCE_MILLIS = 400;

    private final String key;
    private final ServerGroup group;
    private final AnswerCache cache;
    private final CacheOptions options;
    private final EventLoop home;
    private final Map<Query, List<Promise<Answer>>> flights = new HashMap<>();
    private volatile boolean closed;

    /** @param home where {@code group} lives */
    Lookups(ServerGroup group, AnswerCache cache, CacheOptions options, EventLoop home) {
        this("", group, cache, options, home);
    }

    /** @param way set before the name of the group in the keys of the cache, so that its answers are used here alone */
    Lookups(String way, ServerGroup group, AnswerCache cache, CacheOptions options, EventLoop home) {
        this.key = way + group.name();
        this.group = group;
        this.cache = cache;
        this.options = options;
        this.home = home;
        group.count(cache.counts());
    }

    String name() {
        return group.name();
    }

    long now() {
        return cache.now();
    }

    /** Whether anybody may hear this name. */
    boolean mayAsk(Query query) {
        return group.mayAsk(LocalNames.isLocal(query));
    }

    /** The answer, NXDOMAIN included. The future completes on {@code loop}; a failed one holds a {@link Failure}. */
    Future<Answer> ask(Query query, EventLoop loop) {
        Answer kept = cache.get(key, query);
        long expired = kept == null ? 0 : kept.expiredSince(cache.now());
        if (kept != null && expired < 0) {
            if (kept.usedNearItsEnd(cache.now())) {
                home.execute(() -> refresh(query, true));
            }
            return loop.newSucceededFuture(kept);
        }
        if (kept != null
                && kept.rcode() != Query.NXDOMAIN
                && expired < options.stale().toNanos()) {
            home.execute(() -> refresh(query, false));
            return loop.newSucceededFuture(kept);
        }
        return fetched(query, kept, loop);
    }

    /** The same for who could make nothing of the answer before: never an expired one. */
    Future<Answer> askAnew(Query query, EventLoop loop) {
        Answer kept = cache.get(key, query);
        return kept != null && kept.expiredSince(cache.now()) < 0
                ? loop.newSucceededFuture(kept)
                : fetched(query, null, loop);
    }

    private Future<Answer> fetched(Query query, @Nullable Answer kept, EventLoop loop) {
        Promise<Answer> promise = loop.newPromise();
        if (home.inEventLoop()) {
            enlist(query, kept, promise);
        } else {
            home.execute(() -> enlist(query, kept, promise));
        }
        return promise;
    }

    /** @param early whether the old answer is still good, so that there is no hurry */
    private void refresh(Query query, boolean early) {
        if (cache.failure(key, query) == null
                && !flights.containsKey(query)
                && flights.size() < MAX_FLIGHTS
                && (!early || cache.mayFetchEarly())) {
            fetch(query, new ArrayList<>(1));
        }
    }

    /** @param old an answer for want of a better one */
    private void enlist(Query query, @Nullable Answer old, Promise<Answer> waiter) {
        Failure failure = cache.failure(key, query);
        List<Promise<Answer>> waiters = flights.get(query);
        if (failure == null && (waiters == null ? flights.size() >= MAX_FLIGHTS : waiters.size() >= MAX_WAITERS)) {
            failure = new Failure(Failure.Kind.RESOLVER_FAILED, "too many look-ups at once");
        }
        if (failure != null) {
            settle(waiter, home.newFailedFuture(failure), old);
            return;
        }
        Promise<Answer> fetched = old == null ? waiter : patient(waiter, old);
        if (waiters == null) {
            waiters = new ArrayList<>(1);
            waiters.add(fetched);
            fetch(query, waiters);
        } else {
            waiters.add(fetched);
        }
    }

    /** Gives {@code waiter} the old answer when a new one takes long or never comes. */
    private Promise<Answer> patient(Promise<Answer> waiter, Answer old) {
        Promise<Answer> fetched = home.newPromise();
        Future<?> timer = home.schedule(() -> waiter.trySuccess(old), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        fetched.addListener(done -> {
            timer.cancel(false);
            settle(waiter, fetched, old);
        });
        return fetched;
    }

    private void fetch(Query query, List<Promise<Answer>> waiters) {
        flights.put(query, waiters);
        group.fetch(query, LocalNames.isLocal(query)).addListener((Future<Answer> answer) -> {
            flights.remove(query);
            if (answer.isSuccess()) {
                cache.put(key, query, answer.getNow(), staleLife(query));
            } else if (!closed) { // what closing ends says nothing about the upstreams, which the next may ask too
                cache.failed(key, query, Failure.of(answer.cause()));
            }
            waiters.forEach(waiter -> settle(waiter, answer, null));
        });
    }

    private static void settle(Promise<Answer> waiter, Future<Answer> fetched, @Nullable Answer old) {
        if (fetched.isSuccess()) {
            waiter.trySuccess(fetched.getNow());
        } else if (old != null) {
            waiter.trySuccess(old);
        } else {
            waiter.tryFailure(Failure.of(fetched.cause()));
        }
    }

    /** Proofs of ownership are made to be read once, just after they change. */
    private Duration staleLife(Query query) {
        return query.host().startsWith("_acme-challenge.") ? Duration.ZERO : options.staleOnError();
    }

    void close() {
        closed = true;
        group.close();
    }
}
