package dev.fenliu.tally;

import dev.fenliu.route.RuleRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How often rules have matched. A rule is known by its text and its file, so that it may move and its neighbours may change.
 * Safe for concurrent use; nobody who asks waits for where they are kept.
 */
public final class Hits {
    /** Rules that went long ago leave when there are more. */
    static final int MOST = 20_000;

    /**
     * Of one rule.
     *
     * @param last to the sampling interval
     */
    public record Hit(long count, Optional<Instant> last) {
        static final Hit NONE = new Hit(0, Optional.empty());
    }

    private final Map<String, Hit> byRule = new HashMap<>();
    private final Set<String> changed = new HashSet<>();

    private static String key(RuleRef rule) {
        return rule.position().file() + "\n" + rule.text();
    }

    synchronized void add(RuleRef rule, long count, Instant now) {
        byRule.merge(key(rule), new Hit(count, Optional.of(now)), Hits::sum);
        changed.add(key(rule));
    }

    synchronized Hit of(RuleRef rule) {
        return byRule.getOrDefault(key(rule), Hit.NONE);
    }

    private static Hit sum(Hit one, Hit other) {
        Optional<Instant> last = one.last
                .filter(time -> other.last.map(time::isAfter).orElse(true))
                .or(other::last);
        return new Hit(one.count + other.count, last);
    }

    /** Adds what was kept; what was counted here meanwhile stays to be saved. */
    void load(Map<String, String> kept) {
        Map<String, String> there = new HashMap<>(kept);
        synchronized (this) {
            changed.addAll(byRule.keySet());
            there.forEach((rule, text) -> byRule.merge(rule, read(text), Hits::sum));
        }
    }

    /** Adds what another process has counted. */
    void take(Map<String, String> counted) {
        Map<String, String> there = new HashMap<>(counted);
        synchronized (this) {
            there.forEach((rule, text) -> byRule.merge(rule, read(text), Hits::sum));
            changed.addAll(there.keySet());
        }
    }

    /** Whether there is something to save. */
    synchronized boolean hasChanged() {
        return !changed.isEmpty();
    }

    private static Hit read(String text) {
        try {
            int blank = text.indexOf(' ');
            return new Hit(
                    Long.parseLong(text.substring(0, Math.max(0, blank))),
                    Optional.of(Instant.ofEpochSecond(Long.parseLong(text.substring(blank + 1)))));
        } catch (NumberFormatException e) {
            return Hit.NONE;
        }
    }

    /** Puts what has changed there. */
    void save(Map<String, String> kept) {
        takeChanges()
                .forEach((rule, text) -> text.ifPresentOrElse(there -> kept.put(rule, there), () -> kept.remove(rule)));
    }

    /** What is to be kept from now on by rule, or no longer. */
    private synchronized Map<String, Optional<String>> takeChanges() {
        Map<String, Optional<String>> changes = new HashMap<>();
        if (byRule.size() > MOST) {
            forgetOldest().forEach(rule -> changes.put(rule, Optional.empty()));
        }
        for (String rule : changed) {
            Hit hit = byRule.get(rule);
            if (hit != null) {
                long last = hit.last.map(Instant::getEpochSecond).orElse(0L);
                changes.put(rule, Optional.of(hit.count + " " + last));
            }
        }
        changed.clear();
        return changes;
    }

    private List<String> forgetOldest() {
        List<Map.Entry<String, Hit>> byAge = new ArrayList<>(byRule.entrySet());
        byAge.sort(Comparator.comparing(entry -> entry.getValue().last.orElse(Instant.EPOCH)));
        List<String> oldest = byAge.subList(0, byAge.size() - MOST / 2).stream()
                .map(Map.Entry::getKey)
                .toList();
        oldest.forEach(byRule::remove);
        return oldest;
    }

    synchronized void clear() {
        byRule.clear();
        changed.clear();
    }
}
