package dev.fenliu.outbound;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A client keeps its member for a site until it has not gone there for ten minutes, or the member ails; new ones come in
 * turn. Thread-safe.
 */
final class Sticky implements Choice {
    private static final Duration MEMORY = Duration.ofMinutes(10);
    private static final int MAX_PAIRS = 10_000;

    private record Pair(Optional<InetAddress> client, String site) {}

    private final RoundRobin turns = new RoundRobin();
    private final Cache<Pair, String> members;

    /** @param nanos a monotonic clock in nanoseconds */
    Sticky(LongSupplier nanos) {
        members = Caffeine.newBuilder()
                .maximumSize(MAX_PAIRS)
                .expireAfterAccess(MEMORY)
                .ticker(nanos::getAsLong)
                .executor(Runnable::run)
                .build();
    }

    @Override
    public List<Outbound> order(List<Outbound> members, Standing standing, Aim aim) {
        return kept(turns.order(members, standing, aim), standing, this.members.getIfPresent(pair(aim)));
    }

    @Override
    public List<Outbound> take(List<Outbound> members, Standing standing, Aim aim) {
        String known = this.members.getIfPresent(pair(aim));
        List<Outbound> order = kept(turns.order(members, standing, aim), standing, known);
        if (!order.isEmpty() && !order.get(0).name().equals(known)) {
            turns.take(members, standing, aim);
            this.members.put(pair(aim), order.get(0).name());
        }
        return order;
    }

    private static Pair pair(Aim aim) {
        return new Pair(aim.client(), aim.site());
    }

    /** The order, with the member that is known first, unless it ails. */
    private static List<Outbound> kept(List<Outbound> order, Standing standing, @Nullable String known) {
        order.stream()
                .filter(member -> member.name().equals(known) && !standing.ails(member))
                .findFirst()
                .ifPresent(member -> {
                    order.remove(member);
                    order.add(0, member);
                });
        return order;
    }
}
