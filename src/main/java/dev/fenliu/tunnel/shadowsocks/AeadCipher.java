package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Failure;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals or opens the messages of one session in order: the nonce is a little-endian counter that starts at zero with
 * each session and grows with each message (SIP004; SIP022 3.1.1). Works on heap arrays, where the JDK is fastest.
 * Confined to one thread; an instance serves one direction.
 */
final class AeadCipher {
    private final Method method;
    private final Cipher cipher;
    private final byte[] nonce = new byte[Method.NONCE_BYTES];
    private SecretKeySpec key;

    AeadCipher(MasterKey master, byte[] salt) {
        this(master.method(), master.subkey(salt));
    }

    AeadCipher(Method method, SecretKeySpec key) {
        this.method = method;
        this.cipher = method.cipher();
        this.key = key;
    }

    /** Starts another session with the same cipher object, as each datagram does. */
    void begin(SecretKeySpec session) {
        key = session;
        Arrays.fill(nonce, (byte) 0);
    }

    /** The same with a nonce that stands in {@code bytes}. */
    void begin(SecretKeySpec session, byte[] bytes, int at) {
        key = session;
        System.arraycopy(bytes, at, nonce, 0, nonce.length);
    }

    /** Seals {@code length} bytes where they stand; the tag follows them, so 16 bytes more must have room. */
    void seal(byte[] bytes, int at, int length) {
        try {
            cipher.init(Cipher.ENCRYPT_MODE, key, method.parameters(nonce));
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
            cipher.init(Cipher.DECRYPT_MODE, key, method.parameters(nonce));
            cipher.doFinal(sealed, at, length, out, to);
        } catch (AEADBadTagException e) {
            throw strange();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot open", e);
        }
        count();
    }

    /** What whoever lacks the key gets. */
    static Failure strange() {
        return new Failure(Failure.Kind.TUNNEL_PROTOCOL, "what came is not of this password and method");
    }

    private void count() {
        for (int i = 0; i < nonce.length && ++nonce[i] == 0; i++) {
            // carries into the next byte
        }
    }
}
