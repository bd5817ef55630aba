package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.config.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who may use a listener: whoever shows its password, or {@code name:password} of a user. Immutable. */
final class Accounts {
    /** Somebody who may use the listener; without a name when it has a single password. */
    record Account(Optional<String> user) {}

    /** By hashes, so that the time a look-up takes tells nothing about a password. */
    private final Map<ByteBuffer, Account> accounts = new HashMap<>();

    Accounts(Optional<Secret> password, Map<String, Secret> users) {
        password.ifPresent(secret -> accounts.put(hash(secret.value()), new Account(Optional.empty())));
        users.forEach(
                (name, secret) -> accounts.put(hash(name + ":" + secret.value()), new Account(Optional.of(name))));
    }

    /** The account that this opens, if there is one. */
    @Nullable
    Account find(String shown) {
        return accounts.get(hash(shown));
    }

    private static ByteBuffer hash(String text) {
        try {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-2", e);
        }
    }
}
