package dev.fenliu.tunnel.vmess;

import io.netty.util.concurrent.FastThreadLocal;
import java.security.SecureRandom;

/**
 * Two arrays of a chunk for each thread, as ciphers of the JDK are fastest on arrays, and random bytes to pad with, of which
 * many are made at once. Nothing is kept in the arrays between calls.
 */
final class Scratch {
    private static final FastThreadLocal<Scratch> OF_THREAD = new FastThreadLocal<>() {
        @Override
        protected Scratch initialValue() {
            return new Scratch();
        }
    };

    final byte[] sealed = new byte[2 + 0xffff + ChunkCipher.PADDINGS];
    final byte[] opened = new byte[0xffff];
    private final SecureRandom random = new SecureRandom();
    private final byte[] padding = new byte[4096];
    private int used = padding.length;

    private Scratch() {}

    /** The caller's, until it returns. */
    static Scratch get() {
        return OF_THREAD.get();
    }

    /** Writes random bytes, fewer than {@link ChunkCipher#PADDINGS}. */
    void pad(byte[] out, int at, int length) {
        if (used + length > padding.length) {
            random.nextBytes(padding);
            used = 0;
        }
        System.arraycopy(padding, used, out, at, length);
        used += length;
    }
}
