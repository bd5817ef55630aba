package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.config.Secret;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The keys of a client of Shadowsocks 2022: its own, and in front of it those of the servers or relays that tell it from
 * others by it (SIP023). Immutable.
 *
 * @param identities the keys in whose name identity headers are made, outermost first; mostly none
 * @param key seals everything
 */
record ClientKeys(List<MasterKey> identities, MasterKey key) {
    private static final Pattern COLON = Pattern.compile(":");

    /** Keys in Base64 with colons between them; of other editions the one password. */
    static ClientKeys of(Method method, Secret password) {
        List<MasterKey> keys = new ArrayList<>();
        if (method.is2022()) {
            COLON.splitAsStream(password.value()).forEach(key -> keys.add(MasterKey.of(method, new Secret(key))));
        } else {
            keys.add(MasterKey.of(method, password));
        }
        MasterKey own = keys.remove(keys.size() - 1);
        return new ClientKeys(List.copyOf(keys), own);
    }

    /** Bytes of all identity headers. */
    int identityBytes() {
        return identities.size() * BlockCipher.BYTES;
    }

    /** The key that the identity header of number {@code i} names. */
    MasterKey named(int i) {
        return i + 1 < identities.size() ? identities.get(i + 1) : key;
    }

    /** Writes the identity headers of a stream. */
    void identify(byte[] salt, ByteBuf out) {
        for (int i = 0; i < identities.size(); i++) {
            byte[] identity = named(i).identity();
            BlockCipher.encrypting(identities.get(i).identitySubkey(salt)).apply(identity, 0);
            out.writeBytes(identity);
        }
    }
}
