package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.commons.codec.digest.Blake3;

/** The key that both ends have or derive from the password, and from it one subkey for each salt. Immutable. */
final class MasterKey {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final byte[] INFO = "ss-subkey".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] SESSION = "shadowsocks 2022 session subkey".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] IDENTITY = "shadowsocks 2022 identity subkey".getBytes(StandardCharsets.US_ASCII);

    private final Method method;
    private final byte[] key;

    private MasterKey(Method method, byte[] key) {
        this.method = method;
        this.key = key;
    }

    /** A key of the 2022 edition in Base64, which was checked; else the key of a password. */
    static MasterKey of(Method method, Secret password) {
        return method.is2022()
                ? new MasterKey(method, Base64.getDecoder().decode(password.value()))
                : derived(method, password);
    }

    /** Derives the key as OpenSSL's EVP_BytesToKey does: MD5, one round, no salt. */
    private static MasterKey derived(Method method, Secret password) {
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
        return random(method.keyBytes());
    }

    static byte[] random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    /** The session key of a salt, or of the id of a session of datagrams. */
    SecretKeySpec subkey(byte[] salt) {
        return method.is2022() ? blake3(SESSION, salt) : hkdf(salt);
    }

    /** The key of the identity header in front of what another key sealed (SIP023). */
    SecretKeySpec identitySubkey(byte[] salt) {
        return blake3(IDENTITY, salt);
    }

    /** The key itself, for single blocks. */
    SecretKeySpec block() {
        return new SecretKeySpec(key, method.algorithm());
    }

    /** What identity headers call this key: the first 16 bytes of its BLAKE3 hash. */
    byte[] identity() {
        return Arrays.copyOf(Blake3.hash(key), BlockCipher.BYTES);
    }

    /** BLAKE3 in its mode for deriving keys, from key and salt (SIP022 2.2). */
    private SecretKeySpec blake3(byte[] context, byte[] salt) {
        byte[] subkey = Blake3.initKeyDerivationFunction(context)
                .update(key)
                .update(salt)
                .doFinalize(method.keyBytes());
        return new SecretKeySpec(subkey, method.algorithm());
    }

    /** HKDF with SHA-1 (RFC 5869), info "ss-subkey". */
    private SecretKeySpec hkdf(byte[] salt) {
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
