package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.config.Secret;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Properties;
import java.util.stream.Stream;

/** What {@code vectors.py} computed for one method, and the inputs that it used. */
final class Vectors {
    /** Those of the edition of 2017. */
    static final Method[] METHODS =
            Stream.of(Method.values()).filter(method -> !method.is2022()).toArray(Method[]::new);

    static final Secret PASSWORD = new Secret("correct horse battery staple \u2602");
    static final byte[] PATTERN = new byte[40_000];
    private static final Properties ALL = new Properties();

    static {
        for (int i = 0; i < PATTERN.length; i++) {
            PATTERN[i] = (byte) (i * 7);
        }
        try (InputStream in = Vectors.class.getResourceAsStream("vectors.properties")) {
            ALL.load(in);
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    private Vectors() {}

    static MasterKey key(Method method) {
        return MasterKey.of(method, PASSWORD);
    }

    static byte[] salt(Method method) {
        byte[] salt = new byte[method.keyBytes()];
        for (int i = 0; i < salt.length; i++) {
            salt[i] = (byte) (i + 1);
        }
        return salt;
    }

    static byte[] bytes(Method method, String what) {
        return HexFormat.of().parseHex(ALL.getProperty(method + "." + what));
    }

    static byte[] pattern(int length) {
        return Arrays.copyOf(PATTERN, length);
    }

    static byte[] sha256(byte[] bytes) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }
}
