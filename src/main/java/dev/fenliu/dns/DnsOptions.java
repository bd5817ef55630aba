package dev.fenliu.dns;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What {@code dns:} says.
 *
 * @param direct upstreams for names that go direct, by preference
 * @param tunnel upstreams that are asked through a tunnel; empty when its far end resolves
 * @param bootstrap upstreams by address for the names of tunnels' servers and of upstreams; empty for those of
 *     {@code direct} that have an address, and the system's
 */
public record DnsOptions(
        List<Upstream> direct,
        List<Upstream> tunnel,
        List<Upstream> bootstrap,
        Local local,
        CacheOptions cache,
        Replies replies) {
    /**
     * What is known of this network.
     *
     * @param hosts fixed addresses by name, lower case; a name that starts with {@code *.} stands for all below it
     * @param privateNames public names that may have private addresses, with all below
     */
    public record Local(Map<String, List<InetAddress>> hosts, Set<String> privateNames) {
        /** Nothing. */
        public static final Local NONE = new Local(Map.of(), Set.of());
    }

    /**
     * What is answered.
     *
     * @param ipv6 whether IPv6 addresses are
     * @param blocked to DNS clients for names that a rule blocks
     * @param fake to DNS clients for names that a rule sends to a tunnel
     */
    public record Replies(Ipv6 ipv6, Blocked blocked, FakeOptions fake) {
        /** Without fake addresses. */
        public Replies(Ipv6 ipv6, Blocked blocked) {
            this(ipv6, blocked, FakeOptions.OFF);
        }
    }

    /** What DNS clients are told of a name that a rule blocks. */
    public enum Blocked {
        /** That there is no such name. */
        NXDOMAIN,
        /** That its addresses are 0.0.0.0 and [::]. */
        ZERO
    }

    /** Whether IPv6 addresses are looked up. */
    public enum Ipv6 {
        /** If this machine has a global IPv6 address. */
        AUTO,
        YES,
        NO
    }

    /** The upstreams of a config that names none: AliDNS, DNSPod, and what the system has as the last resort. */
    public static final List<Upstream> DEFAULT_DIRECT = List.of(
            Upstream.parse("https://223.5.5.5/dns-query"),
            Upstream.parse("https://1.12.12.12/dns-query#doh.pub"),
            Upstream.SYSTEM);

    /** Asked through a tunnel when a config names none: Cloudflare and Google. */
    static final List<Upstream> DEFAULT_TUNNEL =
            List.of(Upstream.parse("https://1.1.1.1/dns-query"), Upstream.parse("https://8.8.8.8/dns-query"));

    /** What a config without {@code dns:} has. */
    public static final DnsOptions DEFAULT = new DnsOptions(
            DEFAULT_DIRECT,
            List.of(),
            List.of(),
            Local.NONE,
            CacheOptions.DEFAULT,
            new Replies(Ipv6.AUTO, Blocked.NXDOMAIN));

    /**
     * The upstreams that are asked through an outbound.
     *
     * @param datagrams whether the outbound's own sockets are at hand, so that UDP can be used too
     */
    List<Upstream> tunnelUpstreams(boolean datagrams) {
        List<Upstream> wanted = tunnel.isEmpty() ? DEFAULT_TUNNEL : tunnel;
        return datagrams
                ? wanted
                : wanted.stream()
                        .filter(upstream -> upstream.scheme() != Upstream.Scheme.SYSTEM)
                        .map(Upstream::overStreams)
                        .toList();
    }

    /** The upstreams that need no name resolved before they can be asked. */
    List<Upstream> bootstrapUpstreams() {
        if (!bootstrap.isEmpty()) {
            return bootstrap;
        }
        List<Upstream> found = new java.util.ArrayList<>(direct);
        found.removeIf(upstream -> !upstream.hasAddress());
        if (!found.contains(Upstream.SYSTEM)) {
            found.add(Upstream.SYSTEM);
        }
        return List.copyOf(found);
    }
}
