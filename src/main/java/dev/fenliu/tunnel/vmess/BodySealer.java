package dev.fenliu.tunnel.vmess;

import io.netty.buffer.ByteBuf;

/**
 * Seals what the client sends: chunks of {@code length sealed-payload padding}, the length hidden. Confined to one
 * thread.
 */
final class BodySealer {
    /** The most payload bytes in a chunk of a stream: every server seen takes so many with their tag. */
    static final int MAX_CHUNK = (16 << 10) - Kdf.TAG_BYTES;

    /** The most bytes of a datagram, so that its chunk's length has 16 bits. */
    static final int MAX_DATAGRAM = 0xffff - Kdf.TAG_BYTES - ChunkCipher.PADDINGS;

    private final ChunkCipher cipher;
    private final int most;

    private BodySealer(ChunkCipher cipher, int most) {
        this.cipher = cipher;
        this.most = most;
    }

    /** For a stream, in as few chunks as there can be. */
    static BodySealer ofStream(ChunkCipher cipher) {
        return new BodySealer(cipher, MAX_CHUNK);
    }

    /** For datagrams, a chunk for each. */
    static BodySealer ofDatagrams(ChunkCipher cipher) {
        return new BodySealer(cipher, MAX_DATAGRAM);
    }

    /** The most bytes that {@link #seal} can write for so many of payload. */
    int sealedBytes(int payload) {
        int chunks = Math.max(1, (payload + most - 1) / most);
        return payload + chunks * (2 + Kdf.TAG_BYTES + ChunkCipher.PADDINGS);
    }

    /**
     * Seals all of {@code payload}; of none, the chunk that ends the stream.
     *
     * @param payload read to its end, not released
     * @param out grows unless it has room for {@link #sealedBytes}
     */
    void seal(ByteBuf payload, ByteBuf out) {
        out.ensureWritable(sealedBytes(payload.readableBytes()));
        do {
            chunk(payload, Math.min(payload.readableBytes(), most), out);
        } while (payload.isReadable());
    }

    private void chunk(ByteBuf payload, int length, ByteBuf out) {
        Scratch scratch = Scratch.get();
        byte[] chunk = scratch.sealed;
        int sealed = length + cipher.overhead();
        int padding = cipher.nextPadding();
        int hidden = cipher.nextMask() ^ sealed + padding;
        chunk[0] = (byte) (hidden >>> 8);
        chunk[1] = (byte) hidden;
        payload.readBytes(chunk, 2, length);
        cipher.seal(chunk, 2, length);
        scratch.pad(chunk, 2 + sealed, padding);
        out.writeBytes(chunk, 0, 2 + sealed + padding);
    }
}
