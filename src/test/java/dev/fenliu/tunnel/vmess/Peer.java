package dev.fenliu.tunnel.vmess;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.net.PortFirstAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;
import org.assertj.core.api.Assertions;

/** The server's end, as far as tests need one: reads a request and answers it. */
final class Peer {
    static final Secret UUID = new Secret(VmessEnds.UUID);

    final long seconds;
    final byte[] vector = new byte[16];
    final byte[] key = new byte[16];
    final int mark;
    final int options;
    final int security;
    final int command;
    final Destination destination;

    Peer(byte[] request) throws Exception {
        byte[] user = Kdf.digest(
                "MD5",
                ByteBufUtil.decodeHexDump(VmessEnds.UUID.replace("-", "")),
                Kdf.ascii("c48619fe-8f02-49e0-b9e9-edf763e17e21"));
        byte[] id = Arrays.copyOf(request, 16);
        byte[] nonce = Arrays.copyOfRange(request, 34, 42);
        Cipher aes = Cipher.getInstance("AES/ECB/NoPadding");
        byte[] idKey = Arrays.copyOf(Kdf.derive(user, Kdf.ascii("AES Auth ID Encryption")), 16);
        aes.init(Cipher.DECRYPT_MODE, new SecretKeySpec(idKey, "AES"));
        ByteBuffer plain = ByteBuffer.wrap(aes.doFinal(id));
        CRC32 sum = new CRC32();
        sum.update(plain.array(), 0, 12);
        Assertions.assertThat(plain.getInt(12)).isEqualTo((int) sum.getValue());
        seconds = plain.getLong(0);
        byte[] length = open(user, "_Length", id, nonce, Arrays.copyOfRange(request, 16, 34));
        byte[] header = open(user, "", id, nonce, Arrays.copyOfRange(request, 42, request.length));
        Assertions.assertThat((length[0] & 0xff) << 8 | length[1] & 0xff).isEqualTo(header.length);
        ByteBuf in = Unpooled.wrappedBuffer(header);
        Assertions.assertThat(in.readByte()).isEqualTo((byte) 1);
        in.readBytes(vector).readBytes(key);
        mark = in.readUnsignedByte();
        options = in.readByte();
        int both = in.readUnsignedByte();
        security = both & 15;
        Assertions.assertThat(in.readByte()).isZero();
        command = in.readByte();
        destination = PortFirstAddress.read(in);
        in.skipBytes(both >> 4);
        int hash = 0x811c9dc5;
        for (int i = 0; i < in.readerIndex(); i++) {
            hash = (hash ^ header[i] & 0xff) * 0x01000193;
        }
        Assertions.assertThat(in.readInt()).isEqualTo(hash);
        Assertions.assertThat(in.isReadable()).isFalse();
    }

    private static byte[] open(byte[] user, String what, byte[] id, byte[] nonce, byte[] sealed) throws Exception {
        Cipher cipher = Kdf.gcm(
                Cipher.DECRYPT_MODE,
                user,
                "VMess Header AEAD Key" + what,
                user,
                "VMess Header AEAD Nonce" + what,
                id,
                nonce);
        cipher.updateAAD(id);
        return cipher.doFinal(sealed);
    }

    /** The answer, in which the server repeats {@code mark} and has a command for the client. */
    byte[] answer(int mark) throws Exception {
        byte[] plain = {(byte) mark, 0, 1, 2, 9, 9};
        return ByteBufUtil.getBytes(Unpooled.wrappedBuffer(
                seal("AEAD Resp Header Len Key", "AEAD Resp Header Len IV", new byte[] {0, (byte) plain.length}),
                seal("AEAD Resp Header Key", "AEAD Resp Header IV", plain)));
    }

    private byte[] seal(String keyStep, String nonceStep, byte[] plain) throws Exception {
        return Kdf.gcm(Cipher.ENCRYPT_MODE, hash(key), keyStep, hash(vector), nonceStep)
                .doFinal(plain);
    }

    static byte[] hash(byte[] bytes) {
        return Arrays.copyOf(Kdf.digest("SHA-256", bytes), 16);
    }

    /** What opens what the client sends. */
    BodyOpener opener(Security security) {
        return new BodyOpener(new ChunkCipher(security, key, vector));
    }

    /** What seals what the server sends. */
    BodySealer sealer(Security security) {
        return BodySealer.ofStream(new ChunkCipher(security, hash(key), hash(vector)));
    }
}
