package dev.fenliu.inbound;

import dev.fenliu.model.Destination;
import io.netty.util.concurrent.Future;

/** What listeners hand flows and queries to. Called on the client's event loop. */
public interface FlowHandler {
    /** Takes a stream over; it will be answered exactly once. */
    void stream(InboundStream stream);

    /** Takes a UDP association. */
    PacketFlow packets(InboundPackets packets);

    /** A fresh flow id. */
    long nextId();

    /** Whether queries that clients send to others are to be answered here, by the rules. */
    default boolean takesQueries() {
        return false;
    }

    /**
     * The script by which browsers find us, {@code proxy.pac}. A handler that knows no rules has an empty one.
     *
     * @param proxy where they do
     * @param direct whether the script lets them go direct when they do not, for what goes direct anyway
     */
    default String autoConfig(Destination proxy, boolean direct) {
        return "";
    }

    /**
     * Answers a DNS message. The future completes on the client's loop and does not fail; empty bytes mean that no answer
     * is due. A handler that knows no names answers nothing.
     *
     * @param message not changed
     */
    default Future<byte[]> query(byte[] message, DnsClient client) {
        return client.loop().newSucceededFuture(new byte[0]);
    }
}
