package dev.fenliu.inbound;

import dev.fenliu.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;

/** Who may use a listener. Comparisons take the same time whatever is wrong. Immutable. */
public final class Users {
    private static final byte[] NOBODY = digest("");

    private final Map<String, byte[]> passwords = new HashMap<>();

    public Users(Map<String, Secret> users) {
        users.forEach((name, password) -> passwords.put(name, digest(password.value())));
    }

    /** Whether anybody has to log in. */
    public boolean required() {
        return !passwords.isEmpty();
    }

    /** Whether {@code name} has this password. */
    public boolean admits(String name, String password) {
        byte[] expected = passwords.get(name);
        boolean equal = MessageDigest.isEqual(expected == null ? NOBODY : expected, digest(password));
        return equal && expected != null;
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
