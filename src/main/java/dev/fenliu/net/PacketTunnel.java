package dev.fenliu.net;

import dev.fenliu.model.Destination;
import io.netty.buffer.ByteBuf;
import java.util.List;

/** A way for datagrams to leave, confined to the event loop of the dial that opened it. */
public interface PacketTunnel {
    /**
     * Sends one datagram. Takes ownership of {@code payload}. A datagram that cannot be written now is dropped, as UDP
     * may; the tunnel may count it.
     */
    void send(Destination to, ByteBuf payload);

    /** The members of groups that carry it, outermost group's first. */
    default List<String> members() {
        return List.of();
    }

    /** Closes the tunnel; the sink is told nothing more. May be called twice. */
    void close();
}
