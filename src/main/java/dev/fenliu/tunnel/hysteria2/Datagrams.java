package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.model.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/**
 * Writes the datagrams of a connection, in pieces where they are too large for a packet; what one turn of the event loop
 * brings leaves together. Confined to that loop.
 */
final class Datagrams {
    private static final int MAX_NUMBER = 0xffff;

    private final Channel connection;
    private int limit;
    private int number;
    private boolean flushing;

    Datagrams(Channel connection) {
        this.connection = connection;
    }

    /** @param bytes the most that a message may have; 0 while the other end takes none */
    void limit(int bytes) {
        limit = bytes;
    }

    /** Whether the other end takes any. */
    boolean wanted() {
        return limit > 0;
    }

    /** Sends one; takes ownership of {@code payload}. Dropped when it cannot be written now. */
    void send(int session, Destination peer, ByteBuf payload) {
        try {
            if (!wanted() || !connection.isActive() || !connection.isWritable()) {
                return;
            }
            number = number == MAX_NUMBER ? 1 : number + 1;
            for (ByteBuf message : UdpMessage.encode(session, number, peer, payload, limit, connection.alloc())) {
                connection.write(message, connection.voidPromise());
            }
        } finally {
            payload.release();
        }
        if (!flushing) {
            flushing = true;
            connection.eventLoop().execute(() -> {
                flushing = false;
                connection.flush();
            });
        }
    }
}
