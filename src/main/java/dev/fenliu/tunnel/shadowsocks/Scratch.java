package dev.fenliu.tunnel.shadowsocks;

import io.netty.util.concurrent.FastThreadLocal;

/**
 * Two arrays of a chunk for each thread: ciphers of the JDK are fastest on arrays, and these stay in the cache. Nothing is
 * kept in them between calls.
 */
final class Scratch {
    private static final FastThreadLocal<Scratch> OF_THREAD = new FastThreadLocal<>() {
        @Override
        protected Scratch initialValue() {
            return new Scratch();
        }
    };

    final byte[] sealed = new byte[StreamSealer.MAX_CHUNK + StreamSealer.CHUNK_OVERHEAD];
    final byte[] opened = new byte[StreamSealer.MAX_CHUNK];

    private Scratch() {}

    /** The caller's, until it returns. */
    static Scratch get() {
        return OF_THREAD.get();
    }
}
