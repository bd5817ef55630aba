package dev.fenliu.sniff;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a client's Initial packets, which everybody can derive who sees the first of them (RFC 9001 sections 5.2 to
 * 5.4): they keep damaged packets out, not readers.
 */
final class InitialKeys {
    private static final int KEY_BYTES = 16;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    /** The sample that the header's mask is made from starts where a packet number of this length would end. */
    private static final int LONGEST_NUMBER = 4;

    private static final int SAMPLE_BYTES = 16;

    private final SecretKeySpec key;
    private final SecretKeySpec headerKey;
    private final byte[] nonce;

    /** The keys for the destination connection id of the client's first packet. */
    InitialKeys(QuicVersion version, byte[] id) {
        try {
            byte[] secret = expand(hmac(version.salt(), id), "client in", 32);
            key = new SecretKeySpec(expand(secret, version.label() + " key", KEY_BYTES), "AES");
            headerKey = new SecretKeySpec(expand(secret, version.label() + " hp", KEY_BYTES), "AES");
            nonce = expand(secret, version.label() + " iv", NONCE_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no HMAC-SHA256", e);
        }
    }

    /** HKDF-Expand-Label without a context (RFC 8446 section 7.1); one block is enough. */
    private static byte[] expand(byte[] secret, String label, int length) throws GeneralSecurityException {
        byte[] name = ("tls13 " + label).getBytes(StandardCharsets.US_ASCII);
        byte[] info = ByteBuffer.allocate(name.length + 5)
                .putShort((short) length)
                .put((byte) name.length)
                .put(name)
                .put((byte) 0)
                .put((byte) 1) // the number of the block
                .array();
        return Arrays.copyOf(hmac(secret, info), length);
    }

    private static byte[] hmac(byte[] secret, byte[] message) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        return mac.doFinal(message);
    }

    /**
     * Opens a packet.
     *
     * @param packet all of it; its header becomes the unprotected one
     * @param at where its packet number starts
     * @return its frames; null when it was not sealed with these keys
     */
    byte @Nullable [] open(byte[] packet, int at) {
        if (packet.length < at + LONGEST_NUMBER + SAMPLE_BYTES) {
            return null;
        }
        try {
            byte[] mask = mask(packet, at + LONGEST_NUMBER);
            packet[0] ^= (byte) (mask[0] & 0x0f);
            int length = 1 + (packet[0] & 3);
            byte[] numbered = nonce.clone();
            for (int i = 0; i < length; i++) { // nothing is acknowledged yet, so the number is all there
                packet[at + i] ^= mask[1 + i];
                numbered[NONCE_BYTES - length + i] ^= packet[at + i];
            }
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, numbered));
            cipher.updateAAD(packet, 0, at + length);
            return cipher.doFinal(packet, at + length, packet.length - at - length);
        } catch (AEADBadTagException e) {
            return null;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no AES", e);
        }
    }

    @SuppressWarnings("InsecureCryptoUsage") // one block, as the RFC has it
    private byte[] mask(byte[] packet, int sample) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, headerKey);
        return cipher.doFinal(packet, sample, SAMPLE_BYTES);
    }
}
