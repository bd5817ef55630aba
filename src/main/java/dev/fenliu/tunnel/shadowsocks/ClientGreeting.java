package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Failure;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The client end of Shadowsocks 2022 (SIP022 3.1). A short request is padded to a random length, so that it tells neither
 * the length of the address nor that of what is said first; an answer must name the request's salt.
 */
final class ClientGreeting implements Greeting {
    static final int MAX_PADDING = 900;

    private final ClientKeys keys;
    private final Clocks clocks;
    private final ReplayWindow answers;
    private final byte[] salt;

    ClientGreeting(ClientKeys keys, Clocks clocks, ReplayWindow answers) {
        this(keys, clocks, answers, keys.key().newSalt());
    }

    /** @param salt never used before with these keys */
    ClientGreeting(ClientKeys keys, Clocks clocks, ReplayWindow answers, byte[] salt) {
        this.keys = keys;
        this.clocks = clocks;
        this.answers = answers;
        this.salt = salt;
    }

    @Override
    public int maxChunk() {
        return StreamHeader.MAX_CHUNK;
    }

    private int answerBytes() {
        return StreamHeader.REQUEST_BYTES + salt.length;
    }

    @Override
    public int peerBytes() {
        return salt.length + answerBytes() + Method.TAG_BYTES;
    }

    @Override
    public First open(byte[] sealed) throws Failure {
        byte[] theirs = Arrays.copyOf(sealed, salt.length);
        AeadCipher cipher = new AeadCipher(keys.key(), theirs);
        byte[] opened = new byte[answerBytes()];
        cipher.open(sealed, theirs.length, opened.length + Method.TAG_BYTES, opened, 0);
        ByteBuffer header = StreamHeader.read(opened, true);
        clocks.check(header.getLong(), "");
        byte[] request = new byte[salt.length];
        header.get(request);
        if (!MessageDigest.isEqual(request, salt)) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "an answer to another request");
        }
        answers.admit(theirs);
        return new First(cipher, header.getShort() & 0xFFFF);
    }

    @Override
    public int ownBytes() {
        return salt.length
                + keys.identityBytes()
                + StreamHeader.REQUEST_BYTES
                + Method.TAG_BYTES
                + 2
                + MAX_PADDING
                + Method.TAG_BYTES
                + StreamSealer.CHUNK_OVERHEAD; // of a chunk that the header pushes out
    }

    @Override
    public AeadCipher begin(ByteBuf payload, ByteBuf out) {
        int address = SocksAddress.length(payload, payload.readerIndex());
        int rest = payload.readableBytes() - address;
        int padding = rest < MAX_PADDING ? ThreadLocalRandom.current().nextInt(1, MAX_PADDING + 1) : 0;
        int taken = Math.min(rest, maxChunk() - address - 2 - padding);
        int length = address + 2 + padding + taken;
        AeadCipher cipher = new AeadCipher(keys.key(), salt);
        byte[] chunk = Scratch.get().sealed;
        StreamHeader.request(chunk, clocks.seconds(), length);
        cipher.seal(chunk, 0, StreamHeader.REQUEST_BYTES);
        int start = StreamHeader.REQUEST_BYTES + Method.TAG_BYTES;
        payload.readBytes(chunk, start, address);
        int at = start + address;
        chunk[at] = (byte) (padding >>> 8);
        chunk[at + 1] = (byte) padding;
        Arrays.fill(chunk, at + 2, at + 2 + padding, (byte) 0); // what stood there may be another stream's
        payload.readBytes(chunk, at + 2 + padding, taken);
        cipher.seal(chunk, start, length);
        out.writeBytes(salt);
        keys.identify(salt, out);
        out.writeBytes(chunk, 0, start + length + Method.TAG_BYTES);
        return cipher;
    }
}
