package dev.fenliu.tunnel.vmess;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** The keys of VMess: HMACs around HMACs around SHA-256, one for each step of a path (RFC 2104 for each of them). */
final class Kdf {
    /** Of a key, and of what a key is derived from. */
    static final int BYTES = 16;

    /** What AES-GCM adds. */
    static final int TAG_BYTES = 16;

    private static final int BLOCK = 64;
    private static final byte[] ROOT = ascii("VMess AEAD KDF");

    private Kdf() {}

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Derives 32 bytes; no step is longer than 64. */
    static byte[] derive(byte[] key, byte[]... path) {
        byte[][] steps = new byte[path.length + 1][];
        steps[0] = ROOT;
        System.arraycopy(path, 0, steps, 1, path.length);
        return digest(steps, steps.length, key);
    }

    private static byte[] digest(byte[][] steps, int level, byte[] message) {
        if (level == 0) {
            return digest("SHA-256", message);
        }
        byte[] step = steps[level - 1];
        byte[] inner = digest(steps, level - 1, padded(step, 0x36, message));
        return digest(steps, level - 1, padded(step, 0x5c, inner));
    }

    private static byte[] padded(byte[] key, int pad, byte[] message) {
        byte[] out = new byte[BLOCK + message.length];
        for (int i = 0; i < BLOCK; i++) {
            out[i] = (byte) ((i < key.length ? key[i] : 0) ^ pad);
        }
        System.arraycopy(message, 0, out, BLOCK, message.length);
        return out;
    }

    static byte[] digest(String algorithm, byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            for (byte[] part : parts) {
                digest.update(part);
            }
            return digest.digest();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + algorithm, e);
        }
    }

    /**
     * AES-128-GCM with a key and a nonce derived for it alone.
     *
     * @param keyFrom what the key is derived from, by the path {@code keyStep} and {@code path}
     * @param nonceFrom what the nonce is derived from, likewise
     */
    static Cipher gcm(int mode, byte[] keyFrom, String keyStep, byte[] nonceFrom, String nonceStep, byte[]... path)
            throws GeneralSecurityException {
        byte[] key = Arrays.copyOf(derive(keyFrom, path(keyStep, path)), BYTES);
        byte[] nonce = Arrays.copyOf(derive(nonceFrom, path(nonceStep, path)), Security.NONCE_BYTES);
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(8 * TAG_BYTES, nonce));
        return cipher;
    }

    private static byte[][] path(String first, byte[][] rest) {
        byte[][] path = new byte[rest.length + 1][];
        path[0] = ascii(first);
        System.arraycopy(rest, 0, path, 1, rest.length);
        return path;
    }
}
