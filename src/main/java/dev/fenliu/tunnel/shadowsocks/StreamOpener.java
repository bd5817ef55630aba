package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Opens one direction of a stream (SIP004; SIP022 3.1). Holds at most one sealed chunk, and nothing between chunks.
 * Confined to one thread; useless after it has thrown.
 */
final class StreamOpener {
    private static final byte[] NOTHING = {};
    private static final int SEALED_LENGTH = 2 + Method.TAG_BYTES;

    private enum Part {
        GREETING,
        FIRST,
        LENGTH,
        PAYLOAD
    }

    private final Greeting greeting;
    private final byte[] length = new byte[2];
    private @Nullable AeadCipher cipher;
    private Part part = Part.GREETING;
    private byte[] block = NOTHING;
    private int filled;
    private int wanted;

    StreamOpener(Greeting greeting) {
        this.greeting = greeting;
        this.wanted = greeting.peerBytes();
    }

    /** The most bytes that {@link #open} can write for so many of input. */
    int openedBytes(int sealed) {
        return filled + sealed;
    }

    /** Whether the input may end here: nothing has come, or whole chunks. */
    boolean atBoundary() {
        return filled == 0 && (part == Part.GREETING || part == Part.LENGTH);
    }

    /**
     * Opens what can be opened.
     *
     * @param in read to its end, not released
     * @param out grows unless it has room for {@link #openedBytes}; gets the payload
     * @throws Failure if the input is forged, replayed or malformed; {@code out} then holds the authentic bytes before
     */
    void open(ByteBuf in, ByteBuf out) throws Failure {
        byte[] whole = Scratch.get().sealed;
        while (in.isReadable()) {
            if (filled == 0 && in.readableBytes() >= wanted) {
                in.readBytes(whole, 0, wanted);
                complete(whole, out);
                continue;
            }
            if (block.length < wanted) {
                block = new byte[wanted]; // nothing is in the old one: what is wanted changes between blocks only
            }
            int bytes = Math.min(wanted - filled, in.readableBytes());
            in.readBytes(block, filled, bytes);
            filled += bytes;
            if (filled == wanted) {
                filled = 0;
                complete(block, out);
            }
        }
        if (filled == 0) {
            block = NOTHING; // a quiet stream keeps no memory
        }
    }

    private void complete(byte[] block, ByteBuf out) throws Failure {
        if (cipher == null) {
            Greeting.First first = greeting.open(block);
            cipher = first.cipher();
            expectChunk(Part.FIRST, first.length());
        } else if (part == Part.LENGTH) {
            cipher.open(block, 0, SEALED_LENGTH, length, 0);
            expectChunk(Part.PAYLOAD, (length[0] & 0xff) << 8 | length[1] & 0xff);
        } else {
            byte[] payload = Scratch.get().opened;
            cipher.open(block, 0, wanted, payload, 0);
            if (part == Part.FIRST) {
                greeting.first(payload, wanted - Method.TAG_BYTES, out);
            } else {
                out.writeBytes(payload, 0, wanted - Method.TAG_BYTES);
            }
            part = Part.LENGTH;
            wanted = SEALED_LENGTH;
        }
    }

    private void expectChunk(Part next, int payload) throws Failure {
        if (payload > greeting.maxChunk()) {
            throw new Failure(
                    Failure.Kind.TUNNEL_PROTOCOL,
                    "a chunk of " + payload + " bytes (at most " + greeting.maxChunk() + ")");
        }
        part = next;
        wanted = payload + Method.TAG_BYTES;
    }
}
