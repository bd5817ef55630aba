package dev.fenliu.tally;

import dev.fenliu.engine.FlowView;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the flows of the last 24 hours went, each destination of a client once, beyond a bound those of late; in memory
 * only. Safe for concurrent use.
 */
final class Visits {
    private static final Duration KEPT = Duration.ofHours(24);

    /** What rules see of flows that are alike. */
    private record Way(
            Destination destination,
            Optional<Host.Name> name,
            Transport network,
            InetAddress client,
            String listener,
            Optional<String> user) {
        static Way of(Visit visit) {
            Flow flow = visit.flow();
            return new Way(
                    flow.destination(),
                    visit.name(),
                    flow.transport(),
                    flow.source().getAddress(),
                    flow.listener(),
                    flow.user());
        }
    }

    private record Latest(Visit visit, Instant time) {}

    private final int most;
    /** The one that is the longest ago first. */
    private final Map<Way, Latest> visits = new LinkedHashMap<>(16, 0.75f, true);

    Visits(int most) {
        this.most = most;
    }

    synchronized void add(FlowView flow, Instant now) {
        Visit one = Visit.of(flow);
        visits.merge(
                Way.of(one),
                new Latest(one, now),
                (before, fresh) -> new Latest(one.with(before.visit.count()), fresh.time));
        forgetBefore(now.minus(KEPT));
    }

    private void forgetBefore(Instant oldest) {
        Iterator<Latest> eldest = visits.values().iterator();
        while (eldest.hasNext()
                && (eldest.next().time.isBefore(oldest) || visits.size() > most)) {
            eldest.remove();
        }
    }

    /** The newest last. */
    synchronized List<Visit> all(Instant now) {
        forgetBefore(now.minus(KEPT));
        List<Visit> all = new ArrayList<>(visits.size());
        visits.values().forEach(latest -> all.add(latest.visit));
        return all;
    }

    synchronized void clear() {
        visits.clear();
    }
}
