package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.config.Key;
import dev.fenliu.config.Type;
import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import org.jspecify.annotations.Nullable;

/** The AEAD ciphers of SIP004 and SIP022; all have a nonce of 12 bytes and a tag of 16. */
enum Method {
    AES_128_GCM("aes-128-gcm", 16, "AES", "AES/GCM/NoPadding"),
    AES_256_GCM("aes-256-gcm", 32, "AES", "AES/GCM/NoPadding"),
    CHACHA20_POLY1305("chacha20-ietf-poly1305", 32, "ChaCha20", "ChaCha20-Poly1305"),
    BLAKE3_AES_128_GCM("2022-blake3-aes-128-gcm", 16, "AES", "AES/GCM/NoPadding"),
    BLAKE3_AES_256_GCM("2022-blake3-aes-256-gcm", 32, "AES", "AES/GCM/NoPadding");

    /** Bytes that authenticate a sealed message. */
    static final int TAG_BYTES = 16;

    /** Bytes of a nonce. */
    static final int NONCE_BYTES = 12;

    /** The key {@code method} of both ends. */
    static final Key<Method> KEY = Key.required("method", configType(), "The cipher; both ends must have the same.");

    private static final String EDITION_2022 = "2022-";

    private static final Set<String> UNAUTHENTICATED = Set.of(
            "none",
            "plain",
            "table",
            "rc4",
            "rc4-md5",
            "rc4-md5-6",
            "salsa20",
            "chacha20",
            "chacha20-ietf",
            "xchacha20");

    private final String label;
    private final int keyBytes;
    private final String algorithm;
    private final String transformation;

    Method(String label, int keyBytes, String algorithm, String transformation) {
        this.label = label;
        this.keyBytes = keyBytes;
        this.algorithm = algorithm;
        this.transformation = transformation;
    }

    /** Whether it is of Shadowsocks 2022 (SIP022): with a key in Base64 for a password, and other headers. */
    boolean is2022() {
        return label.startsWith(EDITION_2022);
    }

    /** Bytes of a key, and of a salt. */
    int keyBytes() {
        return keyBytes;
    }

    /** What the JDK calls a key of this method. */
    String algorithm() {
        return algorithm;
    }

    Cipher cipher() {
        try {
            return Cipher.getInstance(transformation);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + transformation, e);
        }
    }

    /** The parameters for one message; the cipher copies {@code nonce}. */
    AlgorithmParameterSpec parameters(byte[] nonce) {
        return this == CHACHA20_POLY1305 ? new IvParameterSpec(nonce) : new GCMParameterSpec(8 * TAG_BYTES, nonce);
    }

    @Override
    public String toString() {
        return label;
    }

    private static Type<Method> configType() {
        Map<String, Method> byName = new LinkedHashMap<>();
        for (Method method : values()) {
            byName.put(method.label, method);
        }
        Type<Method> choice = Type.choice(byName);
        return Type.of(choice.words(), choice.schema(), (node, what, problems) -> {
            String refusal = refusal(node.text());
            if (refusal == null) {
                return choice.read(node, what, problems);
            }
            problems.error(node, what + ": " + refusal, "supported: " + String.join(", ", byName.keySet()));
            return null;
        });
    }

    /** Why a method that exists elsewhere is not served here; null for a known one and for one that is just misspelt. */
    private static @Nullable String refusal(String text) {
        if (text.matches("2022-blake3-chacha(20|12|8)-poly1305")) {
            return "\"" + text + "\" is an optional method of Shadowsocks 2022, for machines without AES in hardware";
        }
        if (UNAUTHENTICATED.contains(text) || text.matches(".+-(cfb|cfb8|ctr|ofb)")) {
            return "\"" + text + "\" does not authenticate what it carries: anybody on the way could alter it and have "
                    + "the server decrypt it for them";
        }
        return null;
    }
}
