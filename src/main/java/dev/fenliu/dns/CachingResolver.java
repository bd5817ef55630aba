package dev.fenliu.dns;

import dev.fenliu.model.Host;
import dev.fenliu.net.Resolver;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.List;
import java.util.function.Function;

/**
 * Finds addresses: hosts first, then A and AAAA at once through the cache. Never the resolver of the JDK. Thread-safe;
 * futures complete on the caller's loop.
 */
final class CachingResolver implements Resolver {
    private final HostsTable hosts;
    private final Lookups lookups;
    private final boolean ipv6;

    /** @param ipv6 whether IPv6 addresses are asked for; those of the hosts are used as they are written */
    CachingResolver(HostsTable hosts, Lookups lookups, boolean ipv6) {
        this.hosts = hosts;
        this.lookups = lookups;
        this.ipv6 = ipv6;
    }

    @Override
    public Future<List<InetAddress>> resolve(Host.Name name, EventLoop loop) {
        return find(name, loop, query -> lookups.ask(query, loop));
    }

    @Override
    public Future<List<InetAddress>> resolveAnew(Host.Name name, EventLoop loop) {
        return find(name, loop, query -> lookups.askAnew(query, loop));
    }

    private Future<List<InetAddress>> find(Host.Name name, EventLoop loop, Function<Query, Future<Answer>> ask) {
        List<InetAddress> fixed = hosts.find(name);
        return fixed == null ? AddressLookup.start(name, ask, ipv6, loop) : loop.newSucceededFuture(fixed);
    }
}
