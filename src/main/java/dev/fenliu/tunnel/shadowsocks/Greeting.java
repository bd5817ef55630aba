package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * How the two directions of one stream begin, seen from one end. This is where the editions of Shadowsocks differ; what
 * comes behind it are chunks of a sealed length and a sealed payload in all of them. Confined to one thread; serves one
 * stream.
 */
interface Greeting {
    /** What opens the chunks that follow, and how long the first of them is. */
    record First(AeadCipher cipher, int length) {}

    /** The most payload bytes in a chunk. */
    int maxChunk();

    /** How many bytes the peer's greeting has: from its salt to the sealed length of the first chunk. */
    int peerBytes();

    /**
     * Opens the peer's greeting.
     *
     * @param sealed begins with {@link #peerBytes} bytes of it
     * @throws Failure if it is forged, replayed or malformed
     */
    First open(byte[] sealed) throws Failure;

    /**
     * Writes out what of the first chunk belongs to the stream.
     *
     * @throws Failure if it is malformed
     */
    default void first(byte[] chunk, int length, ByteBuf out) throws Failure {
        out.writeBytes(chunk, 0, length);
    }

    /** The most bytes that {@link #begin} writes beyond what it takes of the payload. */
    int ownBytes();

    /**
     * Writes our greeting, and with it what it takes of the payload.
     *
     * @param payload the beginning of the stream, at the client end with the whole address in front
     * @return what seals the chunks that follow
     */
    AeadCipher begin(ByteBuf payload, ByteBuf out);

    /** Who the peer has proved to be, where users are told apart. */
    default Optional<String> user() {
        return Optional.empty();
    }
}
