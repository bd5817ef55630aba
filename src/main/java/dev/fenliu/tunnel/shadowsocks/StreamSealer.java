package dev.fenliu.tunnel.shadowsocks;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Seals one direction of a stream (SIP004; SIP022 3.1): the greeting, then chunks of a sealed length and a sealed
 * payload. Confined to one thread.
 */
final class StreamSealer {
    /** Sealed bytes of a chunk beyond its payload: length, its tag, the payload's tag. */
    static final int CHUNK_OVERHEAD = 2 + 2 * Method.TAG_BYTES;

    private final Greeting greeting;
    private @Nullable AeadCipher cipher;

    StreamSealer(Greeting greeting) {
        this.greeting = greeting;
    }

    /** How many bytes {@link #seal} will write at most for so many of payload; no fewer once the greeting is over. */
    int sealedBytes(int payload) {
        int chunks = (payload + greeting.maxChunk() - 1) / greeting.maxChunk();
        return (cipher == null ? greeting.ownBytes() : 0) + payload + chunks * CHUNK_OVERHEAD;
    }

    /**
     * Seals all of {@code payload} into as few chunks as there can be.
     *
     * @param payload at least one byte, and at the beginning of a client's stream the whole address; read to its end, not
     *     released
     * @param out grows unless it has room for {@link #sealedBytes}
     */
    void seal(ByteBuf payload, ByteBuf out) {
        out.ensureWritable(sealedBytes(payload.readableBytes()));
        if (cipher == null) {
            cipher = greeting.begin(payload, out);
        }
        byte[] chunk = Scratch.get().sealed;
        while (payload.isReadable()) {
            int length = Math.min(payload.readableBytes(), greeting.maxChunk());
            chunk[0] = (byte) (length >>> 8);
            chunk[1] = (byte) length;
            cipher.seal(chunk, 0, 2);
            payload.readBytes(chunk, 2 + Method.TAG_BYTES, length);
            cipher.seal(chunk, 2 + Method.TAG_BYTES, length);
            out.writeBytes(chunk, 0, length + CHUNK_OVERHEAD);
        }
    }
}
