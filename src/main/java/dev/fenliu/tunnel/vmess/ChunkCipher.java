package dev.fenliu.tunnel.vmess;

import dev.fenliu.model.Failure;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.digests.SHAKEDigest;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a stream: seals or opens its chunks in order, and says how long their paddings are and what masks their
 * lengths. The nonce is a counter of 16 bits in front of the direction's vector, as the protocol has it: it comes again
 * after 65,536 chunks. Works on heap arrays, where the JDK is fastest. Confined to one thread.
 */
final class ChunkCipher {
    /** One more than the most bytes of padding. */
    static final int PADDINGS = 64;

    /** What the digest puts out at a time. */
    private static final int RATE = 168;

    private final Security security;
    private final @Nullable Cipher cipher;
    private final @Nullable SecretKeySpec key;
    private final byte[] nonce;
    private final SHAKEDigest lengths = new SHAKEDigest(128);
    private final byte[] stream = new byte[RATE];
    private int used = RATE;
    private int count;

    /**
     * @param key 16 bytes
     * @param vector 16 bytes
     */
    ChunkCipher(Security security, byte[] key, byte[] vector) {
        this.security = security;
        this.cipher = security.seals() ? security.cipher() : null;
        this.key = security.seals() ? security.key(key) : null;
        this.nonce = Arrays.copyOf(vector, Security.NONCE_BYTES);
        lengths.update(vector, 0, vector.length);
    }

    /** How long the next chunk's padding is; to be asked before {@link #nextMask}. */
    int nextPadding() {
        return security.seals() ? next16() % PADDINGS : 0;
    }

    /** What hides the next chunk's length, of 16 bits. */
    int nextMask() {
        return security.seals() ? next16() : 0;
    }

    private int next16() {
        if (used == RATE) {
            lengths.doOutput(stream, 0, RATE);
            used = 0;
        }
        return (stream[used++] & 0xff) << 8 | stream[used++] & 0xff;
    }

    /** Bytes that a chunk has beyond its payload, without its length and its padding. */
    int overhead() {
        return security.overhead();
    }

    /** Seals {@code length} bytes where they stand; the tag follows them. */
    void seal(byte[] bytes, int at, int length) {
        if (cipher == null) {
            return;
        }
        try {
            cipher.init(Cipher.ENCRYPT_MODE, key, security.parameters(next()));
            cipher.doFinal(bytes, at, length, bytes, at);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot seal", e);
        }
    }

    /**
     * Opens a chunk of {@code length} bytes, tag included, into another array.
     *
     * @throws Failure if it was not sealed as the next one with this key
     */
    void open(byte[] sealed, int length, byte[] out) throws Failure {
        if (cipher == null) {
            System.arraycopy(sealed, 0, out, 0, length);
            return;
        }
        try {
            cipher.init(Cipher.DECRYPT_MODE, key, security.parameters(next()));
            cipher.doFinal(sealed, 0, length, out, 0);
        } catch (AEADBadTagException e) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a chunk that was altered on the way");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot open", e);
        }
    }

    private byte[] next() {
        nonce[0] = (byte) (count >>> 8);
        nonce[1] = (byte) count;
        count++;
        return nonce;
    }
}
