package dev.fenliu.dns;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * How a resolver came to an answer.
 *
 * @param resolver the upstreams that may be asked, in words, such as {@code https://192.0.2.1/dns-query, then system (…)};
 *     those that are asked through an outbound begin with {@code through NAME: }
 * @param server the upstream that gave the answer; empty when none did, or when it was kept over a restart
 * @param age since it arrived; zero when it came for this query
 */
public record Trail(Source source, String resolver, Optional<String> server, Duration age) {
    /** Where an answer comes from. */
    public enum Source {
        /** The hosts of the config or of this machine. */
        HOSTS,
        /** Nobody: it is a name of this network, and no resolver of it can be asked. */
        NOBODY,
        /** Nobody: the address stands for the name, which the tunnel's far end resolves. */
        FAKE,
        /** Nobody: IPv6 addresses are of no use here. */
        NO_IPV6,
        CACHE,
        /** The cache, after its time. */
        STALE,
        /** An upstream, now. */
        UPSTREAM,
        /** The upstreams, of which none answered now or a moment ago. */
        FAILED
    }

    static Trail local(Source source) {
        return new Trail(source, "", Optional.empty(), Duration.ZERO);
    }

    /** How {@link #server} is spoken to: udp, tcp, tls or https. */
    public Optional<String> transport() {
        return server.map(name -> {
            int mark = name.indexOf("://");
            return mark < 0 ? "udp" : name.substring(0, mark).toLowerCase(Locale.ROOT);
        });
    }
}
