package dev.fenliu.tunnel.trojan;

import dev.fenliu.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;

/** What a password becomes on the wire: the SHA-224 of its UTF-8 bytes in lower-case hexadecimal. */
final class TrojanKey {
    /** Characters of a key. */
    static final int LENGTH = 56;

    private TrojanKey() {}

    static byte[] of(Secret password) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-224").digest(password.value().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).getBytes(StandardCharsets.US_ASCII);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-2", e);
        }
    }
}
