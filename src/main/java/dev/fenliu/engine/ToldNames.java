package dev.fenliu.engine;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.sniff.Sniffed;
import java.net.InetAddress;

/**
 * What the first datagrams of clients told, for those that follow: they tell nothing again, and may come when the route
 * is gone that was decided by it. A tunnel has ended since, or the client goes on from another port, as QUIC lets it
 * (RFC 9000 section 9). Safe for concurrent use.
 */
final class ToldNames {
    private static final int MAX = 8192;

    private record Way(InetAddress client, Destination to) {}

    private final Cache<Way, Sniffed> told =
            Caffeine.newBuilder().maximumSize(MAX).executor(Runnable::run).build();

    /** All that is known of where {@code flow} goes when its datagrams tell {@code now}: a name counts more than none. */
    Sniffed with(Sniffed now, Flow flow) {
        Way way = new Way(flow.source().getAddress(), flow.destination());
        Sniffed before = told.getIfPresent(way);
        if (before != null && now.name().isEmpty()) {
            return before;
        }
        if (now.protocol().isPresent()) {
            told.put(way, now);
        }
        return now;
    }
}
