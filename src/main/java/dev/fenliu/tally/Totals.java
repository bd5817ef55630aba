package dev.fenliu.tally;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What has passed since the program started.
 *
 * @param all everything
 * @param outbounds by the outbound that carried it; of flows that nothing carried, what they were sent to
 * @param groups by group, each on the path
 * @param results flows by outbound and how they ended
 * @param listeners by listener
 */
public record Totals(
        Amount all,
        Map<String, Amount> outbounds,
        Map<String, Amount> groups,
        Map<Ended, Long> results,
        Map<String, Amount> listeners) {
    /**
     * A way that flows ended.
     *
     * @param result {@code ok}, {@code refused}, {@code failed} or {@code broken}
     */
    public record Ended(String outbound, String result) {}

    static Totals none() {
        return new Totals(Amount.NONE, Map.of(), Map.of(), Map.of(), Map.of());
    }

    /** Counts. Not thread-safe. */
    static final class Counter {
        private Amount all = Amount.NONE;
        private final Map<String, Amount> outbounds = new HashMap<>();
        private final Map<String, Amount> groups = new HashMap<>();
        private final Map<Ended, Long> results = new HashMap<>();
        private final Map<String, Amount> listeners = new HashMap<>();

        void add(Pending.Key key, Amount amount) {
            all = all.plus(amount);
            listeners.merge(key.listener(), amount, Amount::plus);
            if (key.path().isEmpty()) {
                return; // it ended before a rule decided
            }
            int last = key.path().size() - 1;
            String outbound = key.path().get(last);
            outbounds.merge(outbound, amount, Amount::plus);
            key.path().subList(0, last).forEach(group -> groups.merge(group, amount, Amount::plus));
            if (key.result() != Pending.Result.NONE) {
                String result = key.result().name().toLowerCase(Locale.ROOT);
                results.merge(new Ended(outbound, result), amount.flows(), Long::sum);
            }
        }

        Totals totals() {
            return new Totals(
                    all, Map.copyOf(outbounds), Map.copyOf(groups), Map.copyOf(results), Map.copyOf(listeners));
        }
    }
}
