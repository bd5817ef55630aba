package dev.fenliu.net;

import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.List;

/** Finds the addresses of a name. Implementations are safe for concurrent use and never block. */
@FunctionalInterface
public interface Resolver {
    /**
     * The IPv4 and IPv6 addresses of {@code name}, at least one, in the order of preference within each family. The
     * future completes on {@code loop}; a failed one holds a {@link Failure} of kind
     * {@link Failure.Kind#UNRESOLVED} (no such name, no address), {@link Failure.Kind#RESOLVER_FAILED} or
     * {@link Failure.Kind#RESOLVER_TIMEOUT}.
     */
    Future<List<InetAddress>> resolve(Host.Name name, EventLoop loop);

    /** The same for who could reach none of the addresses that {@link #resolve} gave: never an expired answer. */
    default Future<List<InetAddress>> resolveAnew(Host.Name name, EventLoop loop) {
        return resolve(name, loop);
    }
}
