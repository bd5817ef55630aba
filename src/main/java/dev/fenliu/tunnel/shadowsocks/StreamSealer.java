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
     * @param out a heap buffer; grows unless it has room for {@link #sealedBytes}
     */
    void seal(ByteBuf payload, ByteBuf out) {
        out.ensureWritable(sealedBytes(payload.readableBytes()));
        if (!started) {
            started = true;
            out.writeBytes(salt);
        }
        byte[] array = out.array();
        while (payload.isReadable()) {
            int length = Math.min(payload.readableBytes(), MAX_CHUNK);
            int at = out.arrayOffset() + out.writerIndex();
            out.writeShort(length);
            cipher.seal(array, at, 2);
            out.writerIndex(out.writerIndex() + Method.TAG_BYTES);
            at += 2 + Method.TAG_BYTES;
            out.writeBytes(payload, length);
            cipher.seal(array, at, length);
            out.writerIndex(out.writerIndex() + Method.TAG_BYTES);
        }
    }
}
