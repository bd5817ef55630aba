package dev.fenliu.net;

import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;

/**
 * The client's part of a handshake as functions over bytes, without a channel. Made for one connection and used by
 * {@link ClientHandshake} on its event loop.
 */
public interface Negotiation {
    /** How far the handshake has come. */
    enum Stage {
        /** The server has not yet shown that it is there and takes us. */
        GREETING,
        /** The server has taken us and is busy with the request, which may take it long. */
        ASKING,
        /** From here on the channel carries payload. */
        DONE
    }

    /** Writes what the client says first. */
    Stage begin(ByteBuf out);

    /**
     * Takes all whole messages of the server from {@code in}, leaves the rest, and writes what the client answers. What
     * is left of {@code in} at {@link Stage#DONE} is payload.
     *
     * @throws Failure when the server refuses or does not keep to the protocol, in particular when an unfinished
     *     message is longer than the protocol allows
     */
    Stage proceed(ByteBuf in, ByteBuf out) throws Failure;

    /** What it means that the server ends or resets the connection at this stage. */
    Failure ended();
}
