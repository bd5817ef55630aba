package dev.fenliu.tunnel.vmess;

import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** What protects the payload of a stream. */
public enum Security {
    AES_128_GCM(3, "AES", "AES/GCM/NoPadding"),
    CHACHA20_POLY1305(4, "ChaCha20", "ChaCha20-Poly1305"),
    /** Nothing: for use inside TLS. */
    NONE(5, "", "");

    /** Bytes of a nonce. */
    static final int NONCE_BYTES = 12;

    private final int code;
    private final String algorithm;
    private final String transformation;

    Security(int code, String algorithm, String transformation) {
        this.code = code;
        this.algorithm = algorithm;
        this.transformation = transformation;
    }

    /** What a request calls it. */
    int code() {
        return code;
    }

    boolean seals() {
        return this != NONE;
    }

    /** Bytes that a chunk has beyond its payload, without its length and its padding. */
    int overhead() {
        return seals() ? Kdf.TAG_BYTES : 0;
    }

    Cipher cipher() {
        try {
            return Cipher.getInstance(transformation);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + transformation, e);
        }
    }

    /** The key of a direction, from its 16 bytes. */
    SecretKeySpec key(byte[] bytes) {
        if (this == AES_128_GCM) {
            return new SecretKeySpec(bytes, algorithm);
        }
        byte[] half = Kdf.digest("MD5", bytes);
        byte[] whole = Arrays.copyOf(half, 32);
        System.arraycopy(Kdf.digest("MD5", half), 0, whole, half.length, half.length);
        return new SecretKeySpec(whole, algorithm);
    }

    /** The parameters for one chunk; the cipher copies {@code nonce}. */
    AlgorithmParameterSpec parameters(byte[] nonce) {
        return this == AES_128_GCM ? new GCMParameterSpec(8 * Kdf.TAG_BYTES, nonce) : new IvParameterSpec(nonce);
    }
}
