package dev.fenliu.outbound;

import dev.fenliu.model.Host;
import dev.fenliu.model.Reason;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of one outbound lately. It ails from a failure on until something works, at first for ten seconds, longer
 * each time it fails again after that. One that connects and then says nothing is told by the flows that wait for their
 * first byte: a lone one proves little, for its origin may be to blame. Times are of a monotonic clock in nanoseconds.
 * Thread-safe.
 */
final class Pulse {
    /** How long it is tried after the others, at first and at most. */
    private static final Duration REST = Duration.ofSeconds(10);

    private static final Duration MOST_REST = Duration.ofMinutes(5);

    /** Flows to different hosts that waited for so long, and nobody else got an answer meanwhile. */
    private static final Duration SILENCE = Duration.ofSeconds(3);

    /** The same where all go to one host. */
    private static final Duration LONE_SILENCE = Duration.ofMillis(4_500);

    /** When it is worth asking. */
    private static final Duration DOUBT = Duration.ofMillis(1_500);

    private static final Reason CUT_OFF = new Reason("cut-off", "ends flows without an answer");
    private static final Reason SILENT = new Reason("silent", "takes flows and gives no answer");
    private static final int MAX_WAITING = 256;
    private static final int REMEMBERED = 15;
    private static final int MEASURED = 5;

    /** A flow that has asked and was not answered; it may have ended. */
    static final class Waiting {
        private final Host host;
        private final long since;
        private boolean cutOff;

        private Waiting(Host host, long since) {
            this.host = host;
            this.since = since;
        }
    }

    /** What the checks of one kind found. */
    private static final class Findings {
        private final Recent delays = new Recent(MEASURED);
        private @Nullable String fault;
        private long at;
    }

    private final Course course;
    private final Set<Waiting> waiting = new LinkedHashSet<>();
    private final Recent connects = new Recent(REMEMBERED);
    private final Recent answers = new Recent(REMEMBERED);
    private final Map<Check, Findings> checks = new HashMap<>();
    private @Nullable Reason failure;
    private boolean silent;
    private long failedAt;
    private boolean everFailed;
    private int episodes;
    private boolean everUsed;
    private long usedAt;
    private boolean everWanted;
    private long wantedAt;

    /** @param course where everything is written down */
    Pulse(Course course) {
        this.course = course;
    }

    /** A flow or a check begins to use it. */
    void attempted() {
        course.attempted();
    }

    /** Its server has answered. */
    synchronized void connected(Duration took) {
        course.connected(took);
        connects.add(took);
        if (!silent) {
            works();
        }
    }

    /** @param silence whether it had connected before, so that to connect again proves nothing */
    synchronized void failed(long now, Reason why, boolean silence) {
        fails(now, why, silence);
    }

    /** A flow has sent something and waits for an answer. */
    synchronized Waiting asked(long now, Host host) {
        review(now);
        used(now);
        Waiting made = new Waiting(host, now);
        if (waiting.size() < MAX_WAITING) {
            waiting.add(made);
        }
        return made;
    }

    /** The first byte has come: whoever waits since before may wait for an origin that is slow. */
    synchronized void answered(long now, Waiting flow) {
        Duration took = Duration.ofNanos(now - flow.since);
        answers.add(took);
        course.answered(took);
        used(now);
        waiting.clear();
        works();
    }

    /**
     * A flow has ended unanswered.
     *
     * @param byUs it was the client that ended it, or ourselves
     */
    synchronized void gaveUp(long now, Waiting flow, boolean byUs) {
        if (byUs && now - flow.since < DOUBT.toNanos()) {
            waiting.remove(flow);
        } else {
            flow.cutOff = true;
        }
        review(now);
    }

    /** A flow that was answered has ended. */
    void carried(long now, long up, long down, Duration time) {
        used(now);
        course.carried(up, down, time);
    }

    /** What a check found. */
    synchronized void checked(long now, Check check, Duration delay, Optional<String> fault) {
        Findings found = checks.computeIfAbsent(check, any -> new Findings());
        found.delays.add(delay);
        found.fault = fault.orElse(null);
        found.at = now;
        waiting.clear();
        works();
    }

    /** Flows have used it until now. */
    synchronized void used(long now) {
        everUsed = true;
        usedAt = now;
        wanted(now);
    }

    /** A flow would use it, and may not. */
    synchronized void wanted(long now) {
        everWanted = true;
        wantedAt = now;
    }

    private void works() {
        failure = null;
        silent = false;
        episodes = 0;
    }

    private void fails(long when, Reason why, boolean silence) {
        course.failed();
        if (failure == null || when - failedAt >= rest() / 2) {
            episodes++;
        }
        failure = why;
        failedAt = when;
        everFailed = true;
        silent |= silence;
    }

    private long rest() {
        return Math.min(REST.toNanos() << Math.min(Math.max(0, episodes - 1), 10), MOST_REST.toNanos());
    }

    /** Draws the conclusion from those who wait, as of when it was due. */
    private void review(long now) {
        Iterator<Waiting> each = waiting.iterator();
        if (!each.hasNext()) {
            return;
        }
        Waiting oldest = each.next();
        int cut = oldest.cutOff ? 1 : 0;
        boolean lone = true;
        long other = 0;
        while (each.hasNext()) {
            Waiting next = each.next();
            cut += next.cutOff ? 1 : 0;
            if (lone && !next.host.equals(oldest.host)) {
                lone = false;
                other = next.since;
            }
        }
        long due = oldest.since + LONE_SILENCE.toNanos();
        if (!lone) {
            due = Math.min(due, Math.max(oldest.since + SILENCE.toNanos(), other));
        }
        if (!lone && cut >= 3) {
            due = Math.min(due, now);
        }
        if (now - due >= 0) {
            fails(due, cut > 0 ? CUT_OFF : SILENT, true);
            waiting.clear();
        }
    }

    /** Whether the others are to be preferred. */
    synchronized boolean ails(long now) {
        review(now);
        return failure != null && now - failedAt < rest();
    }

    /** Why it does not work, while that is the latest news. */
    synchronized Optional<Reason> failure(long now) {
        review(now);
        return Optional.ofNullable(failure);
    }

    /** Whether it is doubtful that it works, so that it is worth a check: it rests, or a flow waits long. */
    synchronized boolean inDoubt(long now) {
        review(now);
        boolean rested = failure != null && now - failedAt >= rest() / 5 * 4;
        return rested || waiting.stream().anyMatch(flow -> flow.cutOff || now - flow.since >= DOUBT.toNanos());
    }

    /** Whether flows have used it within that time. */
    synchronized boolean usedWithin(Duration time, long now) {
        return everUsed && now - usedAt < time.toNanos();
    }

    /** Whether flows have wanted it within that time. */
    synchronized boolean wantedWithin(Duration time, long now) {
        return everWanted && now - wantedAt < time.toNanos();
    }

    /** Whether it has failed since then. */
    synchronized boolean failedSince(long time) {
        return everFailed && failedAt - time > 0;
    }

    synchronized Optional<Duration> connect() {
        return connects.median();
    }

    synchronized Optional<Duration> answer() {
        return answers.median();
    }

    synchronized Optional<Duration> delay(Check check) {
        Findings found = checks.get(check);
        return found == null ? Optional.empty() : found.delays.median();
    }

    /** How long ago it was checked. */
    synchronized Optional<Duration> checked(Check check, long now) {
        Findings found = checks.get(check);
        return found == null ? Optional.empty() : Optional.of(Duration.ofNanos(now - found.at));
    }

    /** What the latest check found wrong. */
    synchronized Optional<String> fault(Check check) {
        Findings found = checks.get(check);
        return found == null ? Optional.empty() : Optional.ofNullable(found.fault);
    }

    /** Forgets what other checks found. */
    synchronized void keep(Set<Check> wanted) {
        checks.keySet().retainAll(wanted);
    }
}
