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

    /** For the largest chunk with the longest header. */
    final byte[] sealed = new byte[StreamHeader.MAX_CHUNK + StreamHeader.MAX_BYTES + 2 * Method.TAG_BYTES];

    final byte[] opened = new byte[StreamHeader.MAX_CHUNK];

    private Scratch() {}

    /** The caller's, until it returns. */
    static Scratch get() {
        return OF_THREAD.get();
    }
}
