package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Failure;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals or opens the messages of one session in order: the nonce is a little-endian counter that starts at zero with
 * each {@link #begin} and grows with each message (SIP004). Works on heap arrays, where the JDK is fastest. Confined to
 * one thread; an instance serves one direction.
 */
final class AeadCipher {
    private final MasterKey master;
    private final Cipher cipher;
    private final byte[] nonce = new byte[Method.NONCE_BYTES];
    private SecretKeySpec key;

    AeadCipher(MasterKey master, byte[] salt) {
        this.master = master;
        this.cipher = master.method().cipher();
        this.key = master.subkey(salt);
    }

    /** Starts another session with the same cipher object, as each datagram does. */
    void begin(byte[] salt) {
        key = master.subkey(salt);
        Arrays.fill(nonce, (byte) 0);
    }

    /** Seals {@code length} bytes where they stand; the tag follows them, so 16 bytes more must have room. */
    void seal(byte[] bytes, int at, int length) {
        try {
            cipher.init(Cipher.ENCRYPT_MODE, key, master.method().parameters(nonce));
            cipher.doFinal(bytes, at, length, bytes, at);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot seal", e);
        }
        count();
    }

    /**
     * Opens a message of {@code length} bytes, tag included, into another array.
     *
     * @throws Failure if it was not sealed with this key as the next message
     */
    void open(byte[] sealed, int at, int length, byte[] out, int to) throws Failure {
        try {
            cipher.init(Cipher.DECRYPT_MODE, key, master.method().parameters(nonce));
            cipher.doFinal(sealed, at, length, out, to);
        } catch (AEADBadTagException e) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "what came is not of this password and method");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot open", e);
        }
        count();
    }

    private void count() {
        for (int i = 0; i < nonce.length && ++nonce[i] == 0; i++) {
            // carries into the next byte
        }
    }
}
