package dev.fenliu.sniff;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** What a QUIC client sends first, written after RFC 9001 sections 5.2 to 5.4 on its own: it shares no code with us. */
public final class QuicClient {
    public static final int V1 = 1;
    public static final int V2 = 0x6b3343cf;

    private static final byte[] SALT_1 = HexFormat.of().parseHex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a");
    private static final byte[] SALT_2 = HexFormat.of().parseHex("0dede3def700a6db819381be6e269dcbf9bd2ed9");

    private final int version;
    private final byte[] id;
    private final byte[] secret;

    public QuicClient(int version, String id) {
        this.version = version;
        this.id = HexFormat.of().parseHex(id);
        this.secret = derive(hmac(version == V1 ? SALT_1 : SALT_2, this.id), "client in", 32);
    }

    private byte[] key(String use, int length) {
        return derive(secret, (version == V1 ? "quic " : "quicv2 ") + use, length);
    }

    private static byte[] derive(byte[] secret, String label, int length) {
        byte[] text = ("tls13 " + label).getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream info = new ByteArrayOutputStream();
        info.writeBytes(new byte[] {0, (byte) length, (byte) text.length});
        info.writeBytes(text);
        info.writeBytes(new byte[] {0, 1});
        return Arrays.copyOf(hmac(secret, info.toByteArray()), length);
    }

    private static byte[] hmac(byte[] key, byte[] message) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(message);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** A datagram with one Initial packet that is padded to what a client has to send at least. */
    public byte[] datagram(int number, byte[]... frames) {
        return packet(number, 1200, join(frames));
    }

    /** An Initial packet of {@code size} bytes at least. */
    public byte[] packet(int number, int size, byte[] frames) {
        int header = 1 + 4 + 1 + id.length + 1 + 1 + 2;
        byte[] payload = Arrays.copyOf(frames, Math.max(frames.length, size - header - 4 - 16));
        ByteBuffer packet = ByteBuffer.allocate(header + 4 + payload.length + 16);
        packet.put((byte) (version == V1 ? 0xc3 : 0xd3)).putInt(version);
        packet.put((byte) id.length).put(id).put((byte) 0).put((byte) 0);
        packet.putShort((short) (0x4000 | 4 + payload.length + 16)).putInt(number);
        byte[] bytes = packet.array();
        try {
            byte[] nonce = key("iv", 12);
            for (int i = 0; i < 4; i++) {
                nonce[8 + i] ^= bytes[header + i];
            }
            Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
            gcm.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key("key", 16), "AES"), new GCMParameterSpec(128, nonce));
            gcm.updateAAD(bytes, 0, header + 4);
            gcm.doFinal(payload, 0, payload.length, bytes, header + 4);
            Cipher block = Cipher.getInstance("AES/CBC/NoPadding"); // of one block, from zero: the cipher itself
            block.init(
                    Cipher.ENCRYPT_MODE,
                    new SecretKeySpec(key("hp", 16), "AES"),
                    new javax.crypto.spec.IvParameterSpec(new byte[16]));
            byte[] mask = block.doFinal(bytes, header + 4, 16);
            bytes[0] ^= (byte) (mask[0] & 0x0f);
            for (int i = 0; i < 4; i++) {
                bytes[header + i] ^= mask[1 + i];
            }
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
        return bytes;
    }

    /** The hello in two datagrams of one CRYPTO frame each. */
    public List<byte[]> inTwo(byte[] hello) {
        int half = hello.length / 2;
        return List.of(datagram(0, crypto(hello, 0, half)), datagram(1, crypto(hello, half, hello.length)));
    }

    /** The CRYPTO frame of the bytes {@code from} to {@code to} of a hello. */
    public static byte[] crypto(byte[] hello, int from, int to) {
        ByteBuffer frame = ByteBuffer.allocate(5 + to - from);
        frame.put((byte) 6).putShort((short) (0x4000 | from)).putShort((short) (0x4000 | to - from));
        return frame.put(hello, from, to - from).array();
    }

    /** A ClientHello whose server name stands behind an extension of {@code before} bytes; "" for none. */
    public static byte[] hello(String name, int before) {
        byte[] text = name.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer extensions = ByteBuffer.allocate(4 + before + (text.length == 0 ? 0 : 9 + text.length) + 6);
        extensions.putShort((short) 51).putShort((short) before).position(4 + before);
        if (text.length > 0) {
            extensions.putShort((short) 0).putShort((short) (5 + text.length)).putShort((short) (3 + text.length));
            extensions.put((byte) 0).putShort((short) text.length).put(text);
        }
        extensions.putShort((short) 45).putShort((short) 2).putShort((short) 0x0101);
        int body = 2 + 32 + 1 + 4 + 2 + 2 + extensions.capacity();
        ByteBuffer hello = ByteBuffer.allocate(4 + body);
        hello.putInt(1 << 24 | body).putShort((short) 0x0303).position(4 + 2 + 32);
        hello.put((byte) 0).putShort((short) 2).putShort((short) 0x1301).put(new byte[] {1, 0});
        return hello.putShort((short) extensions.capacity())
                .put(extensions.array())
                .array();
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
