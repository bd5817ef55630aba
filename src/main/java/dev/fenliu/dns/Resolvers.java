package dev.fenliu.dns;

import dev.fenliu.lan.Leases;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.Resolver;
import dev.fenliu.net.SocketOptions;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The resolvers of one configuration. They share a cache that outlives them, and one event loop for all their sockets.
 * Thread-safe.
 */
public final class Resolvers implements AutoCloseable {
    private final Lookups directLookups;
    private final Lookups bootstrapLookups;
    private final NameResolver direct;
    private final NameResolver bootstrap;
    private final Tunnels tunnels;
    private final Map<String, Lookups> through = new ConcurrentHashMap<>();

    /** What resolvers that ask through an outbound are made of. */
    private record Tunnels(
            DnsOptions options,
            HostsTable hosts,
            boolean ipv6,
            AnswerCache cache,
            EventLoop home,
            List<InetAddress> system,
            RebindingGuard guard) {}

    private Resolvers(Lookups directLookups, Lookups bootstrapLookups, Tunnels tunnels) {
        this.directLookups = directLookups;
        this.bootstrapLookups = bootstrapLookups;
        this.tunnels = tunnels;
        this.direct = new CachingResolver(tunnels.hosts, directLookups, tunnels.ipv6);
        this.bootstrap = new CachingResolver(tunnels.hosts, bootstrapLookups, tunnels.ipv6);
    }

    /**
     * Makes the resolvers; opens no socket. Reads the hosts file, the system's list of resolvers and the files that
     * {@code options} name, so it is called where waiting for a disk is fine.
     *
     * @param cache shared with the configuration before and after; resized as {@code options} say
     * @param loops one of which is chosen for all connections to upstreams
     * @param sockets how the sockets leave this machine
     * @param leases of the local network's devices, as they are now
     * @throws IOException if a file that {@code options} name cannot be used; the message names it
     */
    public static Resolvers open(
            DnsOptions options, AnswerCache cache, EventLoopGroup loops, SocketOptions sockets, Supplier<Leases> leases)
            throws IOException {
        return open(options, cache, loops, sockets, leases, SystemFiles.here());
    }

    static Resolvers open(
            DnsOptions options,
            AnswerCache cache,
            EventLoopGroup loops,
            SocketOptions sockets,
            Supplier<Leases> leases,
            SystemFiles files)
            throws IOException {
        EventLoop home = loops.next();
        boolean ipv6 = switch (options.replies().ipv6()) {
            case YES -> true;
            case NO -> false;
            case AUTO -> hasGlobalIpv6();
        };
        HostsTable hosts = new HostsTable(options.local().hosts(), files.hosts(), leases);
        RebindingGuard guard = new RebindingGuard(options.local().privateNames());
        Transports transports = new Transports(home, sockets, files.nameservers(), cache::now, guard);
        ServerGroup first = transports.group(options.bootstrapUpstreams(), new DirectStreams(sockets, null));
        Lookups bootstrap = new Lookups(AnswerCache.BOOTSTRAP, first, cache, options.cache(), home);
        Lookups direct = new Lookups(first, cache, options.cache(), home);
        if (!options.direct().equals(options.bootstrapUpstreams())) {
            DirectStreams streams = new DirectStreams(sockets, new CachingResolver(hosts, bootstrap, ipv6));
            direct = new Lookups(transports.group(options.direct(), streams), cache, options.cache(), home);
        }
        transports.group(options.tunnel(), new DirectStreams(sockets, null)); // finds bad files before they are needed
        cache.resize(options.cache().size());
        Tunnels tunnels = new Tunnels(options, hosts, ipv6, cache, home, files.nameservers(), guard);
        return new Resolvers(direct, bootstrap, tunnels);
    }

    /**
     * A resolver whose every question leaves through one outbound, so that names of what is sent there are asked nowhere
     * else. It has answers of its own, and no resolver ever stands in for it.
     *
     * @param outbound its name
     * @param streams the outbound; UDP upstreams are asked over TCP through it
     */
    public NameResolver through(String outbound, Dialer streams) {
        return through(outbound, streams, null);
    }

    /** The same for an outbound that is but another way out of this machine, by these socket options. */
    public Resolver through(String outbound, SocketOptions options) {
        return through(outbound, new DirectStreams(options, bootstrap), options);
    }

    private NameResolver through(String outbound, Dialer streams, @Nullable SocketOptions options) {
        Lookups lookups = through.computeIfAbsent(outbound, name -> {
            SocketOptions sockets = options == null ? SocketOptions.DEFAULT : options;
            Transports transports =
                    new Transports(tunnels.home, sockets, tunnels.system, tunnels.cache::now, tunnels.guard);
            List<Upstream> upstreams = tunnels.options.tunnelUpstreams(options != null);
            try {
                ServerGroup group = transports.group(AnswerCache.THROUGH + name + ": ", upstreams, streams);
                return new Lookups(group, tunnels.cache, tunnels.options.cache(), tunnels.home);
            } catch (IOException e) {
                throw new IllegalStateException("the TLS settings of dns upstreams were read before", e);
            }
        });
        return new CachingResolver(tunnels.hosts, lookups, tunnels.ipv6);
    }

    /** For the names of origins that are reached directly. */
    public NameResolver direct() {
        return direct;
    }

    /** For the names of tunnels' servers. */
    public Resolver bootstrap() {
        return bootstrap;
    }

    /** Who is asked for the names of direct flows, in words: {@code https://192.0.2.1/dns-query, then system (…)}. */
    public String describe() {
        return directLookups.name();
    }

    /** Who is asked through an outbound that is another way out of this machine, in words. */
    public String describeTunnel() {
        return tunnels.options.tunnelUpstreams(true).stream()
                .map(Upstream::text)
                .collect(Collectors.joining(", then "));
    }

    /** Closes all sockets; look-ups under way fail. The cache stays. */
    @Override
    public void close() {
        directLookups.close();
        bootstrapLookups.close();
        through.values().forEach(Lookups::close);
    }

    /** Whether an interface that is up has an address of 2000::/3, so that IPv6 origins could be reached. */
    private static boolean hasGlobalIpv6() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .anyMatch(Resolvers::isGlobalIpv6);
        } catch (SocketException e) {
            return false;
        }
    }

    private static boolean isGlobalIpv6(InetAddress address) {
        return address instanceof Inet6Address && (address.getAddress()[0] & 0xe0) == 0x20;
    }
}
