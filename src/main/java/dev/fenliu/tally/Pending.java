package dev.fenliu.tally;

import dev.fenliu.engine.FlowView;
import dev.fenliu.model.Ender;
import dev.fenliu.route.RuleRef;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.ObjLongConsumer;

/**
 * What flows have told since it was last taken, in a form that costs them little: flows that have everything in common are
 * one entry. Safe for concurrent use.
 */
final class Pending {
    /** Beyond so many entries, destinations are no longer told apart. */
    static final int MOST = 20_000;

    /** How a flow ended, as far as it matters to who counts. */
    enum Result {
        /** It runs. */
        NONE,
        OK,
        /** Not connected: a rule, a limit. */
        REFUSED,
        /** Not connected: the tunnel, the destination, its name, or a client that did not wait. */
        FAILED,
        /** Ended before its time. */
        BROKEN;

        static Result of(FlowView flow) {
            FlowView.End end = flow.end().orElse(null);
            if (end == null) {
                return NONE;
            }
            if (flow.timing().opened() == FlowView.Timing.UNKNOWN) {
                return end.by() == Ender.US && !end.failed() ? REFUSED : FAILED;
            }
            return end.text().equals("ok") ? OK : BROKEN;
        }
    }

    /** @param host empty where destinations are not kept */
    record Key(
            InetAddress client,
            String listener,
            Optional<RuleRef> rule,
            List<String> path,
            Optional<String> user,
            String host,
            Result result) {
        /** The same with no destination. */
        Key anywhere() {
            return new Key(client, listener, rule, path, user, "", result);
        }
    }

    private final Map<Key, Amount> traffic = new ConcurrentHashMap<>();
    private final Map<RuleRef, Long> hits = new ConcurrentHashMap<>();

    void add(FlowView flow, Amount amount, boolean destinations) {
        boolean told = destinations && traffic.size() < MOST;
        Key key = new Key(
                flow.flow().source().getAddress(),
                flow.flow().listener(),
                flow.rule(),
                flow.path(),
                flow.flow().user(),
                told ? Visit.of(flow).host().toString() : "",
                Result.of(flow));
        traffic.merge(key, amount, Amount::plus);
    }

    void hit(RuleRef rule) {
        hits.merge(rule, 1L, Long::sum);
    }

    /** Hands out what there is and forgets it. */
    void take(BiConsumer<Key, Amount> flows, ObjLongConsumer<RuleRef> rules) {
        for (Key key : List.copyOf(traffic.keySet())) {
            Amount amount = traffic.remove(key);
            if (amount != null) {
                flows.accept(key, amount);
            }
        }
        for (RuleRef rule : List.copyOf(hits.keySet())) {
            Long count = hits.remove(rule);
            if (count != null) {
                rules.accept(rule, count);
            }
        }
    }
}
