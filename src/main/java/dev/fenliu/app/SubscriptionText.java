package dev.fenliu.app;

import dev.fenliu.engine.Status;
import dev.fenliu.engine.Updates;
import dev.fenliu.subscribe.Quota;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** How a subscription stands, in a line. */
final class SubscriptionText {
    private static final double GIB = 1 << 30;
    private static final int MOST_NOTES = 5;

    private SubscriptionText() {}

    static String of(Status.Subscription one) {
        StringBuilder out = new StringBuilder(one.name());
        out.append(" (").append(one.source()).append("): ").append(count(one.nodes(), "node"));
        if (one.refused() > 0) {
            out.append(", ").append(one.refused()).append(" cannot be used");
        }
        if (!one.notes().isEmpty()) {
            out.append(", ").append(count(one.notes().size(), "note")).append(" (");
            out.append(one.notes().stream().limit(MOST_NOTES).collect(Collectors.joining("; ")));
            out.append(one.notes().size() > MOST_NOTES ? "; …)" : ")");
        }
        one.updated().ifPresent(time -> out.append("; updated ").append(time.truncatedTo(ChronoUnit.SECONDS)));
        quota(one.quota(), out);
        updates(one.updates(), out);
        return out.toString();
    }

    /** What came of those of a list. */
    static void updates(Updates updates, StringBuilder out) {
        updates.change()
                .ifPresent(
                        change -> out.append("; ").append(change).append(" on ").append(day(change.time())));
        updates.problem().ifPresent(problem -> out.append("; last update: ").append(problem));
        updates.waiting().ifPresent(waiting -> out.append(" (").append(waiting).append(')'));
    }

    private static void quota(Quota quota, StringBuilder out) {
        if (quota.used().isPresent() || quota.total().isPresent()) {
            out.append("; used ").append(size(quota.used()));
            if (quota.total().isPresent()) {
                out.append(" of ").append(size(quota.total()));
            }
        }
        quota.expires().ifPresent(time -> out.append("; ends ").append(day(time)));
    }

    private static String size(Optional<Long> bytes) {
        return bytes.map(size -> String.format(Locale.ROOT, "%.1f GiB", size / GIB))
                .orElse("?");
    }

    private static String day(Instant time) {
        String text = time.toString();
        return text.substring(0, text.indexOf('T'));
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
