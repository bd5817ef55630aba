package dev.fenliu.net;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;

/** The server end of TLS: TLS 1.3, and 1.2 with AEAD suites. Thread-safe. */
public final class ServerTls {
    private static final List<String> CIPHERS = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    private final TlsContext context;

    /**
     * @param certificate PEM chain, the server's own first
     * @param key PEM private key of the first
     * @param alpn protocols taken, in order of preference; none for any
     * @throws IOException if they do not hold what they should
     */
    public ServerTls(String certificate, String key, List<String> alpn) throws IOException {
        this(certificate, key, alpn, TlsEngine::best);
    }

    ServerTls(String certificate, String key, List<String> alpn, Supplier<TlsEngine> engine) throws IOException {
        Identity identity = Identity.parse(certificate, key);
        try {
            SslContextBuilder builder = SslContextBuilder.forServer(identity.key(), identity.chain())
                    .protocols("TLSv1.3", "TLSv1.2")
                    .ciphers(CIPHERS);
            this.context = new TlsContext(builder, alpn, engine);
        } catch (IllegalArgumentException e) {
            throw new IOException("TLS settings: " + e.getMessage(), e);
        }
    }

    /** Says that connections will come: what takes long is made now, in the background. */
    public void prepare() {
        context.prepare();
    }

    /** The application protocol that the last handshake on {@code channel} agreed on, if there was one. */
    public static Optional<String> applicationProtocol(Channel channel) {
        return TlsContext.agreed(channel).flatMap(TlsContext.Agreed::applicationProtocol);
    }

    /**
     * Puts TLS on {@code channel}, on whose event loop it must be called. The future fails when the handshake does,
     * and the channel is then closed.
     */
    public Future<Channel> secure(Channel channel, Duration timeout) {
        try {
            return TlsContext.secure(channel, context.newEngine(channel), timeout);
        } catch (SSLException e) {
            channel.close();
            return channel.eventLoop().newFailedFuture(e);
        }
    }
}
