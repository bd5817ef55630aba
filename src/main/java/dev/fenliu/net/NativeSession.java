package dev.fenliu.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.internal.tcnative.Buffer;
import io.netty.internal.tcnative.SSL;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/**
 * BoringSSL's side of one connection after its handshake: records in and out of direct memory. Confined to one thread.
 * Everything native is the engine's: after its last release nothing here may be called.
 */
final class NativeSession {
    /** The most payload in a record. */
    static final int RECORD = 16 << 10;

    /** Room enough for whatever is no payload, and for the beginning of what is. */
    static final int SLACK = 4 << 10;

    /** More than a header, a nonce, padding and a tag. */
    private static final int OVERHEAD = 96;

    /** Answers of BoringSSL's own (an alert, a new key) that wait to be sent. */
    private static final int ANSWERS = 2 << 10;

    private final boolean halfCloses;
    private final long ssl;
    private final long bio;

    private NativeSession(String version, long ssl) {
        this.halfCloses = version.equals("TLSv1.3");
        this.ssl = ssl;
        this.bio = SSL.bioNewByteBuffer(ssl, ANSWERS);
    }

    /**
     * Takes the connection from {@code engine}, which nobody else may drive from then on.
     *
     * @param rest gets what the engine had still to send
     */
    static NativeSession takeOver(ReferenceCountedOpenSslEngine engine, ByteBuf rest) throws SSLException {
        while (true) {
            rest.ensureWritable(SLACK);
            int sent = engine.wrap(
                            Unpooled.EMPTY_BUFFER.nioBuffer(), rest.nioBuffer(rest.writerIndex(), rest.writableBytes()))
                    .bytesProduced();
            if (sent == 0) {
                break;
            }
            rest.writerIndex(rest.writerIndex() + sent);
        }
        long ssl = engine.sslPointer();
        if (ssl == 0) {
            throw new SSLException("closed");
        }
        return new NativeSession(engine.getSession().getProtocol(), ssl);
    }

    /** Whether a close_notify ends one direction only. */
    boolean halfCloses() {
        return halfCloses;
    }

    /** Bytes of a buffer for so many of payload, at most about 256 KiB. */
    static int sealedBytes(long payload) {
        int bytes = (int) Math.min(payload, 16 * RECORD);
        return bytes + (bytes / RECORD + 1) * OVERHEAD + SLACK;
    }

    /** Whether {@link #seal} takes {@code payload} as it is. */
    static boolean isDirect(ByteBuf payload) {
        return payload.isDirect() && payload.nioBufferCount() == 1;
    }

    /**
     * Seals at most a record of {@code payload}, which {@link #isDirect}.
     *
     * @param out direct; when it has no room, some of {@code payload} is left, and the next call must be with the rest
     *     and another buffer
     * @return how many bytes were taken
     */
    int seal(ByteBuf payload, ByteBuf out) throws SSLException {
        int length = Math.min(payload.readableBytes(), RECORD);
        int room = sink(out);
        try {
            int taken = SSL.writeToSSL(ssl, address(payload, payload.readerIndex(), length), length);
            if (taken > 0) {
                payload.skipBytes(taken);
                return taken;
            }
            if (SSL.getError(ssl, taken) != SSL.SSL_ERROR_WANT_WRITE) {
                throw broken();
            }
            return 0;
        } finally {
            produced(out, room);
        }
    }

    /** Writes a close_notify; nothing can be sealed after it. */
    void end(ByteBuf out) {
        int room = sink(out);
        if (SSL.shutdownSSL(ssl) < 0) {
            SSL.clearError(); // waits for the peer's
        }
        produced(out, room);
    }

    /** Whether BoringSSL has something to say of itself. */
    boolean hasAnswers() {
        return SSL.bioLengthNonApplication(bio) > 0;
    }

    /** Writes what {@link #hasAnswers} speaks of. */
    void answer(ByteBuf out) {
        produced(out, sink(out));
    }

    private int sink(ByteBuf out) {
        int room = out.writableBytes();
        SSL.bioSetByteBuffer(bio, address(out, out.writerIndex(), room), room, true);
        SSL.bioFlushByteBuffer(bio);
        return room;
    }

    private void produced(ByteBuf out, int room) {
        out.writerIndex(out.writerIndex() + room - SSL.bioLengthByteBuffer(bio));
        SSL.bioClearByteBuffer(bio);
    }

    /**
     * Opens all whole records.
     *
     * @param sealed direct as {@link #isDirect} says, of which all is taken; a record's beginning stays in here
     * @param payload gets what they held; may release the engine
     * @return whether the peer has ended its stream
     */
    boolean open(ByteBuf sealed, ByteBufAllocator alloc, Consumer<ByteBuf> payload) throws SSLException {
        int length = sealed.readableBytes();
        SSL.bioSetByteBuffer(bio, address(sealed, sealed.readerIndex(), length), length, false);
        // Much comes with the end of a record that has begun before, and so may hold more than it is long.
        ByteBuf out = alloc.directBuffer(length < RECORD / 2 ? Math.max(length, 1) : length + RECORD);
        boolean ended = false;
        try {
            while (!ended) {
                int room = out.writableBytes();
                int opened = room == 0 ? 0 : SSL.readFromSSL(ssl, address(out, out.writerIndex(), room), room);
                if (opened > 0) {
                    out.writerIndex(out.writerIndex() + opened);
                } else if (room == 0) {
                    out.capacity(out.capacity() + RECORD);
                } else {
                    int error = SSL.getError(ssl, opened);
                    if (error == SSL.SSL_ERROR_WANT_READ || error == SSL.SSL_ERROR_WANT_WRITE) {
                        break;
                    }
                    ended = error == SSL.SSL_ERROR_ZERO_RETURN;
                    if (!ended) {
                        throw broken();
                    }
                }
            }
        } finally {
            SSL.bioClearByteBuffer(bio);
            if (out.isReadable()) {
                payload.accept(out);
            } else {
                out.release();
            }
        }
        return ended;
    }

    private static SSLException broken() {
        int number = SSL.getLastErrorNumber();
        String words = SSL.getErrorString(number);
        SSL.clearError();
        return new SSLException(words);
    }

    private static long address(ByteBuf buffer, int index, int length) {
        return buffer.hasMemoryAddress()
                ? buffer.memoryAddress() + index
                : Buffer.address(buffer.nioBuffer(index, length)); // of a slice
    }
}
