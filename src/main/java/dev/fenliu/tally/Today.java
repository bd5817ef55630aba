package dev.fenliu.tally;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** What devices have moved today through which outbound; in memory only. Not thread-safe. */
final class Today {
    private static final int MOST = 10_000;

    private final Map<String, Map<String, Amount>> byDevice = new HashMap<>();
    private Instant midnight = Instant.MIN;
    private int size;

    /** @param began when this day did */
    void add(Instant began, String device, String outbound, Amount amount) {
        if (!began.equals(midnight)) {
            midnight = began;
            byDevice.clear();
            size = 0;
        }
        if (size < MOST) {
            Map<String, Amount> outbounds = byDevice.computeIfAbsent(device, fresh -> new HashMap<>());
            size += outbounds.containsKey(outbound) ? 0 : 1;
            outbounds.merge(outbound, amount, Amount::plus);
        }
    }

    Map<String, Map<String, Amount>> copy() {
        Map<String, Map<String, Amount>> copy = new HashMap<>();
        byDevice.forEach((device, outbounds) -> copy.put(device, Map.copyOf(outbounds)));
        return copy;
    }
}
