package dev.fenliu.engine;

import dev.fenliu.config.Type;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Reason;
import dev.fenliu.net.ClientTls;
import dev.fenliu.net.Dialer;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.route.list.ListFormatException;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the copies of remote lists fresh, rule-sets and subscriptions: asks for each when its time has come, through the
 * outbounds that it wants, checks what came, and keeps the last good copy. A list that lost more than half of its contents
 * is not taken.
 * The network part is confined to one event loop, the disk part to a thread of its own.
 */
final class RemoteLists {
    /** The outbounds that there are. */
    @FunctionalInterface
    interface Ways {
        /** The outbound that carries to a server what is to go {@code via} some outbound; null if there is none. */
        @Nullable
        Outbound find(String via, Destination to);

        /** Names of those that are tunnels, groups first. */
        default List<String> tunnels() {
            return List.of();
        }
    }

    /**
     * What came of an answer.
     *
     * @param problem empty when it was taken
     * @param last whether another way to the server would change nothing
     * @param changed whether it is another list now
     * @param held what was not taken
     */
    private record Outcome(Optional<Reason> problem, boolean last, boolean changed, ListNews.@Nullable Held held) {
        static final Outcome GOOD = new Outcome(Optional.empty(), true, false, null);
        static final Outcome NEW = new Outcome(Optional.empty(), true, true, null);

        static Outcome bad(Reason why) {
            return new Outcome(Optional.of(why), false, false, null);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(RemoteLists.class);
    private static final Duration LOOK = Duration.ofSeconds(30);
    private static final Duration RETRY = Duration.ofMinutes(5);
    private static final Duration JUST = Duration.ofMinutes(2);

    private final EventLoop loop;
    private final ListCache cache;
    private final InstantSource clock;
    private final Runnable changed;
    private final ExecutorService disk = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "lists");
        thread.setDaemon(true);
        return thread;
    });
    private final Map<URI, Long> failed = new HashMap<>();
    private final Set<URI> running = new HashSet<>();
    /** Who wants to know what the next update comes to. */
    private final Map<URI, List<Promise<Refreshed>>> waiting = new HashMap<>();
    /** Whose copy is not there or no good. */
    private final Set<URI> missing = new HashSet<>();

    private final ListNews news = new ListNews();

    /** A server must not see that what comes by two ways is one program. */
    private final Map<String, ClientTls> sessions = new HashMap<>();

    private List<? extends Remote> plans = List.of();
    private Ways ways = (via, to) -> null;
    private @Nullable ScheduledFuture<?> timer;
    private boolean closed;

    /**
     * Fetches nothing yet.
     *
     * @param clock of the wall, which copies on the disk are dated by
     * @param changed told when a copy has changed, on any thread
     */
    RemoteLists(EventLoop loop, ListCache cache, InstantSource clock, Runnable changed) {
        this.loop = loop;
        this.cache = cache;
        this.clock = clock;
        this.changed = changed;
    }

    /**
     * The lists to keep from now on; each is asked for at once if its time has come.
     *
     * @param loaded those whose copy is good, as {@link Remote#what} calls them
     * @param ways to fetch them
     */
    void keep(Collection<? extends Remote> wanted, Set<String> loaded, Ways ways) {
        loop.execute(() -> {
            plans = wanted.stream().filter(plan -> plan.url().isPresent()).toList();
            this.ways = ways;
            failed.clear();
            missing.clear();
            plans.stream()
                    .filter(plan -> !loaded.contains(plan.what()))
                    .forEach(plan -> missing.add(plan.url().orElseThrow()));
            if (timer == null && !plans.isEmpty() && !closed) {
                timer = loop.scheduleWithFixedDelay(
                        this::look, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
            }
            look();
        });
    }

    /** Keeps on disk what was compiled. */
    void save(CompiledLists compiled) {
        loop.execute(() -> {
            if (!closed) {
                disk.execute(compiled::save);
            }
        });
    }

    void close() {
        loop.execute(() -> {
            closed = true;
            if (timer != null) {
                timer.cancel(false);
            }
            disk.shutdown();
        });
    }

    private void look() {
        for (Remote plan : plans) {
            URI uri = plan.url().orElseThrow();
            Long lastFailure = failed.get(uri); // by the loop's clock, which nobody sets
            boolean resting = lastFailure != null && loop.ticker().nanoTime() - lastFailure < RETRY.toNanos();
            if (!closed && running.add(uri)) {
                boolean useless = missing.contains(uri);
                disk.execute(() -> {
                    boolean due = isJustAccepted(uri) || !resting && (useless || isDue(plan, uri));
                    back(() -> {
                        if (!closed && (due || waiting.containsKey(uri))) {
                            ask(plan, uri);
                        } else {
                            running.remove(uri);
                        }
                    });
                });
            }
        }
    }

    /**
     * Asks for a list now, whatever its time. Called on any thread.
     *
     * @param what as {@link Remote#what} calls it
     * @return does not fail; empty if nobody keeps such a list for us
     */
    Future<Optional<Refreshed>> refresh(String what) {
        Promise<Optional<Refreshed>> result = loop.newPromise();
        loop.execute(() -> {
            Remote plan = plans.stream()
                    .filter(one -> one.what().equals(what))
                    .findFirst()
                    .orElse(null);
            if (plan == null || closed) {
                result.setSuccess(Optional.empty());
                return;
            }
            URI uri = plan.url().orElseThrow();
            Promise<Refreshed> came = loop.newPromise();
            came.addListener(done -> result.setSuccess(Optional.of(came.getNow())));
            waiting.computeIfAbsent(uri, any -> new ArrayList<>()).add(came);
            if (running.add(uri)) {
                ask(plan, uri);
            }
        });
        return result;
    }

    private void ask(Remote plan, URI uri) {
        boolean useless = missing.contains(uri);
        disk.execute(() -> {
            Optional<ListCache.Copy> copy = useless ? Optional.empty() : cache.read(uri);
            back(() -> new Update(plan, uri, copy).next());
        });
    }

    /** From the disk to the event loop, which may have ended meanwhile with all else. */
    private void back(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // nobody waits for it
        }
    }

    /** Then it is worth asking at once, though not for ever. */
    private boolean isJustAccepted(URI uri) {
        return cache.accepted(uri)
                .filter(at -> at.isAfter(clock.instant().minus(JUST)))
                .isPresent();
    }

    private boolean isDue(Remote plan, URI uri) {
        Optional<Duration> age = cache.fetched(uri).map(fetched -> Duration.between(fetched, clock.instant()));
        // A copy of the future is from before the clock was set back, and of any age.
        return age.isEmpty() || age.get().isNegative() || age.get().compareTo(plan.every(cache.said(uri))) >= 0;
    }

    /** One update of one list. Confined to the event loop. */
    private final class Update {
        private final Remote plan;
        private final URI uri;
        private final Optional<ListCache.Copy> copy;
        private final List<String> all;
        private final Iterator<String> left;
        private final List<String> problems = new ArrayList<>();

        Update(Remote plan, URI uri, Optional<ListCache.Copy> copy) {
            this.plan = plan;
            this.uri = uri;
            this.copy = copy;
            this.all = plan.ways(ways.tunnels());
            this.left = all.iterator();
        }

        /** Tries the next way to the server. */
        void next() {
            String via = left.next();
            Ways now = ways;
            Dialer dialer = dial -> { // a redirect may lead to a name whose way is another
                Outbound way = now.find(via, dial.destination());
                return way == null
                        ? loop.newFailedFuture(new Failure(Failure.Kind.INTERNAL, "no outbound \"" + via + "\""))
                        : way.connect(dial);
            };
            String etag = copy.flatMap(ListCache.Copy::etag).orElse(null);
            ClientTls tls = sessions.computeIfAbsent(via, any -> ClientTls.plain());
            HttpFetch.get(uri, dialer, tls, loop, etag, plan.userAgent())
                    .addListener((Future<HttpFetch.Answer> done) -> {
                        if (!done.isSuccess()) {
                            came(via, Outcome.bad(HttpFetch.reason(done.cause())));
                        } else if (!closed) {
                            disk.execute(() -> {
                                Outcome outcome = take(plan, uri, copy, done.getNow());
                                back(() -> came(via, outcome));
                            });
                        }
                    });
        }

        private void came(String via, Outcome outcome) {
            if (outcome.problem().isEmpty()) {
                ended(plan, uri, null, outcome);
                return;
            }
            Reason problem = outcome.problem().get();
            problems.add(all.size() == 1 ? problem.text() : via + ": " + problem.text());
            if (outcome.last() || !left.hasNext() || closed) {
                ended(plan, uri, new Reason(problem.code(), String.join("; ", problems)), outcome);
            } else {
                next();
            }
        }
    }

    private void ended(Remote plan, URI uri, @Nullable Reason problem, Outcome last) {
        running.remove(uri);
        Refreshed came = new Refreshed(last.changed(), Optional.ofNullable(problem), last.held() != null);
        for (Promise<Refreshed> one : waiting.getOrDefault(uri, List.of())) {
            one.setSuccess(came);
        }
        waiting.remove(uri);
        if (problem == null) {
            failed.remove(uri);
            missing.remove(uri);
        } else {
            failed.put(uri, loop.ticker().nanoTime());
            news.failed(plan, problem, last.held());
            LOG.warn("{}: not updated: {}; asked again in {} min", plan.what(), problem, RETRY.toMinutes());
        }
    }

    /** What the latest updates came to. */
    ListNews news() {
        return news;
    }

    private static int countOrNone(Remote plan, ListCache.Copy copy) {
        try {
            return plan.count(copy.content());
        } catch (ListFormatException | IOException e) {
            return 0;
        }
    }

    /** Keeps what came if it is good. */
    private Outcome take(Remote plan, URI uri, Optional<ListCache.Copy> copy, HttpFetch.Answer answer) {
        try {
            if (answer.content().isEmpty()) {
                cache.confirm(uri, clock.instant(), answer.said());
                news.confirmed(plan, clock.instant(), answer.said());
                return Outcome.GOOD;
            }
            byte[] content = answer.content().get();
            int now;
            try {
                now = plan.count(content);
            } catch (ListFormatException | IOException e) {
                return Outcome.bad(new Reason("not-a-list", String.valueOf(e.getMessage())));
            }
            int before = copy.map(old -> countOrNone(plan, old)).orElse(0);
            if (now * 2L < before && cache.accepted(uri).isEmpty()) {
                Optional<ListDiff> diff =
                        copy.flatMap(old -> ListDiff.of(plan, old.content(), content, clock.instant()));
                ListNews.Held held = new ListNews.Held(now, before, diff.map(ListDiff::counts));
                String why = held.text(plan);
                cache.hold(uri, why, diff);
                Reason problem = new Reason("held-back", why + ": held back. To take it: fenliu accept " + plan.name());
                return new Outcome(Optional.of(problem), true, false, held);
            }
            boolean same = copy.isPresent()
                    && java.util.Arrays.equals(content, copy.get().content());
            cache.write(uri, content, answer.etag(), answer.said());
            news.confirmed(plan, clock.instant(), answer.said());
            if (!same) {
                Optional<ListDiff> diff =
                        copy.flatMap(old -> ListDiff.of(plan, old.content(), content, clock.instant()));
                String what = diff.map(found -> " (" + found.counts() + ")").orElse("");
                LOG.info("{}: updated, {} {}{}", plan.what(), now, plan.contents(), what);
                changed.run(); // whether or not there is room for how it differs
                cache.changed(uri, diff);
            }
            return same ? Outcome.GOOD : Outcome.NEW;
        } catch (IOException e) {
            return Outcome.bad(new Reason("not-kept", "it cannot be kept: " + Type.reason(e)));
        }
    }
}
