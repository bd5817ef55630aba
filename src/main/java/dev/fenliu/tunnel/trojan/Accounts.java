package dev.fenliu.tunnel.trojan;

import dev.fenliu.config.Secret;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whose key is whose. Immutable. */
final class Accounts {
    /** Somebody who may use the listener; without a name when it has a single password. */
    record Account(Optional<String> user) {}

    /** By hashes of the keys, so that the time a look-up takes tells nothing about a key. */
    private final Map<ByteBuffer, Account> accounts = new HashMap<>();

    Accounts(Optional<Secret> password, Map<String, Secret> users) {
        password.ifPresent(secret -> add(secret, new Account(Optional.empty())));
        users.forEach((name, secret) -> add(secret, new Account(Optional.of(name))));
    }

    private void add(Secret password, Account account) {
        accounts.put(hash(TrojanKey.of(password)), account);
    }

    /** The account of that key, if there is one. */
    @Nullable
    Account find(byte[] key) {
        return accounts.get(hash(key));
    }

    private static ByteBuffer hash(byte[] key) {
        return ByteBuffer.wrap(TrojanKey.digest("SHA-256", key));
    }
}
