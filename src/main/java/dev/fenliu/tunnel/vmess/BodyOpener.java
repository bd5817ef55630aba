package dev.fenliu.tunnel.vmess;

import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;

/**
 * Opens what the server sends. Holds at most one sealed chunk, and nothing between chunks. Confined to one thread; useless
 * after it has thrown.
 */
final class BodyOpener {
    private static final byte[] NOTHING = {};

    /** Takes what a chunk holds; the array is the opener's again when this returns. */
    @FunctionalInterface
    interface Chunks {
        void take(byte[] opened, int length);
    }

    private final ChunkCipher cipher;
    private boolean inLength = true;
    private boolean ended;
    private int padding;
    private byte[] block = NOTHING;
    private int filled;
    private int wanted = 2;

    BodyOpener(ChunkCipher cipher) {
        this.cipher = cipher;
    }

    /** The most bytes of payload that can come out of {@code sealed} together with what is held. */
    int openedBytes(ByteBuf sealed) {
        return filled + sealed.readableBytes();
    }

    /** Whether the server has said that nothing more will come. */
    boolean ended() {
        return ended;
    }

    /** Whether the input may end here: between chunks. */
    boolean atBoundary() {
        return ended || inLength && filled == 0;
    }

    /**
     * Opens what can be opened.
     *
     * @param in read to its end, not released
     * @throws Failure if the input is forged or malformed; {@code out} has then had the authentic chunks before
     */
    void open(ByteBuf in, Chunks out) throws Failure {
        byte[] whole = Scratch.get().sealed;
        while (in.isReadable() && !ended) {
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
        in.skipBytes(in.readableBytes());
        if (filled == 0) {
            block = NOTHING; // a quiet stream keeps no memory
        }
    }

    private void complete(byte[] block, Chunks out) throws Failure {
        if (inLength) {
            padding = cipher.nextPadding();
            int length = cipher.nextMask() ^ ((block[0] & 0xff) << 8 | block[1] & 0xff);
            if (length < cipher.overhead() + padding) {
                throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a chunk of " + length + " bytes");
            }
            inLength = false;
            wanted = length;
            if (length == 0) {
                ended = true;
            }
            return;
        }
        byte[] opened = Scratch.get().opened;
        int sealed = wanted - padding;
        cipher.open(block, sealed, opened);
        inLength = true;
        wanted = 2;
        if (sealed == cipher.overhead()) {
            ended = true;
        } else {
            out.take(opened, sealed - cipher.overhead());
        }
    }
}
