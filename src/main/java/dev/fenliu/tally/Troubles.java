package dev.fenliu.tally;

import dev.fenliu.engine.FlowView;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Hosts that have not worked of late by the way that the rules give them, beyond a bound those of late; in memory only.
 * What is wrong with a tunnel, a resolver or this machine is told elsewhere, and is no matter of a host. Safe for
 * concurrent use.
 */
final class Troubles {
    private static final Duration KEPT = Duration.ofHours(24);
    private static final int MOST = 500;
    /** Once is chance. */
    private static final int TOLD = 2;

    /** A client that waits so long for the first byte waits for something that does not come. */
    private static final long PATIENCE = Duration.ofSeconds(5).toNanos();

    private static final int QUIC_PORT = 443;
    private static final String NO_ANSWER = "no-answer";
    private static final Set<String> OF_THE_HOST =
            Set.of("refused", "host-unreachable", "timeout", "unresolved", "upstream-reset");

    private record Way(Host host, String outbound) {}

    /** The one that is the longest ago first. */
    private final Map<Way, Trouble> troubles = new LinkedHashMap<>(16, 0.75f, true);

    synchronized void add(FlowView flow, Instant now) {
        Way way = new Way(Visit.of(flow).host(), flow.outbound());
        if (flow.down() > 0) {
            troubles.remove(way);
            return;
        }
        code(flow).filter(code -> isOfTheWorld(way.host)).ifPresent(code -> {
            Trouble before = troubles.remove(way);
            troubles.put(way, new Trouble(flow, code, before == null ? 1 : before.count() + 1, now));
            if (troubles.size() > MOST) {
                troubles.remove(troubles.keySet().iterator().next());
            }
        });
    }

    private static Optional<String> code(FlowView flow) {
        String code = flow.end().map(FlowView.End::code).orElse("");
        if (OF_THE_HOST.contains(code)) {
            return Optional.of(code);
        }
        boolean asks = flow.flow().transport() == Transport.TCP
                || flow.flow().destination().port() == QUIC_PORT;
        boolean silent = flow.timing().opened() != FlowView.Timing.UNKNOWN
                && flow.up() > 0
                && flow.timing().total() >= PATIENCE;
        return Optional.of(NO_ANSWER).filter(any -> asks && silent);
    }

    /** Names of one label, and addresses of a home, are tried by devices that look around. */
    private static boolean isOfTheWorld(Host host) {
        return host instanceof Host.Address address
                ? !Addresses.isInternal(address.value())
                : host.toString().indexOf('.') > 0;
    }

    /** What failed the most often first. */
    synchronized List<Trouble> all(Instant now) {
        troubles.values().removeIf(one -> one.time().isBefore(now.minus(KEPT)));
        return troubles.values().stream()
                .filter(one -> one.count() >= TOLD)
                .sorted(Comparator.comparingInt(Trouble::count)
                        .thenComparing(Trouble::time)
                        .reversed())
                .toList();
    }

    synchronized void clear() {
        troubles.clear();
    }
}
