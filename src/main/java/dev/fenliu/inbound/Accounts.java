package dev.fenliu.inbound;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whose key is whose, for the server ends of tunnels that know a client by a key alone. Not changed once it is shared. */
public final class Accounts {
    /** Somebody who may use the listener; without a name when it has a single key. */
    public record Account(Optional<String> user) {}

    /** By hashes of the keys, so that the time a look-up takes tells nothing about a key. */
    private final Map<ByteBuffer, Account> accounts = new HashMap<>();

    /** Adds an account. */
    public void add(byte[] key, Optional<String> user) {
        accounts.put(hash(key), new Account(user));
    }

    /** The account of that key, if there is one. */
    public @Nullable Account find(byte[] key) {
        return accounts.get(hash(key));
    }

    private static ByteBuffer hash(byte[] key) {
        try {
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(key));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
