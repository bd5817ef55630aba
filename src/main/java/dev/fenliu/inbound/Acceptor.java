package dev.fenliu.inbound;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.util.Optional;

/** A listener's protocol at work: puts the client handshake on each accepted channel. Safe for concurrent use. */
public interface Acceptor {
    /**
     * Sets up the pipeline of an accepted client, on its event loop. The listener has put a deadline on the handshake:
     * the handshake says that it is over by {@link HandshakeDeadline#over}. A client that ends its stream stays open, as
     * half-closure is allowed: a handshake that needs more closes it.
     */
    void accept(Channel client);

    /** Whether clients come over TCP, which then is bound; a protocol without has {@link #datagrams}. */
    default boolean streams() {
        return true;
    }

    /** A sharable or fresh handler for a UDP socket on the same address and port; empty when there is none. */
    default Optional<ChannelHandler> datagrams() {
        return Optional.empty();
    }

    /**
     * Gives a bound socket of the listener, for TCP or UDP, what the protocol needs; maybe one that served another
     * protocol before.
     *
     * @throws IOException if the system does not let it
     */
    default void prepare(Channel socket) throws IOException {}

    /**
     * Says that clients who come from now on are served otherwise, or by nobody: those that are here go on with what they
     * have, and should ask for what comes next on a connection of its own. Called on any thread, maybe twice.
     */
    default void retire() {}

    /** Whether remote users may reach private addresses. */
    default boolean allowsPrivate() {
        return false;
    }
}
