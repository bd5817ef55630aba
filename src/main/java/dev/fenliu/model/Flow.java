package dev.fenliu.model;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * The facts of one client connection or UDP association.
 *
 * @param id unique in this process, rising
 * @param listener the name of the listener that took it
 * @param source the client's address and port
 * @param destination what the client asked for, normalised
 * @param user who authenticated, if the listener has users
 */
public record Flow(
        long id,
        Transport transport,
        String listener,
        InetSocketAddress source,
        Destination destination,
        Optional<String> user) {
    /** The same flow to another destination. */
    public Flow to(Destination other) {
        return new Flow(id, transport, listener, source, other, user);
    }
}
