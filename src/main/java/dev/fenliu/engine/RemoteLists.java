package dev.fenliu.engine;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.ClientTls;
import dev.fenliu.net.Dialer;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.route.list.ListFormatException;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
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
 * Keeps the copies of remote lists fresh: asks for each when its time has come, through the outbound that its rule-set
 * names, checks what came, and keeps the last good copy. A list that lost more than half of its entries is not taken.
 * The network part is confined to one event loop, the disk part to a thread of its own.
 */
final class RemoteLists {
    /** Finds the outbound that carries to a server what is to go {@code via} some outbound; null if there is none. */
    @FunctionalInterface
    interface Ways {
        @Nullable
        Outbound find(String via, Destination to);
    }

    private static final Logger LOG = LoggerFactory.getLogger(RemoteLists.class);
    private static final Duration LOOK = Duration.ofSeconds(30);
    private static final Duration RETRY = Duration.ofMinutes(5);

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
    /** Whose copy is not there or no good. */
    private final Set<URI> missing = new HashSet<>();

    /** A server must not see that what comes by two ways is one program. */
    private final Map<String, ClientTls> sessions = new HashMap<>();

    private List<RuleSetPlan> plans = List.of();
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
     * @param loaded the names of those whose copy is good
     * @param ways to fetch them
     */
    void keep(Collection<RuleSetPlan> wanted, Set<String> loaded, Ways ways) {
        loop.execute(() -> {
            plans = wanted.stream().filter(plan -> plan.url().isPresent()).toList();
            this.ways = ways;
            failed.clear();
            missing.clear();
            plans.stream()
                    .filter(plan -> !loaded.contains(plan.name()))
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
        for (RuleSetPlan plan : plans) {
            URI uri = plan.url().orElseThrow();
            Long lastFailure = failed.get(uri); // by the loop's clock, which nobody sets
            boolean resting = lastFailure != null && loop.ticker().nanoTime() - lastFailure < RETRY.toNanos();
            if (!closed && !resting && running.add(uri)) {
                boolean useless = missing.contains(uri);
                disk.execute(() -> {
                    boolean due = useless || isDue(plan, uri);
                    Optional<ListCache.Copy> copy = due && !useless ? cache.read(uri) : Optional.empty();
                    back(() -> {
                        if (due) {
                            fetch(plan, uri, copy);
                        } else {
                            running.remove(uri);
                        }
                    });
                });
            }
        }
    }

    /** From the disk to the event loop, which may have ended meanwhile with all else. */
    private void back(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // nobody waits for it
        }
    }

    private boolean isDue(RuleSetPlan plan, URI uri) {
        Optional<Duration> age = cache.fetched(uri).map(fetched -> Duration.between(fetched, clock.instant()));
        // A copy of the future is from before the clock was set back, and of any age.
        return age.isEmpty() || age.get().isNegative() || age.get().compareTo(plan.every()) >= 0;
    }

    private void fetch(RuleSetPlan plan, URI uri, Optional<ListCache.Copy> copy) {
        Ways now = ways;
        Dialer dialer = dial -> { // a redirect may lead to a name whose way is another
            Outbound way = now.find(plan.via(), dial.destination());
            return way == null
                    ? loop.newFailedFuture(new Failure(Failure.Kind.INTERNAL, "no outbound \"" + plan.via() + "\""))
                    : way.connect(dial);
        };
        String etag = copy.flatMap(ListCache.Copy::etag).orElse(null);
        ClientTls tls = sessions.computeIfAbsent(plan.via(), any -> ClientTls.plain());
        HttpFetch.get(uri, dialer, tls, loop, etag).addListener((Future<HttpFetch.Answer> done) -> {
            if (!done.isSuccess()) {
                ended(plan, uri, Failure.of(done.cause()).text());
                return;
            }
            if (closed) {
                return;
            }
            disk.execute(() -> {
                String problem = take(plan, uri, copy, done.getNow());
                back(() -> ended(plan, uri, problem));
            });
        });
    }

    private void ended(RuleSetPlan plan, URI uri, @Nullable String problem) {
        running.remove(uri);
        if (problem == null) {
            failed.remove(uri);
            missing.remove(uri);
        } else {
            failed.put(uri, loop.ticker().nanoTime());
            LOG.warn("rule-set {}: not updated: {}; asked again in {} min", plan.name(), problem, RETRY.toMinutes());
        }
    }

    private static int countOrNone(RuleSetPlan plan, ListCache.Copy copy) {
        try {
            return RuleSetSource.count(plan, copy.content());
        } catch (ListFormatException | IOException e) {
            return 0;
        }
    }

    /** Keeps what came if it is good; the reason when it is not. */
    private @Nullable String take(RuleSetPlan plan, URI uri, Optional<ListCache.Copy> copy, HttpFetch.Answer answer) {
        try {
            if (answer.content().isEmpty()) {
                cache.confirm(uri, clock.instant());
                return null;
            }
            byte[] content = answer.content().get();
            int now = RuleSetSource.count(plan, content);
            int before = copy.map(old -> countOrNone(plan, old)).orElse(0);
            if (now * 2L < before) {
                return "the new list has " + now + " entries, the old one " + before
                        + ": held back. To take it, remove " + cache.file(uri);
            }
            boolean same = copy.isPresent()
                    && java.util.Arrays.equals(content, copy.get().content());
            cache.write(uri, content, answer.etag());
            if (!same) {
                LOG.info("rule-set {}: updated, {} entries", plan.name(), now);
                changed.run();
            }
            return null;
        } catch (ListFormatException | IOException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
