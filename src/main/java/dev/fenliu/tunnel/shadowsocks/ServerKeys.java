package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Failure;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The key of a server of Shadowsocks 2022, and those of its users if it has any (SIP023). Immutable. */
final class ServerKeys {
    /** Whose key it is; without a name when the server has none but its own. */
    record Account(Optional<String> user, MasterKey key) {}

    private final MasterKey server;
    private final Map<ByteBuffer, Account> byIdentity = new HashMap<>();

    ServerKeys(Method method, Secret server, Map<String, Secret> users) {
        this.server = MasterKey.of(method, server);
        users.forEach((name, secret) -> {
            MasterKey key = MasterKey.of(method, secret);
            byIdentity.put(ByteBuffer.wrap(key.identity()), new Account(Optional.of(name), key));
        });
    }

    /** The server's own key, which opens the headers of datagrams whoever sent them. */
    MasterKey server() {
        return server;
    }

    /** Bytes of the identity header that clients send. */
    int identityBytes() {
        return byIdentity.isEmpty() ? 0 : BlockCipher.BYTES;
    }

    /**
     * Who sends a stream.
     *
     * @param sealed holds the identity header, if there has to be one, at {@code at}
     * @throws Failure if nobody is known by it
     */
    Account ofStream(byte[] salt, byte[] sealed, int at) throws Failure {
        if (byIdentity.isEmpty()) {
            return new Account(Optional.empty(), server);
        }
        byte[] identity = Arrays.copyOfRange(sealed, at, at + BlockCipher.BYTES);
        BlockCipher.decrypting(server.identitySubkey(salt)).apply(identity, 0);
        return account(identity);
    }

    /**
     * Who sends a datagram.
     *
     * @param opened the separate header
     * @param sealed holds the identity header, if there has to be one, at {@code at}
     * @param block decrypts by the server's key
     * @throws Failure if nobody is known by it
     */
    Account ofDatagram(byte[] opened, byte[] sealed, int at, BlockCipher block) throws Failure {
        if (byIdentity.isEmpty()) {
            return new Account(Optional.empty(), server);
        }
        byte[] identity = Arrays.copyOfRange(sealed, at, at + BlockCipher.BYTES);
        block.apply(identity, 0);
        for (int i = 0; i < identity.length; i++) {
            identity[i] ^= opened[i];
        }
        return account(identity);
    }

    private Account account(byte[] identity) throws Failure {
        Account account = byIdentity.get(ByteBuffer.wrap(identity));
        if (account == null) {
            throw AeadCipher.strange();
        }
        return account;
    }
}
