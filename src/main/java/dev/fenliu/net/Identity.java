package dev.fenliu.net;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A certificate chain and the private key of its first certificate: how one end of TLS shows who it is. Immutable. */
final class Identity {
    private static final Pattern KEY =
            Pattern.compile("(?s)-----BEGIN ((?:EC |RSA |ENCRYPTED )?PRIVATE KEY)-----(.*?)-----END \\1-----");

    private final X509Certificate[] chain;
    private final PrivateKey key;

    private Identity(X509Certificate[] chain, PrivateKey key) {
        this.chain = chain;
        this.key = key;
    }

    /**
     * Reads both.
     *
     * @param certificates PEM, the own one first
     * @param key PEM: PKCS #8, or what openssl calls traditional, for RSA (PKCS #1) and EC (SEC 1)
     * @throws IOException if they do not hold what they should, or do not belong together
     */
    static Identity parse(String certificates, String key) throws IOException {
        X509Certificate[] chain =
                certificates(certificates.getBytes(StandardCharsets.UTF_8)).toArray(X509Certificate[]::new);
        if (chain.length == 0) {
            throw new IOException("the certificate file holds no certificate");
        }
        PublicKey known = chain[0].getPublicKey();
        try {
            PrivateKey secret = KeyFactory.getInstance(known.getAlgorithm())
                    .generatePrivate(new PKCS8EncodedKeySpec(pkcs8(key, known)));
            if (!together(known, secret)) {
                throw new IOException("the private key belongs to another certificate");
            }
            return new Identity(chain, secret);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // never the cause: its message may show bytes of the key
            throw new IOException("the private key is no " + known.getAlgorithm() + " key as the certificate's is");
        }
    }

    /** All certificates of a PEM file. @throws IOException if something in it is none */
    static Collection<? extends Certificate> certificates(byte[] pem) throws IOException {
        try {
            return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
        } catch (CertificateException e) {
            throw new IOException("no PEM certificates", e);
        }
    }

    private static byte[] pkcs8(String pem, PublicKey known) throws IOException {
        Matcher matcher = KEY.matcher(pem);
        if (!matcher.find()) {
            throw new IOException("the key file holds no PEM private key");
        }
        if (matcher.group(1).startsWith("ENCRYPTED") || matcher.group(2).indexOf(':') >= 0) {
            throw new IOException("the private key is encrypted (\"openssl pkey\" can decrypt it)");
        }
        byte[] bytes = Base64.getMimeDecoder().decode(matcher.group(2));
        return matcher.group(1).equals("PRIVATE KEY")
                ? bytes
                : Der.sequence(Der.integer(new byte[] {0}), algorithm(known), Der.tagged(0x04, bytes));
    }

    /** The first element of a SubjectPublicKeyInfo, which PKCS #8 wants in front of a bare key. */
    private static byte[] algorithm(PublicKey key) {
        byte[] info = key.getEncoded();
        int start = (info[1] & 0x80) == 0 ? 2 : 2 + (info[1] & 0x7f);
        return Arrays.copyOfRange(info, start, start + 2 + info[start + 1]);
    }

    private static boolean together(PublicKey known, PrivateKey secret) throws GeneralSecurityException {
        String algorithm = switch (known.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> known.getAlgorithm();
        };
        byte[] message = {1, 2, 3};
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(secret);
        signature.update(message);
        byte[] signed = signature.sign();
        signature.initVerify(known);
        signature.update(message);
        return signature.verify(signed);
    }

    X509Certificate[] chain() {
        return chain.clone();
    }

    PrivateKey key() {
        return key;
    }
}
