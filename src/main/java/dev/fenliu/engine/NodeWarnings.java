package dev.fenliu.engine;

import dev.fenliu.config.Problems;
import dev.fenliu.config.Remark;
import dev.fenliu.subscribe.BadNode;
import dev.fenliu.subscribe.Quota;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What there is to say about the nodes of a subscription: a warning for each reason, with all the lines that have it. */
record NodeWarnings(SubscriptionPlan plan, Problems problems) {
    private static final int MAX_NAMES = 8;
    private static final int MAX_REASONS = 30;

    void tell(List<BadNode> bad, List<String> unverified, Quota quota, Instant now) {
        Map<String, List<BadNode>> byReason = new LinkedHashMap<>();
        bad.forEach(one -> byReason.computeIfAbsent(one.reason(), reason -> new ArrayList<>())
                .add(one));
        byReason.entrySet().stream().limit(MAX_REASONS).forEach(entry -> refused(entry.getKey(), entry.getValue()));
        long more = byReason.values().stream()
                .skip(MAX_REASONS)
                .mapToLong(List::size)
                .sum();
        if (more > 0) {
            warn(
                    about("nodes-refused-more").with("n", more),
                    more + " more nodes cannot be used, each for a reason of its own",
                    null);
        }
        if (!unverified.isEmpty()) {
            warn(
                    about("nodes-unverified").with("names", some(unverified)),
                    "nobody verifies the certificate of " + some(unverified)
                            + ": whoever is in between can read and change what goes there",
                    null);
        }
        if (quota.isSpent()) {
            warn(about("quota-spent"), "its quota is used up", null);
        }
        if (quota.isOver(now)) {
            Instant end = quota.expires().orElse(now);
            warn(about("subscription-over").with("time", end), "it ended at " + end, null);
        }
    }

    private void refused(String reason, List<BadNode> nodes) {
        List<String> names = nodes.stream()
                .map(BadNode::name)
                .filter(name -> !name.isEmpty())
                .toList();
        boolean one = nodes.size() == 1;
        String hint = reason.equals(Nodes.INSECURE)
                ? "to take that for a node, confirm it by its name: insecure: [" + some(names) + "]"
                : null;
        String lines = lines(nodes.stream().map(BadNode::line).toList());
        warn(
                about(hint == null ? "nodes-refused" : "nodes-insecure")
                        .with("n", nodes.size())
                        .with("reason", reason)
                        .with("lines", lines)
                        .with("names", some(names)),
                (one ? "a node" : nodes.size() + " nodes") + " cannot be used: " + reason + " (line"
                        + (one ? " " : "s ")
                        + lines
                        + (names.isEmpty() ? "" : ": " + some(names)) + ")",
                hint);
    }

    private Remark about(String code) {
        return Remark.of(code).with("subscription", plan.name());
    }

    private void warn(Remark remark, String message, @org.jspecify.annotations.Nullable String hint) {
        problems.warning(plan.at(), remark, "subscription \"" + plan.name() + "\": " + message, hint);
    }

    private static String some(List<String> names) {
        String first = String.join(", ", names.subList(0, Math.min(MAX_NAMES, names.size())));
        return names.size() <= MAX_NAMES ? first : first + ", …";
    }

    /** Lines in order as runs: {@code 3, 5-8}. */
    static String lines(List<Integer> lines) {
        List<String> runs = new ArrayList<>();
        for (int i = 0; i < lines.size(); ) {
            int end = i;
            while (end + 1 < lines.size() && lines.get(end + 1) - lines.get(end) <= 1) {
                end++;
            }
            runs.add(lines.get(i) + (lines.get(end) > lines.get(i) ? "-" + lines.get(end) : ""));
            i = end + 1;
        }
        return String.join(", ", runs);
    }
}
