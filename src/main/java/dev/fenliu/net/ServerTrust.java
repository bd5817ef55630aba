package dev.fenliu.net;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whom a client trusts: one public key (RFC 7469 section 2.4 says how it is hashed), or authorities, or both. The name is
 * always checked, whatever TLS engine asks: one that has lost our wish for it gets a refusal. Thread-safe.
 */
final class ServerTrust extends X509ExtendedTrustManager {
    /** Trusts whatever it is shown; for a server whose user has confirmed that. */
    static final ServerTrust ANYBODY = new ServerTrust();

    private final boolean anybody;
    private final byte @Nullable [] pin;
    private final @Nullable Authorities authorities;
    /** To be made once for a server, not for each connection. */
    private volatile @Nullable Known known;

    /** The manager that knows the authorities. Asked when it is needed, for it may take long. */
    interface Authorities {
        X509ExtendedTrustManager manager() throws GeneralSecurityException;
    }

    /** A certificate and the manager that trusts it alone. */
    private record Known(X509Certificate certificate, X509ExtendedTrustManager trust) {}

    private ServerTrust() {
        this.anybody = true;
        this.pin = null;
        this.authorities = null;
    }

    /**
     * One of both at least.
     *
     * @throws IllegalArgumentException if {@code pin} is not the base64 of 32 bytes
     */
    ServerTrust(Optional<String> pin, @Nullable Authorities authorities) {
        this.anybody = false;
        this.pin = pin.map(text -> Base64.getDecoder().decode(text)).orElse(null);
        if (this.pin != null && this.pin.length != 32) {
            throw new IllegalArgumentException("a pin is the base64 of a SHA-256 (32 bytes)");
        }
        this.authorities = authorities;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        if (anybody) {
            return;
        }
        if (!"HTTPS".equals(engine.getSSLParameters().getEndpointIdentificationAlgorithm())) {
            throw new CertificateException("nothing checks the name of the server");
        }
        try {
            if (pin != null) {
                checkPin(pin, chain[0]);
            }
            X509ExtendedTrustManager verifier = authorities == null ? alone(chain[0]) : authorities.manager();
            verifier.checkServerTrusted(chain, authType, engine); // the name, and the chain where there is one
            if (authorities != null) {
                chain[0].checkValidity(); // the JDK does not ask a certificate that is an authority itself
            }
        } catch (CertificateException e) {
            throw e;
        } catch (GeneralSecurityException | IOException e) {
            throw new CertificateException(e);
        }
    }

    private static void checkPin(byte[] pin, X509Certificate certificate) throws GeneralSecurityException {
        byte[] seen = MessageDigest.getInstance("SHA-256")
                .digest(certificate.getPublicKey().getEncoded());
        if (!MessageDigest.isEqual(seen, pin)) {
            throw new CertificateException("its public key has the pin "
                    + Base64.getEncoder().encodeToString(seen) + ", not the expected one");
        }
    }

    private X509ExtendedTrustManager alone(X509Certificate certificate) throws GeneralSecurityException, IOException {
        Known last = known;
        if (last == null || !last.certificate().equals(certificate)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry("pinned", certificate);
            last = new Known(certificate, ClientTls.pkix(store));
            known = last;
        }
        return last.trust();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("not used with sockets");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("needs the name of the server");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("no clients");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("no clients");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("no clients");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0]; // what a server tells its clients
    }

    /** Does now what takes long. */
    void prepare() {
        try {
            if (authorities != null) {
                authorities.manager();
            }
        } catch (GeneralSecurityException e) {
            // the first connection will say it
        }
    }
}
