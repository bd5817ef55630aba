package dev.fenliu.engine;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Remark;
import dev.fenliu.model.Reason;
import dev.fenliu.subscribe.Quota;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What the latest updates of remote lists came to. Safe for concurrent use. */
final class ListNews {
    /** How much is in a copy that was not taken, and in the one that is in force; and how they differ, if that is known. */
    record Held(int now, int before, Optional<ListDiff.Counts> diff) {
        String text(Remote list) {
            return "the new list has " + now + " " + list.contents() + ", the old one " + before;
        }
    }

    /** Of one list; what is held back stays so until a copy is taken, or the server has the old one again. */
    private record News(
            Optional<Reason> problem,
            Optional<Instant> confirmed,
            Map<String, String> said,
            @Nullable Held held) {
        static final News NONE = new News(Optional.empty(), Optional.empty(), Map.of(), null);
    }

    /** By what lists are called. */
    private final Map<String, News> byList = new ConcurrentHashMap<>();

    private News of(String list) {
        return byList.getOrDefault(list, News.NONE);
    }

    /** Our copy is what the server has, and what it said. */
    void confirmed(Remote list, Instant time, Map<String, String> said) {
        byList.put(list.what(), new News(Optional.empty(), Optional.of(time), said, null));
    }

    /** An update came to nothing. */
    void failed(Remote list, Reason problem, @Nullable Held held) {
        News old = of(list.what());
        byList.put(
                list.what(), new News(Optional.of(problem), old.confirmed, old.said, held == null ? old.held : held));
    }

    /** How a subscription stands after what has come since its copy was read. */
    Status.Subscription latest(Status.Subscription read) {
        News latest = of("subscription " + read.name());
        String userinfo = latest.said.get(SubscriptionPlan.USERINFO);
        return new Status.Subscription(
                read.name(),
                read.source(),
                read.nodes(),
                read.refused(),
                read.notes(),
                latest.confirmed.or(read::updated),
                userinfo == null ? read.quota() : Quota.parse(userinfo),
                latest("subscription " + read.name(), read.updates()));
    }

    /**
     * What came of the updates of a list.
     *
     * @param what as {@link Remote#what} calls it
     * @param read what was kept of earlier ones
     */
    Updates latest(String what, Updates read) {
        News latest = of(what);
        if (latest.held != null) {
            return new Updates(latest.problem, true, read.change(), latest.held.diff);
        }
        return latest.confirmed.isPresent()
                ? new Updates(latest.problem, false, read.change(), Optional.empty())
                : new Updates(latest.problem, read.held(), read.change(), read.waiting());
    }

    /** That a new copy of a rule-set is held back; empty if none is. */
    Optional<Problem> held(RuleSetPlan plan) {
        Held held = of(plan.what()).held;
        if (held == null) {
            return Optional.empty();
        }
        Remark remark = Remark.of("rule-set-held")
                .with("list", plan.name())
                .with("now", held.now)
                .with("before", held.before);
        return Optional.of(new Problem(
                Problem.Severity.WARNING,
                plan.at().position(),
                "rule-set \"" + plan.name() + "\": " + held.text(plan) + ": held back",
                "to take it: fenliu accept " + plan.name(),
                plan.at().excerpt(),
                remark));
    }
}
