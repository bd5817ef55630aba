package dev.fenliu.inbound;

import dev.fenliu.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who may use a listener. Comparisons take the same time whatever is wrong. Immutable. */
public final class Users {
    /** Somebody who may; without a name who has the password that all share. */
    public record Account(Optional<String> user) {}

    private static final byte[] NOBODY = digest("");

    private final Map<String, byte[]> passwords = new HashMap<>();
    private final byte @Nullable [] shared;

    public Users(Map<String, Secret> users) {
        this(users, Optional.empty());
    }

    /** @param shared a password that goes with any name */
    public Users(Map<String, Secret> users, Optional<Secret> shared) {
        users.forEach((name, password) -> passwords.put(name, digest(password.value())));
        this.shared = shared.map(password -> digest(password.value())).orElse(null);
    }

    /** Whether anybody has to log in. */
    public boolean required() {
        return !passwords.isEmpty() || shared != null;
    }

    /** Whether {@code name} has this password. */
    public boolean admits(String name, String password) {
        byte[] expected = passwords.get(name);
        boolean equal = MessageDigest.isEqual(expected == null ? NOBODY : expected, digest(password));
        return equal && expected != null;
    }

    /**
     * Who logs in.
     *
     * @param basic the value of a header that logs in by the Basic scheme
     * @return null when it does not, or when the password is wrong
     */
    public @Nullable Account account(@Nullable String basic) {
        BasicLogin login = BasicLogin.parse(basic);
        if (login == null) {
            return null;
        }
        boolean named = admits(login.user(), login.password());
        boolean known = MessageDigest.isEqual(shared == null ? NOBODY : shared, digest(login.password()));
        if (named) {
            return new Account(Optional.of(login.user()));
        }
        return known && shared != null ? new Account(Optional.empty()) : null;
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
