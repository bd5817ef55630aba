package dev.fenliu.net;

import dev.fenliu.model.Host;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;

/**
 * A fresh EC P-256 key with a certificate that it signed itself (X.509 version 3, RFC 5280), for a server whose clients
 * know its {@link #pin}. Immutable.
 */
public final class SelfSigned {
    /** From a day before it is made, for clocks that are behind, until this long after. */
    static final Duration VALIDITY = Duration.ofDays(3650);

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final byte[] ECDSA_WITH_SHA256 = Der.sequence(Der.oid(1, 2, 840, 10045, 4, 3, 2));
    private static final int MAX_COMMON_NAME = 64;

    private final byte[] certificate;
    private final KeyPair keys;

    private SelfSigned(byte[] certificate, KeyPair keys) {
        this.certificate = certificate;
        this.keys = keys;
    }

    /**
     * Makes one.
     *
     * @param hosts the names and addresses that it is for, at least one; the first is the subject too
     */
    public static SelfSigned generate(List<Host> hosts, Instant now) {
        if (hosts.isEmpty()) {
            throw new IllegalArgumentException("a certificate needs a name or an address");
        }
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
            KeyPair keys = generator.generateKeyPair();
            byte[] body = body(hosts, now, keys);
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(keys.getPrivate(), RANDOM);
            signature.update(body);
            return new SelfSigned(Der.sequence(body, ECDSA_WITH_SHA256, Der.bits(signature.sign())), keys);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has EC P-256", e);
        }
    }

    private static byte[] body(List<Host> hosts, Instant now, KeyPair keys) {
        byte[] serial = new byte[16];
        RANDOM.nextBytes(serial);
        serial[0] = (byte) (serial[0] & 0x3f | 0x40); // positive, and no leading zero byte
        String common = hosts.get(0).toString();
        byte[] name = Der.sequence(Der.set(Der.sequence(
                Der.oid(2, 5, 4, 3), Der.utf8(common.substring(0, Math.min(common.length(), MAX_COMMON_NAME))))));
        return Der.sequence(
                Der.explicit(0, Der.integer(new byte[] {2})), // version 3
                Der.integer(serial),
                ECDSA_WITH_SHA256,
                name,
                Der.sequence(time(now.minus(Duration.ofDays(1))), time(now.plus(VALIDITY))),
                name,
                keys.getPublic().getEncoded(),
                Der.explicit(
                        3,
                        Der.sequence(
                                extension(19, true, Der.sequence()), // basic constraints: no authority
                                extension(15, true, Der.tagged(0x03, new byte[] {7, (byte) 0x80})), // digital signature
                                extension(37, false, Der.sequence(Der.oid(1, 3, 6, 1, 5, 5, 7, 3, 1))), // TLS server
                                extension(17, false, alternativeNames(hosts)))));
    }

    private static byte[] extension(int number, boolean critical, byte[] value) {
        byte[] oid = Der.oid(2, 5, 29, number);
        byte[] octets = Der.tagged(0x04, value);
        return critical
                ? Der.sequence(oid, Der.tagged(0x01, new byte[] {(byte) 0xff}), octets)
                : Der.sequence(oid, octets);
    }

    private static byte[] alternativeNames(List<Host> hosts) {
        return Der.sequence(hosts.stream()
                .map(host -> host instanceof Host.Address address
                        ? Der.tagged(0x87, address.value().getAddress())
                        : Der.tagged(0x82, host.toString().getBytes(StandardCharsets.US_ASCII)))
                .toArray(byte[][]::new));
    }

    /** RFC 5280 section 4.1.2.5: two digits for the year until 2049, four after. */
    private static byte[] time(Instant when) {
        boolean generalized = when.atOffset(ZoneOffset.UTC).getYear() >= 2050;
        String text = DateTimeFormatter.ofPattern(generalized ? "yyyyMMddHHmmss'Z'" : "yyMMddHHmmss'Z'")
                .withZone(ZoneOffset.UTC)
                .format(when);
        return Der.tagged(generalized ? 0x18 : 0x17, text.getBytes(StandardCharsets.US_ASCII));
    }

    /** The certificate in PEM. */
    public String certificate() {
        return pem("CERTIFICATE", certificate);
    }

    /** The private key in PEM (PKCS #8). A secret. */
    public String privateKey() {
        return pem("PRIVATE KEY", keys.getPrivate().getEncoded());
    }

    /** What {@link TlsOptions#pin} takes. */
    public String pin() {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(keys.getPublic().getEncoded());
            return Base64.getEncoder().encodeToString(hash);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "certificate with the pin " + pin(); // never the key
    }

    private static String pem(String label, byte[] bytes) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
                + "\n-----END " + label + "-----\n";
    }
}
