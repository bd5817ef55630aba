package dev.fenliu.tunnel.shadowsocks;

import io.netty.buffer.ByteBuf;

/**
 * Seals one direction of a stream (SIP004): the salt, then chunks of a sealed length and a sealed payload. Confined to
 * one thread.
 */
final class StreamSealer {
    /** The most payload bytes in a chunk. */
    static final int MAX_CHUNK = 0x3FFF;

    /** Sealed bytes of a chunk beyond its payload: length, its tag, the payload's tag. */
    static final int CHUNK_OVERHEAD = 2 + 2 * Method.TAG_BYTES;

    private final byte[] salt;
    private final AeadCipher cipher;
    private boolean started;

    StreamSealer(MasterKey key, byte[] salt) {
        this.salt = salt;
        this.cipher = new AeadCipher(key, salt);
    }

    /** How many bytes {@link #seal} will write for so many of payload. */
    int sealedBytes(int payload) {
        int chunks = (payload + MAX_CHUNK - 1) / MAX_CHUNK;
        return (started ? 0 : salt.length) + payload + chunks * CHUNK_OVERHEAD;
    }

    /**
     * Seals all of {@code payload} into as few chunks as there can be.
     *
     * @param payload at least one byte; read to its end, not released
     * @param out grows unless it has room for {@link #sealedBytes}
     */
    void seal(ByteBuf payload, ByteBuf out) {
        out.ensureWritable(sealedBytes(payload.readableBytes()));
        if (!started) {
            started = true;
            out.writeBytes(salt);
        }
        byte[] chunk = Scratch.get().sealed;
        while (payload.isReadable()) {
            int length = Math.min(payload.readableBytes(), MAX_CHUNK);
            chunk[0] = (byte) (length >>> 8);
            chunk[1] = (byte) length;
            cipher.seal(chunk, 0, 2);
            payload.readBytes(chunk, 2 + Method.TAG_BYTES, length);
            cipher.seal(chunk, 2 + Method.TAG_BYTES, length);
            out.writeBytes(chunk, 0, length + CHUNK_OVERHEAD);
        }
    }
}
