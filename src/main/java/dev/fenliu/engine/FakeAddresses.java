package dev.fenliu.engine;

import dev.fenliu.dns.FakeAnswers;
import dev.fenliu.dns.FakeOptions;
import dev.fenliu.dns.FakeRanges;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which name stands behind which fake addresses. A name has a place, and thereby an address of each family. An address
 * never leads to another name than the one that it was given for: places are given in batches that are written down before,
 * so that who finds a list of names and batches knows of every place that may have been given, and one is given to another
 * name only when nobody has used it for an hour, or ever. Safe for concurrent use.
 */
final class FakeAddresses implements FakeAnswers {
    static final int BATCH = 512;
    static final Duration AGE = Duration.ofHours(1);

    /** Of one that was told and then never used; at a hundred questions a second a client has not taken all until then. */
    static final Duration UNUSED = Duration.ofMinutes(10);

    /** After a batch that turned out empty. */
    private static final Duration PAUSE = Duration.ofSeconds(10);

    /** What a place is given for. */
    static final class Mapping {
        /** Null when it may have been given before the last start, but it is not known for whom. */
        private final Host.@Nullable Name name;

        private final int place;
        private final LongSupplier clock;
        private volatile long used;
        private volatile boolean wanted;
        private int flows;

        private Mapping(int place, Host.@Nullable Name name, LongSupplier clock) {
            this.place = place;
            this.name = name;
            this.wanted = name == null;
            this.clock = clock;
            this.used = clock.getAsLong();
        }

        /** Where a flow to the fake address {@code to} is meant to go. */
        Destination destination(Destination to) {
            return name == null ? to : new Destination(name, to.port());
        }

        Optional<Host.Name> name() {
            return Optional.ofNullable(name);
        }

        /** A flow uses it. */
        void touch() {
            wanted = true;
            used = clock.getAsLong();
        }

        /** A flow to it starts. */
        synchronized void open() {
            flows++;
        }

        /** A flow to it has ended. */
        synchronized void close() {
            flows--;
            touch();
        }

        private synchronized boolean isIdle() {
            return flows == 0 && clock.getAsLong() - used > (wanted ? AGE : UNUSED).toNanos();
        }
    }

    private final LongSupplier clock;
    /** Asks for the next batch, while a few places are left. */
    private final Runnable refill;

    private FakeRanges ranges = FakeRanges.DEFAULT;
    private boolean on;
    /** By name, the one used longest ago first. */
    private final Map<Host.Name, Mapping> names = new LinkedHashMap<>(16, 0.75f, true);

    private final Map<Integer, Mapping> places = new HashMap<>();
    /** Those of {@link #places} without a name, the oldest first. */
    private final Queue<Mapping> nameless = new ArrayDeque<>();
    /** The places of batches. */
    private final Set<Integer> reserved = new LinkedHashSet<>();
    /** Those of them that may be given. */
    private final Queue<Integer> free = new ArrayDeque<>();

    /** What there was in ranges that start elsewhere. */
    private final List<Kept> left = new ArrayList<>();

    private int next;
    private boolean refilling;
    private long refilled;
    private long changes;
    private volatile List<FakeRanges> all = List.of();

    /**
     * Without names.
     *
     * @param clock monotonic, in nanoseconds
     * @param refill called on any thread, at most once until {@link #release}
     */
    FakeAddresses(LongSupplier clock, Runnable refill) {
        this.clock = clock;
        this.refill = refill;
        this.refilled = clock.getAsLong() - PAUSE.toNanos();
        this.next = 1 + ThreadLocalRandom.current().nextInt(ranges.places()); // nobody knows what a lost list had
    }

    /** The ranges in use now, and those that were in use before: nothing is ever sent there. */
    List<FakeRanges> ranges() {
        return all;
    }

    /** Whether an address is of such a range. */
    boolean isFake(InetAddress address) {
        return all.stream().anyMatch(range -> range.contain(address));
    }

    /** What an address stands for; null when that is not known, or no longer. */
    @Nullable
    Mapping find(InetAddress address) {
        if (all.isEmpty()) {
            return null;
        }
        synchronized (this) {
            Mapping found = on ? places.get(ranges.place(address)) : null;
            if (found == null || found.name == null) {
                return null;
            }
            names.get(found.name); // moves it to the end
            found.touch();
            return found;
        }
    }

    @Override
    public synchronized List<InetAddress> addresses(Host.Name name) {
        if (!on) {
            return List.of();
        }
        Mapping known = names.get(name);
        if (known == null) {
            if (free.size() < BATCH / 2 && !refilling && clock.getAsLong() - refilled >= 0) {
                refilling = true;
                refill.run();
            }
            Integer place = free.poll();
            if (place == null) {
                return List.of();
            }
            reserved.remove(place);
            known = new Mapping(place, name, clock);
            names.put(name, known);
            places.put(place, known);
            changes++;
        }
        known.used = clock.getAsLong();
        return ranges.addresses(known.place);
    }

    /**
     * Before a new config is in force.
     *
     * @return whether places must be reserved before it is
     */
    synchronized boolean prepare(FakeOptions options) {
        if (options.on() && (all.isEmpty() || options.ranges().startAs(ranges))) {
            adopt(options.ranges());
            return free.isEmpty();
        }
        return false;
    }

    /** Goes by a new config; names keep their places as long as these have the same addresses. */
    synchronized void use(FakeOptions options) {
        on = options.on();
        if (on) {
            adopt(options.ranges());
        }
    }

    private void adopt(FakeRanges wanted) {
        if (all.contains(wanted) && wanted.equals(ranges)) {
            return;
        }
        if (!wanted.startAs(ranges)) {
            Optional<Kept> before =
                    left.stream().filter(kept -> kept.ranges.startAs(wanted)).findFirst();
            if (!all.isEmpty()) {
                left.add(kept(false));
            }
            trim(0);
            before.ifPresent(kept -> {
                left.remove(kept);
                take(kept);
            });
        }
        ranges = wanted;
        trim(ranges.places());
        next = Math.min(next, ranges.places());
        refilled = clock.getAsLong();
        List<FakeRanges> known = new ArrayList<>(all);
        known.remove(ranges);
        known.add(0, ranges);
        all = List.copyOf(known);
        changes++;
    }

    private void trim(int most) {
        places.keySet().removeIf(place -> place > most);
        names.values().removeIf(mapping -> mapping.place > most);
        nameless.removeIf(mapping -> mapping.place > most);
        reserved.removeIf(place -> place > most);
        free.removeIf(place -> place > most);
    }

    /** Places for the next names, which must be written down before they are {@link #release released}. */
    synchronized List<Integer> reserve() {
        List<Integer> batch = new ArrayList<>();
        for (int place; batch.size() < BATCH && (place = unused()) != 0; ) {
            reserved.add(place);
            batch.add(place);
        }
        if (batch.isEmpty()) {
            reuse(batch);
        }
        if (!batch.isEmpty()) {
            changes++;
        }
        return batch;
    }

    /** 0 when there is none. */
    private int unused() {
        for (int left = ranges.places() - places.size() - reserved.size(); left > 0; ) {
            int place = next;
            next = next % ranges.places() + 1;
            if (!places.containsKey(place) && !reserved.contains(place)) {
                left--;
                if (!isFormer(place)) {
                    return place;
                }
            }
        }
        return 0;
    }

    /** Whether one of its addresses could have been given before for somebody else. */
    private boolean isFormer(int place) {
        return left.stream().anyMatch(kept -> ranges.addresses(place).stream().anyMatch(kept.ranges::contain));
    }

    private void reuse(List<Integer> batch) {
        for (Mapping first; batch.size() < BATCH && (first = nameless.peek()) != null && first.isIdle(); ) {
            nameless.remove();
            places.remove(first.place);
            batch.add(first.place);
        }
        for (Iterator<Mapping> oldest = names.values().iterator(); batch.size() < BATCH && oldest.hasNext(); ) {
            Mapping mapping = oldest.next();
            if (mapping.isIdle()) {
                oldest.remove();
                places.remove(mapping.place);
                batch.add(mapping.place);
            }
        }
        reserved.addAll(batch);
    }

    /** The places of a batch may be given. */
    synchronized void release(List<Integer> batch) {
        batch.stream().filter(reserved::contains).forEach(free::add);
        refilling = false;
        refilled = clock.getAsLong() + (batch.isEmpty() ? PAUSE.toNanos() : 0);
    }

    /** Rises with every change of {@link #kept}. */
    synchronized long changes() {
        return changes;
    }

    /**
     * Everything that must be known after the next start.
     *
     * @param reserved the places that may be, or may have been, given for nobody knows whom
     */
    record Kept(FakeRanges ranges, List<Integer> reserved, Map<Integer, String> names) {}

    /** @param last whether no place will be given any more */
    synchronized Kept kept(boolean last) {
        if (last) {
            reserved.clear();
            free.clear();
        }
        Map<Integer, String> named = new LinkedHashMap<>();
        names.values().forEach(mapping -> named.put(mapping.place, String.valueOf(mapping.name)));
        List<Integer> open = new ArrayList<>(reserved);
        nameless.forEach(mapping -> open.add(mapping.place));
        return new Kept(ranges, open, named);
    }

    /** Takes what was kept, before anything else. What could have been given before is given to nobody for an hour. */
    synchronized void restore(Kept kept) {
        ranges = kept.ranges;
        all = List.of(ranges);
        take(kept);
    }

    private void take(Kept kept) {
        kept.names.forEach((place, name) -> {
            Mapping mapping = new Mapping(place, new Host.Name(name), clock);
            mapping.wanted = true; // perhaps
            names.put(new Host.Name(name), mapping);
            places.put(place, mapping);
        });
        kept.reserved.forEach(place -> {
            Mapping mapping = new Mapping(place, null, clock);
            nameless.add(mapping);
            places.put(place, mapping);
        });
        next = places.keySet().stream().mapToInt(place -> place).max().orElse(0) % kept.ranges.places() + 1;
    }
}
