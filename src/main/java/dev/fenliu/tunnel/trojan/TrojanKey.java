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
        byte[] hash = digest("SHA-224", password.value().getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(hash).getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] digest(String algorithm, byte[] bytes) {
        try {
            return MessageDigest.getInstance(algorithm).digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-2", e);
        }
    }
}
