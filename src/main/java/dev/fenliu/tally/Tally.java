package dev.fenliu.tally;

import dev.fenliu.engine.FlowListener;
import dev.fenliu.engine.FlowView;
import dev.fenliu.engine.HistoryOptions;
import dev.fenliu.engine.NameView;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.outbound.Site;
import dev.fenliu.route.Decision;
import dev.fenliu.route.RuleRef;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what flows move, and remembers the latest of them, of DNS queries and of log lines. Flows that run are asked every
 * ten seconds, or every second while somebody watches; the disk is written every ten minutes, as cards that wear out by
 * writing are common, and at the end. Safe for concurrent use. What says that it may wait, waits for the disk or for the
 * system; nothing else ever waits for those who do.
 */
public final class Tally implements FlowListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Tally.class);
    private static final int LATEST = 1000;
    private static final int SAMPLE_SECONDS = 10;
    private static final int FLUSH_SAMPLES = 60;
    private static final int MOST_VISITS = 10_000;

    /** What the program answers about itself. Safe for concurrent use. */
    public interface Source {
        /** Has flows tell soon what they have moved, see {@link FlowListener#moved}. */
        void tell();

        /** How a client is called, if anything is known of it; may wait for the system. */
        Optional<String> device(InetAddress client);
    }

    /**
     * What became of the configs that came.
     *
     * @param good whether the last was taken
     */
    public record Reloads(boolean good, Instant lastGood) {}

    /** How finely time is divided. */
    public enum Step {
        HOUR(ChronoUnit.HOURS),
        /** Of the local time. */
        DAY(ChronoUnit.DAYS);

        private final ChronoUnit unit;

        Step(ChronoUnit unit) {
            this.unit = unit;
        }
    }

    private final InstantSource dates;
    private final ZoneId zone;
    private final Path state;
    private final Pending pending = new Pending();
    private final DnsCounts queries = new DnsCounts();
    private final Ring<FlowView> closed = new Ring<>(LATEST);
    private final Visits visits = new Visits(MOST_VISITS);
    private final Troubles troubles = new Troubles();
    private final Ring<NameView> asked = new Ring<>(LATEST);
    private final Ring<LogEntry> lines = new Ring<>(LATEST);
    private final DeviceNames devices = new DeviceNames();
    /** Guarded by itself, like all that is counted and not yet kept: who holds it waits for nothing. */
    private final Totals.Counter totals = new Totals.Counter();

    private final Map<Pending.Key, Amount> unkept = new HashMap<>();

    /** Guarded by this, like today: who holds that may wait for the disk, or for the system to name a device. */
    private final Archive archive;

    private final Today today = new Today();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread made = new Thread(task, "tally");
        made.setDaemon(true);
        return made;
    });
    private final Watchers watchers = new Watchers(thread, this::tell, this::second);
    private volatile Reloads reloads = new Reloads(true, Instant.EPOCH);
    private volatile HistoryOptions options = HistoryOptions.OFF;
    private volatile @Nullable Source source;
    private int samples;

    /**
     * Keeps nothing until {@link #follow}.
     *
     * @param dates the clock of the wall
     * @param state the folder for what survives a restart
     */
    public Tally(InstantSource dates, ZoneId zone, Path state) {
        this(dates, zone, state, new Archive());
    }

    Tally(InstantSource dates, ZoneId zone, Path state, Archive archive) {
        this.archive = archive;
        this.dates = dates;
        this.zone = zone;
        this.state = state;
    }

    /** Asks flows from now on. */
    public synchronized void start(Source flows) {
        source = flows;
        thread.scheduleWithFixedDelay(this::sample, SAMPLE_SECONDS, SAMPLE_SECONDS, TimeUnit.SECONDS);
    }

    /** Keeps from now on what the user wants kept. May wait. */
    public synchronized void follow(HistoryOptions wanted) {
        if (!wanted.equals(options)) {
            drain();
            archive.flush();
            archive.follow(wanted.keep() == HistoryOptions.Keep.DISK ? state : null, wanted.days());
            if (wanted.keep() == HistoryOptions.Keep.OFF) {
                visits.clear();
                troubles.clear();
            }
            options = wanted;
        }
    }

    /** What is kept. */
    public HistoryOptions options() {
        return options;
    }

    /** A config has come; {@code good} if it is in force now. */
    public void reloaded(boolean good) {
        reloads = new Reloads(good, good ? dates.instant() : reloads.lastGood());
    }

    /** What became of the configs that came. */
    public Reloads reloads() {
        return reloads;
    }

    // ---- what flows tell ----

    @Override
    public void routed(Flow flow, Decision decision) {
        pending.hit(decision.rule());
    }

    @Override
    public void moved(FlowView flow, long up, long down) {
        pending.add(flow, new Amount(up, down, 0), options.domains());
    }

    @Override
    public void closed(FlowView flow, long up, long down) {
        pending.add(flow, new Amount(up, down, 1), options.domains());
        closed.add(flow);
        if (options.keep() != HistoryOptions.Keep.OFF) {
            visits.add(flow, dates.instant());
            troubles.add(flow, dates.instant());
        }
    }

    @Override
    public void answered(NameView query) {
        queries.add(query);
        asked.add(query);
    }

    /** Takes a line of the log. */
    public void log(LogEntry line) {
        lines.add(line);
    }

    // ---- what is done now and then ----

    private void sample() {
        try {
            step();
        } catch (RuntimeException e) { // or it would be the last time
            LOG.error("counting: unexpected", e);
        }
    }

    /** What is done every ten seconds. */
    synchronized void step() {
        drain();
        if (++samples % FLUSH_SAMPLES == 0) {
            archive.flush();
        } else {
            archive.open();
        }
        tell();
    }

    private void tell() {
        Source now = source;
        if (now != null) {
            now.tell();
        }
    }

    private void second() {
        try {
            watchers.run(); // before flows are asked: what they told the last time has all arrived
            synchronized (this) {
                drain();
            }
            tell();
        } catch (RuntimeException e) {
            LOG.error("counting: unexpected", e);
        }
    }

    /** Adds up what flows have told; waits for nothing. */
    private Totals count() {
        Instant now = dates.instant();
        synchronized (totals) {
            pending.take(
                    (key, amount) -> {
                        totals.add(key, amount);
                        unkept.merge(unkept.size() < Pending.MOST ? key : key.anywhere(), amount, Amount::plus);
                    },
                    (rule, count) -> archive.hit(rule, count, now));
            return totals.totals();
        }
    }

    /** And keeps it; may wait. */
    private void drain() {
        count();
        Map<Pending.Key, Amount> taken;
        synchronized (totals) {
            taken = Map.copyOf(unkept);
            unkept.clear();
        }
        Instant now = dates.instant();
        boolean kept = options.keep() != HistoryOptions.Keep.OFF;
        taken.forEach((key, amount) -> {
            String device = devices.look(key.client(), source);
            if (kept) {
                keep(key, device, amount, now);
            }
        });
    }

    private void keep(Pending.Key key, String device, Amount amount, Instant now) {
        archive.add(Dimension.DEVICE, device, now, amount);
        today.add(
                midnight(),
                device,
                key.path().isEmpty() ? "-" : key.path().get(key.path().size() - 1),
                amount);
        key.rule().ifPresent(rule -> archive.add(Dimension.RULE, rule.text(), now, amount));
        int last = key.path().size() - 1;
        if (last >= 0) {
            archive.add(Dimension.OUTBOUND, key.path().get(last), now, amount);
            key.path().subList(0, last).forEach(group -> archive.add(Dimension.GROUP, group, now, amount));
        }
        if (!key.host().isEmpty()) {
            archive.add(Dimension.DOMAIN, Site.of(Host.parse(key.host())), now, amount);
        }
        key.user().ifPresent(user -> archive.add(Dimension.USER, user, now, amount));
    }

    // ---- what is told ----

    /** How a client is called, as far as that is known without a look; its address otherwise. */
    public String device(InetAddress client) {
        return devices.of(client);
    }

    /** What has passed since the program started. */
    public Totals totals() {
        return count();
    }

    /** How often a rule has matched, and when it last did, to ten seconds. */
    public Hits.Hit hits(RuleRef rule) {
        return archive.hits(rule);
    }

    /**
     * Traffic over time, the largest first. May wait.
     *
     * @param from the beginning of the first hour; that of {@code to} is the first left out
     */
    public synchronized List<Series> traffic(Dimension by, Step step, Instant from, Instant to) {
        drain();
        List<Series> all = new ArrayList<>();
        archive.read(by, from, to).forEach((name, hours) -> {
            NavigableMap<Instant, Amount> points = new TreeMap<>();
            hours.forEach((hour, amount) -> points.merge(
                    Instant.ofEpochSecond(TimeUnit.HOURS.toSeconds(hour))
                            .atZone(zone)
                            .truncatedTo(step.unit)
                            .toInstant(),
                    amount,
                    Amount::plus));
            Amount total = points.values().stream().reduce(Amount.NONE, Amount::plus);
            all.add(new Series(name.equals(Day.OTHER) ? Series.OTHER : name, total, points));
        });
        all.sort(Comparator.comparingLong((Series one) -> -one.total().bytes()).thenComparing(Series::name));
        return List.copyOf(all);
    }

    /** What devices have moved since midnight, or the start if that was later, by outbound. May wait. */
    public synchronized Map<String, Map<String, Amount>> today() {
        drain();
        return today.copy();
    }

    /** When the day of the local time began. */
    public Instant midnight() {
        return dates.instant().atZone(zone).truncatedTo(ChronoUnit.DAYS).toInstant();
    }

    /** The clock of the wall. */
    public Instant now() {
        return dates.instant();
    }

    /** Flows that have ended. */
    public Ring<FlowView> closed() {
        return closed;
    }

    /**
     * Where flows that have ended went in the last 24 hours, up to 10,000 different ways; without a history, those that
     * {@link #closed} has. Never on the disk.
     */
    public List<Visit> visits() {
        return options.keep() == HistoryOptions.Keep.OFF
                ? closed.newest().stream().map(Visit::of).toList()
                : visits.all(dates.instant());
    }

    /**
     * Hosts that have not worked of late, at least twice and in the last 24 hours, by the way that the rules give them, up
     * to 500; none without a history. Never on the disk.
     */
    public List<Trouble> troubles() {
        return troubles.all(dates.instant());
    }

    /** Queries of DNS clients. */
    public Ring<NameView> queries() {
        return asked;
    }

    /** How many there were, and what they came to. */
    public DnsCounts queryCounts() {
        return queries;
    }

    /** Lines of the log. */
    public Ring<LogEntry> lines() {
        return lines;
    }

    /**
     * Calls {@code watcher} each second, on a thread of the tally's, with what flows had moved a second before.
     *
     * @return ends that
     */
    public Runnable watch(Runnable watcher) {
        return watchers.add(watcher);
    }

    /** Forgets what was counted, on the disk too. May wait. */
    public synchronized void forget() {
        drain();
        archive.clear();
        visits.clear();
        troubles.clear();
    }

    /**
     * Writes what there is, and leaves the file to the process that follows; goes on in memory. That process gets what is
     * counted from then on when this one is closed. May wait.
     */
    public synchronized void handOver() {
        drain();
        archive.handOver();
    }

    /** Writes what there is. May wait. */
    @Override
    public void close() {
        thread.shutdown();
        synchronized (this) {
            drain();
            archive.close();
        }
    }
}
