package dev.fenliu.net;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;

/** Where the datagrams of a {@link PacketTunnel} arrive; called on the tunnel's event loop. */
public interface PacketSink {
    /** One datagram from {@code from}; the sink owns {@code payload}. */
    void receive(Destination from, ByteBuf payload);

    /** The tunnel ended by itself; nothing more will come. */
    void closed(Failure why);
}
