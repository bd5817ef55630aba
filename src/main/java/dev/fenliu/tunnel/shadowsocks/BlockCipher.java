package dev.fenliu.tunnel.shadowsocks;

import java.security.GeneralSecurityException;
import java.security.Key;
import javax.crypto.Cipher;

/**
 * AES on a single block: separate headers of datagrams and identity headers are one block each (SIP022 3.2.1, SIP023).
 * Confined to one thread.
 */
final class BlockCipher {
    static final int BYTES = 16;

    private final Cipher cipher;

    private BlockCipher(int mode, Key key) {
        try {
            cipher = bare();
            cipher.init(mode, key);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no AES", e);
        }
    }

    /** What other protocols must not do: for one block, of which no two are alike, it is what the specification asks for. */
    @SuppressWarnings("InsecureCryptoUsage")
    private static Cipher bare() throws GeneralSecurityException {
        return Cipher.getInstance("AES/ECB/NoPadding");
    }

    static BlockCipher encrypting(Key key) {
        return new BlockCipher(Cipher.ENCRYPT_MODE, key);
    }

    static BlockCipher decrypting(Key key) {
        return new BlockCipher(Cipher.DECRYPT_MODE, key);
    }

    /** Replaces the block at {@code at}. */
    void apply(byte[] bytes, int at) {
        try {
            cipher.doFinal(bytes, at, BYTES, bytes, at);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot cipher a block", e);
        }
    }
}
