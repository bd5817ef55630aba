package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Opens one direction of a stream (SIP004). Holds at most one sealed chunk, and nothing between chunks. Confined to one
 * thread; useless after it has thrown.
 */
final class StreamOpener {
    private static final byte[] NOTHING = {};
    private static final int SEALED_LENGTH = 2 + Method.TAG_BYTES;

    private enum Part {
        SALT,
        LENGTH,
        PAYLOAD
    }

    private final MasterKey key;
    private final SaltFilter salts;
    private final byte[] length = new byte[2];
    private byte[] salt = NOTHING;
    private @Nullable AeadCipher cipher;
    private Part part = Part.SALT;
    private byte[] block = NOTHING;
    private int filled;
    private int wanted;

    StreamOpener(MasterKey key, SaltFilter salts) {
        this.key = key;
        this.salts = salts;
        this.wanted = key.method().keyBytes();
    }

    /** The most bytes that {@link #open} can write for so many of input. */
    int openedBytes(int sealed) {
        return filled + sealed;
    }

    /** Whether the input may end here: nothing has come, or whole chunks. */
    boolean atBoundary() {
        return filled == 0 && (part == Part.SALT || part == Part.LENGTH && salt.length == 0);
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
            salt = Arrays.copyOf(block, wanted);
            cipher = new AeadCipher(key, salt);
            expect(Part.LENGTH, SEALED_LENGTH);
        } else if (part == Part.LENGTH) {
            cipher.open(block, 0, SEALED_LENGTH, length, 0);
            // The filter is told of authentic salts only: a stranger must not be able to fill it.
            if (salt.length > 0 && !salts.admit(salt)) {
                throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a replay of an earlier stream");
            }
            salt = NOTHING;
            int payload = (length[0] & 0xff) << 8 | length[1] & 0xff;
            if (payload > StreamSealer.MAX_CHUNK) {
                throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a chunk of " + payload + " bytes (at most 16383)");
            }
            expect(Part.PAYLOAD, payload + Method.TAG_BYTES);
        } else {
            byte[] payload = Scratch.get().opened;
            cipher.open(block, 0, wanted, payload, 0);
            out.writeBytes(payload, 0, wanted - Method.TAG_BYTES);
            expect(Part.LENGTH, SEALED_LENGTH);
        }
    }

    private void expect(Part next, int bytes) {
        part = next;
        wanted = bytes;
    }
}
