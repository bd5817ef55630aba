package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The key that both ends derive from the password, and from it one subkey for each salt. Immutable. */
final class MasterKey {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final byte[] INFO = "ss-subkey".getBytes(StandardCharsets.US_ASCII);

    private final Method method;
    private final byte[] key;

    private MasterKey(Method method, byte[] key) {
        this.method = method;
        this.key = key;
    }

    /** Derives the key as OpenSSL's EVP_BytesToKey does: MD5, one round, no salt. */
    static MasterKey of(Method method, Secret password) {
        byte[] text = password.value().getBytes(StandardCharsets.UTF_8);
        byte[] key = new byte[method.keyBytes()];
        try {
            MessageDigest md5 = MessageDigest.getInstance("MD5");
            byte[] block = {};
            for (int at = 0; at < key.length; at += block.length) {
                md5.update(block);
                block = md5.digest(text);
                System.arraycopy(block, 0, key, at, block.length);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no MD5", e);
        }
        return new MasterKey(method, key);
    }

    Method method() {
        return method;
    }

    /** A fresh random salt. */
    byte[] newSalt() {
        byte[] salt = new byte[method.keyBytes()];
        RANDOM.nextBytes(salt);
        return salt;
    }

    /** The session key of a salt: HKDF with SHA-1 (RFC 5869), info "ss-subkey". */
    SecretKeySpec subkey(byte[] salt) {
        try {
            Mac hmac = Mac.getInstance("HmacSHA1");
            hmac.init(new SecretKeySpec(salt, "HmacSHA1"));
            hmac.init(new SecretKeySpec(hmac.doFinal(key), "HmacSHA1"));
            byte[] subkey = new byte[method.keyBytes()];
            byte[] block = {};
            byte count = 1;
            for (int at = 0; at < subkey.length; at += block.length) {
                hmac.update(block);
                hmac.update(INFO);
                hmac.update(count++);
                block = hmac.doFinal();
                System.arraycopy(block, 0, subkey, at, Math.min(block.length, subkey.length - at));
            }
            SecretKeySpec made = new SecretKeySpec(subkey, method.algorithm());
            Arrays.fill(subkey, (byte) 0);
            return made;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no HMAC-SHA1", e);
        }
    }
}
