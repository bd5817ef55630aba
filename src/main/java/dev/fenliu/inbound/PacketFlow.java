package dev.fenliu.inbound;

import dev.fenliu.model.Destination;
import io.netty.buffer.ByteBuf;

/** What takes the datagrams of one client's UDP association. Called on the association's event loop. */
public interface PacketFlow {
    /** One datagram from the client; takes ownership of {@code payload}. */
    void receive(Destination to, ByteBuf payload);

    /** The association has ended. May be called twice. */
    void close();
}
