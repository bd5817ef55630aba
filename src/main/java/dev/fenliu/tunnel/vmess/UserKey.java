package dev.fenliu.tunnel.vmess;

import dev.fenliu.config.Secret;
import dev.fenliu.outbound.Uuid;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/** The key of a user, by which requests are sealed. Immutable. */
final class UserKey {
    private static final byte[] SALT = Kdf.ascii("c48619fe-8f02-49e0-b9e9-edf763e17e21");

    private final byte[] key;
    private final SecretKeySpec idKey;

    UserKey(Secret uuid) {
        key = Kdf.digest("MD5", Uuid.bytes(uuid), SALT);
        idKey = new SecretKeySpec(
                Arrays.copyOf(Kdf.derive(key, Kdf.ascii("AES Auth ID Encryption")), Kdf.BYTES), "AES");
    }

    /**
     * What tells the server who asks and when, and nobody else.
     *
     * @param seconds since 1970; the server wants them within two minutes of its own, and each id once
     * @param random sets those of the same second apart
     */
    byte[] id(long seconds, int random) {
        ByteBuffer id = ByteBuffer.allocate(16).putLong(seconds).putInt(random);
        CRC32 sum = new CRC32();
        sum.update(id.array(), 0, 12);
        id.putInt((int) sum.getValue());
        try {
            Cipher aes = Cipher.getInstance("AES/ECB/NoPadding"); // of one block
            aes.init(Cipher.ENCRYPT_MODE, idKey);
            return aes.doFinal(id.array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES", e);
        }
    }

    /**
     * Seals a part of a request, bound to its id.
     *
     * @param what {@code _Length} for the length of the header, nothing for the header itself
     */
    byte[] seal(String what, byte[] plain, byte[] id, byte[] nonce) {
        try {
            Cipher cipher = Kdf.gcm(
                    Cipher.ENCRYPT_MODE,
                    key,
                    "VMess Header AEAD Key" + what,
                    key,
                    "VMess Header AEAD Nonce" + what,
                    id,
                    nonce);
            cipher.updateAAD(id);
            return cipher.doFinal(plain);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot seal", e);
        }
    }
}
