package dev.fenliu.inbound;

/** What listeners hand flows to. Called on the client's event loop. */
public interface FlowHandler {
    /** Takes a stream over; it will be answered exactly once. */
    void stream(InboundStream stream);

    /** Takes a UDP association. */
    PacketFlow packets(InboundPackets packets);

    /** A fresh flow id. */
    long nextId();
}
