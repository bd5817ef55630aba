package dev.fenliu.net;

import java.security.GeneralSecurityException;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The authorities that the system trusts, some hundred and fifty: read once, and only when somebody meets a server whose
 * certificate one of them must have signed. Thread-safe.
 */
final class SystemTrust {
    private static @Nullable X509ExtendedTrustManager known;

    private SystemTrust() {}

    static synchronized X509ExtendedTrustManager manager() throws GeneralSecurityException {
        X509ExtendedTrustManager manager = known;
        if (manager == null) {
            manager = ClientTls.pkix(null);
            known = manager;
        }
        return manager;
    }
}
