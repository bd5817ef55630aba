package dev.fenliu.net;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * An authority of the tests; what it signed: {@code server} for vps.test and 127.0.0.1, {@code expired} with the same
 * key, {@code client}; and TLS of the JDK's own with them.
 */
public final class TestCertificates {
    private TestCertificates() {}

    public static Path path(String name) {
        URL resource = TestCertificates.class.getResource("/tls/" + name);
        try {
            return Path.of(resource.toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    public static String text(String name) {
        try {
            return Files.readString(path(name));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    public static X509Certificate certificate(String pem) throws Exception {
        try (InputStream in = new java.io.ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII))) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    public static PrivateKey key(String pem) throws Exception {
        String base64 = pem.replaceAll("-----[A-Z ]+-----|\\s", "");
        return KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
    }

    public static String pin(String pem) throws Exception {
        byte[] key = certificate(pem).getPublicKey().getEncoded();
        return Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-256").digest(key));
    }

    /** TLS of the JDK that shows a certificate, and trusts the authority of the tests. */
    public static SSLContext context(String certificatePem, String keyPem) throws Exception {
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        own.setKeyEntry("own", key(keyPem), new char[] {'x'}, new Certificate[] {certificate(certificatePem)});
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(own, new char[] {'x'});
        KeyStore authorities = KeyStore.getInstance("PKCS12");
        authorities.load(null, null);
        authorities.setCertificateEntry("ca", certificate(text("ca.pem")));
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(authorities);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    /** The usual server. */
    public static SSLContext server() throws Exception {
        return context(text("server.pem"), text("server.key"));
    }

    /** Trusts the authority of the tests and expects vps.test. */
    public static TlsOptions client() {
        return new TlsOptions(
                Optional.of("vps.test"),
                java.util.List.of(),
                Optional.of(path("ca.pem")),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }
}
