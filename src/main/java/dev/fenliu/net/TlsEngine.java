package dev.fenliu.net;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What computes TLS. */
enum TlsEngine {
    /** BoringSSL, which takes half the time of the JDK's engine for bulk and a third for a handshake. */
    NATIVE(SslProvider.OPENSSL),
    JDK(SslProvider.JDK);

    private final SslProvider provider;

    TlsEngine(SslProvider provider) {
        this.provider = provider;
    }

    SslProvider provider() {
        return provider;
    }

    /** The faster one of those that work here; loads the native library. */
    static TlsEngine best() {
        return Best.ENGINE;
    }

    private static final class Best {
        static final TlsEngine ENGINE = find();

        private static TlsEngine find() {
            // Another OpenSSL that happens to be installed is not what this was tested with.
            if (OpenSsl.isAvailable() && "BoringSSL".equals(OpenSsl.versionString())) {
                return NATIVE;
            }
            Throwable why = OpenSsl.unavailabilityCause();
            Logger log = LoggerFactory.getLogger(TlsEngine.class);
            log.info(
                    "TLS is computed by Java, which takes more time: the native library does not serve here ({})",
                    why == null ? "not BoringSSL" : String.valueOf(why.getMessage()));
            return JDK;
        }
    }
}
