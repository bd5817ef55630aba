package dev.fenliu.dns;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Answers and recent failures by group of upstreams and query. Outlives reloads: a group is named by its upstreams, so
 * that a changed list never sees the answers of another. Bounded by bytes. Thread-safe.
 */
public final class AnswerCache {
    /** How the keys of answers begin that came through an outbound, or that are for our own connections alone. */
    static final String THROUGH = "through ";

    static final String BOOTSTRAP = "bootstrap: ";

    private static final int MAX_FAILURES = 10_000;
    private static final int FIRST_PAUSE_SECONDS = 1;
    private static final int LAST_PAUSE_SECONDS = 30;
    private static final int EARLY_FETCHES_A_SECOND = 20;

    private record Key(String group, Query query) {
        boolean isPlain() {
            return !group.startsWith(THROUGH) && !group.startsWith(BOOTSTRAP);
        }
    }

    /** @param life counted from the arrival of the answer, as fresh and as expired */
    private record Kept(Answer answer, Duration life) {}

    /** A look-up that failed: not asked again before {@code until}. */
    private record Pause(Failure failure, long until, int seconds) {}

    private final LongSupplier clock;
    private final UpstreamCounts counts = new UpstreamCounts();
    private final Cache<Key, Kept> answers;
    private final Cache<Key, Pause> pauses;
    private final AtomicLong changes = new AtomicLong();

    /** When the last of them were made; the oldest stands at {@code nextEarly}. */
    private final long[] earlyFetches = new long[EARLY_FETCHES_A_SECOND];

    private int nextEarly;

    /** @param clock monotonic nanoseconds, such as {@link System#nanoTime} */
    public AnswerCache(LongSupplier clock) {
        this.clock = clock;
        this.answers = Caffeine.newBuilder()
                .maximumWeight(CacheOptions.DEFAULT.size())
                .weigher((Key key, Kept kept) ->
                        kept.answer().weight() + key.query().name().length())
                .expireAfter(Expiry.<Key, Kept>writing((key, kept) -> left(kept)))
                .ticker(clock::getAsLong)
                .executor(Runnable::run)
                .build();
        this.pauses = Caffeine.newBuilder()
                .maximumSize(MAX_FAILURES)
                .expireAfterWrite(Duration.ofSeconds(2 * LAST_PAUSE_SECONDS))
                .ticker(clock::getAsLong)
                .executor(Runnable::run)
                .build();
        Arrays.fill(earlyFetches, clock.getAsLong() - TimeUnit.SECONDS.toNanos(1));
    }

    private Duration left(Kept kept) {
        return kept.life().minus(kept.answer().age(now()));
    }

    /** Bounds the memory from now on, in bytes; 0 keeps nothing. */
    public void resize(long bytes) {
        answers.policy().eviction().orElseThrow().setMaximum(bytes);
    }

    /** How the upstreams do that its answers come from. */
    public UpstreamCounts counts() {
        return counts;
    }

    /** Forgets everything. */
    public void clear() {
        changes.incrementAndGet();
        answers.invalidateAll();
        pauses.invalidateAll();
    }

    /**
     * Forgets the answers that came from the resolvers of direct flows about names that are no longer to be asked
     * there: should the rules send such a name there again, what was true or forged before is not to come back. Takes
     * a walk over all answers.
     *
     * @param plain whether a name may be asked at the resolvers of direct flows
     */
    public void forgetPlain(Predicate<Host.Name> plain) {
        Map<String, Boolean> known = new HashMap<>();
        if (answers.asMap().keySet().removeIf(key -> isMisplaced(key, plain, known))) {
            changes.incrementAndGet();
        }
    }

    /** @param known what {@code plain} has said about names */
    private static boolean isMisplaced(Key key, Predicate<Host.Name> plain, Map<String, Boolean> known) {
        return key.isPlain()
                && !known.computeIfAbsent(
                        key.query().name(),
                        name -> plain.test(new Host.Name(key.query().host())));
    }

    /** Rises with every change of what it holds, but for what goes by age or for want of room. */
    public long changes() {
        return changes.get();
    }

    /** Writes all answers with their age; a walk, during which others may use it. */
    public void save(DataOutput out) throws IOException {
        long now = now();
        Map<String, Integer> groups = new HashMap<>();
        for (Map.Entry<Key, Kept> entry : answers.asMap().entrySet()) {
            Key key = entry.getKey();
            out.writeBoolean(true);
            Integer known = groups.putIfAbsent(key.group(), groups.size());
            out.writeInt(known == null ? groups.size() - 1 : known);
            if (known == null) {
                out.writeUTF(key.group());
            }
            out.writeBoolean(key.query().dnssecOk());
            out.writeBoolean(key.query().checkingDisabled());
            out.writeLong(entry.getValue().life().toSeconds());
            entry.getValue().answer().write(out, now);
        }
        out.writeBoolean(false);
    }

    /**
     * Takes the answers that were saved, as old as they are by now, where it has none newer.
     *
     * @param down how long ago that was; negative when the clock says that it will be
     * @param plain as for {@link #forgetPlain}
     */
    public void load(DataInput in, Duration down, Predicate<Host.Name> plain) throws IOException {
        List<String> groups = new ArrayList<>();
        Map<String, Boolean> known = new HashMap<>();
        while (in.readBoolean()) {
            int group = in.readInt();
            if (group == groups.size()) {
                groups.add(in.readUTF());
            }
            boolean dnssecOk = in.readBoolean();
            boolean checkingDisabled = in.readBoolean();
            Duration life = Duration.ofSeconds(in.readLong());
            Answer answer = Answer.read(in, down, now());
            Key key = new Key(groups.get(group), answer.question(dnssecOk, checkingDisabled));
            Kept kept = new Kept(answer, life);
            if (!left(kept).isNegative() && !isMisplaced(key, plain, known)) {
                answers.asMap().putIfAbsent(key, kept);
            }
        }
    }

    /** Roughly how many answers it holds. */
    public long size() {
        return answers.estimatedSize();
    }

    long now() {
        return clock.getAsLong();
    }

    /**
     * Takes leave to fetch an answer before the old one expires. There are {@value #EARLY_FETCHES_A_SECOND} in any second
     * for all groups: public resolvers throttle by address, and what nobody waits for must not use that up.
     */
    synchronized boolean mayFetchEarly() {
        long now = now();
        if (now - earlyFetches[nextEarly] < TimeUnit.SECONDS.toNanos(1)) {
            return false;
        }
        earlyFetches[nextEarly] = now;
        nextEarly = (nextEarly + 1) % EARLY_FETCHES_A_SECOND;
        return true;
    }

    /** The answer, fresh or expired. */
    @Nullable
    Answer get(String group, Query query) {
        Kept kept = answers.getIfPresent(new Key(group, query));
        return kept == null ? null : kept.answer();
    }

    /** Keeps an answer until {@code stale} after it expires; one of TTL 0 is not kept. Forgets the failure. */
    void put(String group, Query query, Answer answer, Duration stale) {
        Key key = new Key(group, query);
        changes.incrementAndGet();
        pauses.invalidate(key);
        if (answer.ttl() == 0) {
            answers.invalidate(key);
        } else {
            answers.put(key, new Kept(answer, Duration.ofSeconds(answer.ttl()).plus(stale)));
        }
    }

    /** Why the look-up failed, while it is too early to ask again (RFC 9520). */
    @Nullable
    Failure failure(String group, Query query) {
        Pause pause = pauses.getIfPresent(new Key(group, query));
        return pause == null || now() - pause.until() >= 0 ? null : pause.failure();
    }

    /** Remembers a failure for 1 s, for twice as long each time it comes again, at most 30 s. */
    void failed(String group, Query query, Failure failure) {
        Key key = new Key(group, query);
        Pause last = pauses.getIfPresent(key);
        int seconds = last == null ? FIRST_PAUSE_SECONDS : Math.min(LAST_PAUSE_SECONDS, 2 * last.seconds());
        pauses.put(key, new Pause(failure, now() + TimeUnit.SECONDS.toNanos(seconds), seconds));
    }
}
