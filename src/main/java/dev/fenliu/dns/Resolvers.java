package dev.fenliu.dns;

import dev.fenliu.net.Resolver;
import dev.fenliu.net.SocketOptions;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;

/**
 * The resolvers of one configuration. They share a cache that outlives them, and one event loop for all their sockets.
 * Thread-safe.
 */
public final class Resolvers implements AutoCloseable {
    private final Lookups directLookups;
    private final Lookups bootstrapLookups;
    private final Resolver direct;
    private final Resolver bootstrap;

    private Resolvers(Lookups directLookups, Lookups bootstrapLookups, HostsTable hosts, boolean ipv6) {
        this.directLookups = directLookups;
        this.bootstrapLookups = bootstrapLookups;
        this.direct = new CachingResolver(hosts, directLookups, ipv6);
        this.bootstrap = new CachingResolver(hosts, bootstrapLookups, ipv6);
    }

    /**
     * Makes the resolvers; opens no socket. Reads the hosts file, the system's list of resolvers and the files that
     * {@code options} name, so it is called where waiting for a disk is fine.
     *
     * @param cache shared with the configuration before and after; resized as {@code options} say
     * @param loops one of which is chosen for all connections to upstreams
     * @param sockets how the sockets leave this machine
     * @throws IOException if a file that {@code options} name cannot be used; the message names it
     */
    public static Resolvers open(DnsOptions options, AnswerCache cache, EventLoopGroup loops, SocketOptions sockets)
            throws IOException {
        return open(options, cache, loops, sockets, SystemFiles.here());
    }

    static Resolvers open(
            DnsOptions options, AnswerCache cache, EventLoopGroup loops, SocketOptions sockets, SystemFiles files)
            throws IOException {
        EventLoop home = loops.next();
        boolean ipv6 = switch (options.ipv6()) {
            case YES -> true;
            case NO -> false;
            case AUTO -> hasGlobalIpv6();
        };
        HostsTable hosts = new HostsTable(options.hosts(), files.hosts());
        Transports transports = new Transports(home, sockets, files.nameservers(), cache::now);
        ServerGroup first = transports.group(options.bootstrapUpstreams(), new DirectStreams(sockets, null));
        Lookups bootstrap = new Lookups(first, cache, options.cache(), home);
        Lookups direct = bootstrap;
        if (!options.direct().equals(options.bootstrapUpstreams())) {
            DirectStreams streams = new DirectStreams(sockets, new CachingResolver(hosts, bootstrap, ipv6));
            direct = new Lookups(transports.group(options.direct(), streams), cache, options.cache(), home);
        }
        cache.resize(options.cache().size());
        return new Resolvers(direct, bootstrap, hosts, ipv6);
    }

    /** For the names of origins that are reached directly. */
    public Resolver direct() {
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

    /** Closes all sockets; look-ups under way fail. The cache stays. */
    @Override
    public void close() {
        directLookups.close();
        bootstrapLookups.close();
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
