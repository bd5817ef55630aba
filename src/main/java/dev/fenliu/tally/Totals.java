package dev.fenliu.tally;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What has passed since the program started. Of outbounds, groups and listeners the first {@link #MOST} that carried
 * something are told apart, as subscriptions and reloads bring ever new ones; what the others carry is that of
 * {@link Series#OTHER}.
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
    /** So many outbounds are told apart, so many groups, and so many listeners. */
    public static final int MOST = 200;

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
            merge(listeners, key.listener(), amount);
            if (key.path().isEmpty()) {
                return; // it ended before a rule decided
            }
            int last = key.path().size() - 1;
            String outbound = merge(outbounds, key.path().get(last), amount);
            key.path().subList(0, last).forEach(group -> merge(groups, group, amount));
            if (key.result() != Pending.Result.NONE) {
                String result = key.result().name().toLowerCase(Locale.ROOT);
                results.merge(new Ended(outbound, result), amount.flows(), Long::sum);
            }
        }

        /** Returns what it is counted under. */
        private static String merge(Map<String, Amount> amounts, String name, Amount amount) {
            String under = amounts.containsKey(name) || amounts.size() < MOST ? name : Series.OTHER;
            amounts.merge(under, amount, Amount::plus);
            return under;
        }

        Totals totals() {
            return new Totals(
                    all, Map.copyOf(outbounds), Map.copyOf(groups), Map.copyOf(results), Map.copyOf(listeners));
        }
    }
}
