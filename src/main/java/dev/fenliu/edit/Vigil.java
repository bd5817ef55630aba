package dev.fenliu.edit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Tells whether things are clearly worse since a change than they were before it. Looked at every few seconds; not
 * thread-safe.
 *
 * <p>Worse is, within {@value #WATCHED_SECONDS} s: at least {@value #LEAST_FAILURES} flows failed to reach anything, of at
 * least {@value #LEAST_FLOWS}, and that is at least {@value #POINTS} percentage points more than in the
 * {@value #BEFORE_SECONDS} s before, and at least twice the share; or, three looks in a row, no tunnel works that has been
 * used, though one did when the change was made.
 */
public final class Vigil {
    /** For so long after a change it is compared. */
    public static final int WATCHED_SECONDS = 60;

    static final int BEFORE_SECONDS = 300;
    static final int LEAST_FLOWS = 10;
    static final int LEAST_FAILURES = 5;
    static final int POINTS = 25;
    private static final int LOOKS = 3;

    /**
     * How things stand.
     *
     * @param nanos by a monotonic clock
     * @param flows that were sent on since the program started, and reached something or failed to
     * @param failures those that failed
     * @param working tunnels whose latest news is good
     * @param failing tunnels whose latest news is bad
     */
    public record Sample(long nanos, long flows, long failures, Set<String> working, Set<String> failing) {}

    private final Deque<Sample> samples = new ArrayDeque<>();

    /** One more look. */
    public void add(Sample sample) {
        samples.addLast(sample);
        long oldest = sample.nanos - seconds(BEFORE_SECONDS + WATCHED_SECONDS);
        while (samples.getFirst().nanos < oldest) {
            samples.removeFirst();
        }
    }

    /** Whether a change that was made then need not be watched any more. */
    boolean isOver(long since) {
        return !samples.isEmpty() && samples.getLast().nanos - since > seconds(WATCHED_SECONDS);
    }

    /** How it is worse since then, in words; empty when it is not, or when too little has happened to tell. */
    Optional<String> worse(long since) {
        List<Sample> before = new ArrayList<>();
        List<Sample> after = new ArrayList<>();
        for (Sample sample : samples) {
            boolean earlier = sample.nanos <= since;
            if (!earlier || sample.nanos >= since - seconds(BEFORE_SECONDS)) {
                (earlier ? before : after).add(sample);
            }
        }
        if (before.isEmpty() || after.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> flows = flows(before, after);
        return flows.isPresent() ? flows : tunnels(before.get(before.size() - 1), after);
    }

    private static Optional<String> flows(List<Sample> before, List<Sample> after) {
        Sample first = before.get(0);
        Sample then = before.get(before.size() - 1);
        Sample now = after.get(after.size() - 1);
        long flows = now.flows - then.flows;
        long failures = now.failures - then.failures;
        long flowsBefore = then.flows - first.flows;
        long failuresBefore = then.failures - first.failures;
        if (flows < LEAST_FLOWS || failures < LEAST_FAILURES) {
            return Optional.empty();
        }
        double share = 100.0 * failures / flows;
        double shareBefore = flowsBefore == 0 ? 0 : 100.0 * failuresBefore / flowsBefore;
        return share >= shareBefore + POINTS && share >= 2 * shareBefore
                ? Optional.of(failures + " of " + flows + " flows failed since, " + failuresBefore + " of "
                        + flowsBefore + " before")
                : Optional.empty();
    }

    private static Optional<String> tunnels(Sample then, List<Sample> after) {
        boolean none = after.size() >= LOOKS
                && after.subList(after.size() - LOOKS, after.size()).stream()
                        .allMatch(sample -> sample.working.isEmpty() && !sample.failing.isEmpty());
        return none && !then.working.isEmpty()
                ? Optional.of(
                        "no tunnel works any more; before, " + String.join(", ", new TreeSet<>(then.working)) + " did")
                : Optional.empty();
    }

    private static long seconds(int seconds) {
        return seconds * 1_000_000_000L;
    }
}
