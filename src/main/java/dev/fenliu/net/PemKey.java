package dev.fenliu.net;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the private key of a certificate from PEM text (RFC 7468), and says what is wrong with one that is no use. */
final class PemKey {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----\\s([^-]*)-----END \\1-----");
    private static final String REMEDY = "openssl pkcs8 -topk8 -nocrypt -in KEY -out NEWKEY";

    private PemKey() {}

    /**
     * The key.
     *
     * @throws IOException if there is none, if it is not in the form PKCS #8 (RFC 5958) without a pass phrase, or if it
     *     is not that of {@code certificate}; the message is for users
     */
    static PrivateKey read(String pem, X509Certificate certificate) throws IOException {
        Matcher block = BLOCK.matcher(pem);
        if (!block.find()) {
            throw new IOException("the private key is no PEM text with -----BEGIN PRIVATE KEY-----");
        }
        String label = block.group(1);
        if (label.startsWith("ENCRYPTED") || block.group(2).contains("ENCRYPTED")) {
            throw new IOException("the private key has a pass phrase; take it off: " + REMEDY);
        }
        if (!label.equals("PRIVATE KEY")) {
            throw new IOException("the private key is in an old form (" + label + "); turn it into PKCS #8: " + REMEDY);
        }
        PublicKey owner = certificate.getPublicKey();
        try {
            byte[] der = Base64.getMimeDecoder().decode(block.group(2));
            PrivateKey key = KeyFactory.getInstance(owner.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(der));
            if (isPair(owner, key)) {
                return key;
            }
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(
                    "the private key is damaged, or of another kind than the certificate, which is "
                            + owner.getAlgorithm(),
                    e);
        }
        throw new IOException("the private key is not that of the certificate");
    }

    private static boolean isPair(PublicKey owner, PrivateKey key) throws GeneralSecurityException {
        String algorithm = switch (owner.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case "EdDSA" -> "EdDSA";
            default -> ""; // cannot be told so simply
        };
        if (algorithm.isEmpty()) {
            return true;
        }
        byte[] text = {1, 2, 3};
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(text);
        byte[] signed = signature.sign();
        signature.initVerify(owner);
        signature.update(text);
        return signature.verify(signed);
    }
}
