package dev.fenliu.net;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Accepts one public key (RFC 7469 section 2.4 says how it is hashed). The name is checked too; with {@code authorities}
 * the chain as well.
 */
final class PinnedTrust extends X509ExtendedTrustManager {
    private final byte[] pin;
    private final @Nullable X509ExtendedTrustManager authorities;

    /** @throws IllegalArgumentException if {@code pin} is not the base64 of 32 bytes */
    PinnedTrust(String pin, @Nullable X509ExtendedTrustManager authorities) {
        this.pin = Base64.getDecoder().decode(pin);
        if (this.pin.length != 32) {
            throw new IllegalArgumentException("a pin is the base64 of a SHA-256 (32 bytes)");
        }
        this.authorities = authorities;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        try {
            byte[] key = chain[0].getPublicKey().getEncoded();
            byte[] seen = MessageDigest.getInstance("SHA-256").digest(key);
            if (!MessageDigest.isEqual(seen, pin)) {
                throw new CertificateException("its public key has the pin "
                        + Base64.getEncoder().encodeToString(seen) + ", not the expected one");
            }
            X509ExtendedTrustManager verifier = authorities;
            if (verifier == null) {
                KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
                store.load(null, null);
                store.setCertificateEntry("pinned", chain[0]);
                verifier = ClientTls.pkix(store);
            }
            verifier.checkServerTrusted(chain, authType, engine); // the name, and the chain where there is one
        } catch (CertificateException e) {
            throw e;
        } catch (GeneralSecurityException | IOException e) {
            throw new CertificateException(e);
        }
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
        return authorities == null ? new X509Certificate[0] : authorities.getAcceptedIssuers();
    }
}
