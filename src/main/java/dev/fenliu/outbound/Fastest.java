package dev.fenliu.outbound;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The fastest member, and no restless one: the current member stays until others were faster by more than the tolerance
 * for all of a while, or until it ails itself. Each change that nothing forced doubles the while, up to an hour; an hour
 * in which nobody was faster makes it short again. Only who was taken before all were known yields at once. Thread-safe.
 */
final class Fastest implements Choice {
    private static final Duration MOST_PATIENCE = Duration.ofHours(1);
    private static final Duration UNKNOWN = Duration.ofDays(1);

    private final String group;
    private final Map<String, String> current;
    private final Duration tolerance;
    private final Duration patience;
    private long wanted;
    private boolean informed = true;
    private boolean beaten;
    private long since;
    private long lastBeaten;

    /**
     * Begins with the member that was current before.
     *
     * @param current the current member of each group by its name; safe for concurrent use
     * @param patience for how long another must be faster
     */
    Fastest(String group, Map<String, String> current, Duration tolerance, Duration patience) {
        this.group = group;
        this.current = current;
        this.tolerance = tolerance;
        this.patience = patience;
        this.wanted = patience.toNanos();
    }

    @Override
    public synchronized List<Outbound> order(List<Outbound> members, Standing standing, Aim aim) {
        List<Outbound> order = byDelay(members, standing);
        Outbound now = current(members, standing, order);
        if (now != null) {
            order.remove(now);
            order.add(0, now);
        }
        return order;
    }

    @Override
    public synchronized List<Outbound> take(List<Outbound> members, Standing standing, Aim aim) {
        List<Outbound> order = byDelay(members, standing);
        if (order.isEmpty()) {
            return order;
        }
        Outbound now = current(members, standing, order);
        if (now == null) {
            now = order.get(0);
            beaten = false;
            informed = false;
        }
        if (isBeatenForLong(now, order.get(0), standing)) {
            now = order.get(0);
            beaten = false;
        }
        informed |= order.stream()
                .allMatch(member ->
                        standing.ails(member) || standing.delay(member).isPresent());
        if (!standing.ails(now)) {
            current.put(group, now.name());
        }
        order.remove(now);
        order.add(0, now);
        return order;
    }

    /** Those that ail last, then the fastest first; those of whom nothing is known follow in the order of the config. */
    private static List<Outbound> byDelay(List<Outbound> members, Standing standing) {
        List<Outbound> order = new ArrayList<>(members);
        order.sort(Comparator.<Outbound, Boolean>comparing(standing::ails)
                .thenComparing(member -> standing.delay(member).orElse(UNKNOWN)));
        return order;
    }

    /** The current member if it need not be left; null when there is none, or only its rivals work. */
    private @Nullable Outbound current(List<Outbound> members, Standing standing, List<Outbound> order) {
        String name = current.get(group);
        Outbound found = members.stream()
                .filter(member -> member.name().equals(name))
                .findFirst()
                .orElse(null);
        return found != null && standing.ails(found) && !standing.ails(order.get(0)) ? null : found;
    }

    private boolean isBeatenForLong(Outbound now, Outbound best, Standing standing) {
        long time = standing.nanos();
        if (!beats(best, now, standing)) {
            beaten = false;
            if (time - lastBeaten > MOST_PATIENCE.toNanos()) {
                wanted = patience.toNanos();
            }
            return false;
        }
        lastBeaten = time;
        if (!informed) {
            return true;
        }
        if (!beaten) {
            beaten = true;
            since = time;
        }
        if (time - since < wanted) {
            return false;
        }
        wanted = Math.max(wanted, Math.min(2 * wanted, MOST_PATIENCE.toNanos()));
        return true;
    }

    private boolean beats(Outbound best, Outbound now, Standing standing) {
        Optional<Duration> fast = standing.delay(best);
        Optional<Duration> slow = standing.delay(now);
        return best != now
                && fast.isPresent()
                && slow.isPresent()
                && fast.get().plus(tolerance).compareTo(slow.get()) < 0;
    }
}
