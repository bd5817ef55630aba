package dev.fenliu.dns;

import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.Resolver;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;

/**
 * Finds addresses: hosts first, then A and AAAA at once through the cache. Never the resolver of the JDK. Thread-safe;
 * futures complete on the caller's loop.
 */
final class CachingResolver implements Resolver {
    private final HostsTable hosts;
    private final Lookups lookups;
    private final boolean ipv6;

    /** @param ipv6 whether IPv6 addresses are wanted */
    CachingResolver(HostsTable hosts, Lookups lookups, boolean ipv6) {
        this.hosts = hosts;
        this.lookups = lookups;
        this.ipv6 = ipv6;
    }

    @Override
    public Future<List<InetAddress>> resolve(Host.Name name, EventLoop loop) {
        List<InetAddress> fixed = hosts.find(name);
        if (fixed == null) {
            return AddressLookup.start(name, lookups, ipv6, loop);
        }
        List<InetAddress> usable =
                fixed.stream().filter(a -> ipv6 || a instanceof Inet4Address).toList();
        return usable.isEmpty()
                ? loop.newFailedFuture(
                        new Failure(Failure.Kind.UNRESOLVED, name + " has only IPv6 addresses in the hosts"))
                : loop.newSucceededFuture(usable);
    }
}
