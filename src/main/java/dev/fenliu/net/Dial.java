package dev.fenliu.net;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One wish to reach a destination.
 *
 * @param loop the event loop that the resulting channel must live on
 * @param flow the id of the flow it is for, 0 for our own traffic
 * @param guard says which addresses may be dialled; asked by whatever resolves the destination
 */
public record Dial(Destination destination, EventLoop loop, long flow, Guard guard) {
    /** Judges an address just before it is dialled, after any resolution. Thread-safe. */
    @FunctionalInterface
    public interface Guard {
        /** Lets everything through; for our own traffic. */
        Guard NONE = (address, transport) -> null;

        /** Why the address may not be dialled, or null when it may. */
        @Nullable
        Failure check(InetSocketAddress address, Transport transport);
    }

    /** A dial of our own, such as to a tunnel's server. */
    public static Dial own(Destination destination, EventLoop loop) {
        return new Dial(destination, loop, 0, Guard.NONE);
    }

    /** The dial that carries this one: to a tunnel's server, on the same loop for the same flow, unguarded. */
    public Dial to(Destination server) {
        return new Dial(server, loop, flow, Guard.NONE);
    }
}
