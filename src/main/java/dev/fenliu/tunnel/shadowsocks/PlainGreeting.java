package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** The edition of 2017 (SIP004), both ends: a salt, and nothing between it and the chunks. */
final class PlainGreeting implements Greeting {
    /** The most payload bytes in a chunk. */
    static final int MAX_CHUNK = 0x3FFF;

    private static final int LENGTH_BYTES = 2;

    private final MasterKey key;
    private final SaltFilter salts;
    private final byte[] salt;

    PlainGreeting(MasterKey key, SaltFilter salts) {
        this(key, salts, key.newSalt());
    }

    PlainGreeting(MasterKey key, SaltFilter salts, byte[] salt) {
        this.key = key;
        this.salts = salts;
        this.salt = salt;
    }

    @Override
    public int maxChunk() {
        return MAX_CHUNK;
    }

    @Override
    public int peerBytes() {
        return key.method().keyBytes() + LENGTH_BYTES + Method.TAG_BYTES;
    }

    @Override
    public First open(byte[] sealed) throws Failure {
        byte[] theirs = Arrays.copyOf(sealed, key.method().keyBytes());
        AeadCipher cipher = new AeadCipher(key, theirs);
        byte[] length = new byte[LENGTH_BYTES];
        cipher.open(sealed, theirs.length, LENGTH_BYTES + Method.TAG_BYTES, length, 0);
        // The filter is told of authentic salts only: a stranger must not be able to fill it.
        if (!salts.admit(theirs)) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a replay of an earlier stream");
        }
        return new First(cipher, (length[0] & 0xff) << 8 | length[1] & 0xff);
    }

    @Override
    public int ownBytes() {
        return salt.length;
    }

    @Override
    public AeadCipher begin(ByteBuf payload, ByteBuf out) {
        salts.admit(salt); // so that what we sealed cannot be sent back to us
        out.writeBytes(salt);
        return new AeadCipher(key, salt);
    }
}
