package dev.fenliu.net;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One wish to reach a destination.
 *
 * @param loop the event loop that the resulting channel must live on
 * @param flow the id of the flow it is for, 0 for our own traffic
 * @param guard says which addresses may be dialled; asked by whatever resolves the destination
 * @param client who wants it; empty for our own traffic
 * @param reached run on the loop, once or more often, when the server of a tunnel has answered: what still takes time
 *     then is the origin's
 * @param steps told how the first connection on the way comes about
 */
public record Dial(
        Destination destination,
        EventLoop loop,
        long flow,
        Guard guard,
        Optional<InetAddress> client,
        Runnable reached,
        Steps steps) {
    public Dial(Destination destination, EventLoop loop, long flow, Guard guard) {
        this(destination, loop, flow, guard, Optional.empty(), Dial::unheard, Steps.UNSEEN);
    }

    /** Judges an address just before it is dialled, after any resolution. Thread-safe. */
    @FunctionalInterface
    public interface Guard {
        /** Lets everything through; for our own traffic. */
        Guard NONE = (address, transport) -> null;

        /** Why the address may not be dialled, or null when it may. */
        @Nullable
        Failure check(InetSocketAddress address, Transport transport);
    }

    /** Learns how far a dial is; on its loop, and more often than once where several attempts are made. */
    public interface Steps {
        /** Nobody looks. */
        Steps UNSEEN = new Steps() {};

        /** The addresses of the next hop are known. */
        default void resolved() {}

        /** The next hop has taken the connection. */
        default void connected(SocketAddress hop) {}
    }

    private static void unheard() {
        // nobody wants to know
    }

    /** A dial of our own, such as to a tunnel's server. */
    public static Dial own(Destination destination, EventLoop loop) {
        return new Dial(destination, loop, 0, Guard.NONE);
    }

    /** The dial that carries this one: to a tunnel's server, on the same loop for the same flow, unguarded. */
    public Dial to(Destination server) {
        return new Dial(server, loop, flow, Guard.NONE, client, Dial::unheard, steps);
    }

    /** The same for that client. */
    public Dial by(InetAddress other) {
        return new Dial(destination, loop, flow, guard, Optional.of(other), reached, steps);
    }

    /** The same, watched. */
    public Dial seen(Steps by) {
        return new Dial(destination, loop, flow, guard, client, reached, by);
    }

    /** The same, of which {@code also} learns too when the server has answered. */
    public Dial reaching(Runnable also) {
        Runnable both = () -> {
            also.run();
            reached.run();
        };
        return new Dial(destination, loop, flow, guard, client, both, steps);
    }
}
