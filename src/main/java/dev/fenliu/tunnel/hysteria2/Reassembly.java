package dev.fenliu.tunnel.hysteria2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Puts the pieces of datagrams together, of one datagram at a time: a piece of another one ends it, for pieces are sent
 * in a row. Holds what UDP carries at most. One for each session; confined to its event loop; owns what it holds.
 */
final class Reassembly {
    private int packet;
    private @Nullable ByteBuf @Nullable [] pieces;
    private int missing;
    private int bytes;

    /**
     * Takes a message, whose payload stays the caller's.
     *
     * @return the payload of the datagram that is complete now, which the caller owns; or null
     */
    @Nullable
    ByteBuf add(UdpMessage message) {
        if (message.count() == 1) {
            return message.payload().retainedSlice();
        }
        if (pieces == null || message.packet() != packet || message.count() != pieces.length) {
            close();
            packet = message.packet();
            pieces = new @Nullable ByteBuf[message.count()];
            missing = message.count();
        }
        @Nullable ByteBuf[] known = pieces;
        if (known[message.fragment()] != null) {
            return null;
        }
        bytes += message.payload().readableBytes();
        if (bytes > UdpMessage.MAX_PAYLOAD) {
            close();
            return null;
        }
        // A copy: the frame that it came in may be much larger.
        known[message.fragment()] = message.payload().copy();
        missing--;
        return missing == 0 ? whole(known) : null;
    }

    private ByteBuf whole(@Nullable ByteBuf[] all) {
        ByteBuf whole = Unpooled.directBuffer(bytes);
        for (ByteBuf piece : all) {
            if (piece != null) {
                whole.writeBytes(piece, piece.readerIndex(), piece.readableBytes());
            }
        }
        close();
        return whole;
    }

    /** Forgets what is incomplete. */
    void close() {
        if (pieces != null) {
            for (ByteBuf piece : pieces) {
                if (piece != null) {
                    piece.release();
                }
            }
        }
        pieces = null;
        bytes = 0;
        missing = 0;
    }
}
