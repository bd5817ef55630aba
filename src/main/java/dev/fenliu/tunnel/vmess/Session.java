package dev.fenliu.tunnel.vmess;

import dev.fenliu.model.Destination;
import dev.fenliu.net.PortFirstAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Random;
import javax.crypto.Cipher;

/**
 * The secrets of one stream, which the client draws and tells the server in its request: {@code id sealed-length nonce
 * sealed-header}. Those of the server's direction are their hashes. Confined to one thread.
 */
final class Session {
    /** What the client wants. */
    enum Command {
        STREAM(1),
        /** A chunk for each datagram, to one destination and back. */
        DATAGRAMS(2);

        final int code;

        Command(int code) {
            this.code = code;
        }
    }

    private static final int VERSION = 1;
    private static final int CHUNKS = 1;
    private static final int MASKED_LENGTHS = 4;
    private static final int PADDINGS = 8;

    private final Security security;
    private final byte[] key = new byte[Kdf.BYTES];
    private final byte[] vector = new byte[Kdf.BYTES];
    private final int mark;
    private final Random random;

    /** @param random of a kind that nobody can guess */
    Session(Security security, Random random) {
        this.security = security;
        this.random = random;
        random.nextBytes(key);
        random.nextBytes(vector);
        this.mark = random.nextInt(256);
    }

    /** The request; {@code seconds} since 1970. */
    byte[] request(UserKey user, Command command, Destination destination, long seconds) {
        byte[] id = user.id(seconds, random.nextInt());
        byte[] nonce = new byte[8];
        random.nextBytes(nonce);
        byte[] header = header(command, destination);
        byte[] length = {(byte) (header.length >>> 8), (byte) header.length};
        return concatenated(id, user.seal("_Length", length, id, nonce), nonce, user.seal("", header, id, nonce));
    }

    private static byte[] concatenated(byte[]... parts) {
        return ByteBufUtil.getBytes(Unpooled.wrappedBuffer(parts));
    }

    private byte[] header(Command command, Destination destination) {
        byte[] padding = new byte[random.nextInt(16)];
        random.nextBytes(padding);
        ByteBuf out = Unpooled.buffer();
        out.writeByte(VERSION)
                .writeBytes(vector)
                .writeBytes(key)
                .writeByte(mark)
                .writeByte(options(command));
        out.writeByte(padding.length << 4 | security.code()).writeByte(0).writeByte(command.code);
        PortFirstAddress.write(destination, out);
        out.writeBytes(padding);
        int sum = 0x811c9dc5; // FNV-1a
        for (int i = 0; i < out.writerIndex(); i++) {
            sum = (sum ^ out.getByte(i) & 0xff) * 0x01000193;
        }
        return ByteBufUtil.getBytes(out.writeInt(sum));
    }

    /** Whether payload goes as it is, without chunks: what no cipher seals needs none, but to keep datagrams apart. */
    boolean isPlain(Command command) {
        return !security.seals() && command == Command.STREAM;
    }

    private int options(Command command) {
        return isPlain(command) ? 0 : CHUNKS | (security.seals() ? MASKED_LENGTHS | PADDINGS : 0);
    }

    /** For what the client sends. */
    ChunkCipher up() {
        return new ChunkCipher(security, key, vector);
    }

    /** For what the server sends. */
    ChunkCipher down() {
        return new ChunkCipher(security, hash(key), hash(vector));
    }

    /** The first half of a SHA-256. */
    private static byte[] hash(byte[] bytes) {
        return Arrays.copyOf(Kdf.digest("SHA-256", bytes), Kdf.BYTES);
    }

    /** Opens the sealed length of the server's answer; -1 when it is not of this session. */
    int answerLength(byte[] sealed) {
        byte[] length = open(sealed, "AEAD Resp Header Len Key", "AEAD Resp Header Len IV");
        return length.length == 2 ? (length[0] & 0xff) << 8 | length[1] & 0xff : -1;
    }

    /** Whether that is the server's answer to this session. */
    boolean isAnswer(byte[] sealed) {
        byte[] answer = open(sealed, "AEAD Resp Header Key", "AEAD Resp Header IV");
        return answer.length >= 4 && (answer[0] & 0xff) == mark;
    }

    /** Empty when it was not sealed so. */
    private byte[] open(byte[] sealed, String keyStep, String nonceStep) {
        try {
            return Kdf.gcm(Cipher.DECRYPT_MODE, hash(key), keyStep, hash(vector), nonceStep)
                    .doFinal(sealed);
        } catch (GeneralSecurityException e) {
            return new byte[0];
        }
    }
}
