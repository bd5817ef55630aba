package dev.fenliu.net;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Collection;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** The client end of TLS: one verified context, reused (with its session cache) for all connections. Thread-safe. */
public final class ClientTls {
    private final TlsOptions options;
    private final SslContext context;

    /**
     * Reads the files that {@code options} name.
     *
     * @throws IOException if a file cannot be read or does not hold what it should; the message names it
     */
    public ClientTls(TlsOptions options) throws IOException {
        this.options = options;
        try {
            SslContextBuilder builder = SslContextBuilder.forClient()
                    .sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .endpointIdentificationAlgorithm("HTTPS")
                    .trustManager(trust(options));
            if (!options.alpn().isEmpty()) {
                builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        options.alpn()));
            }
            if (options.certificate().isPresent()) {
                Path key = options.key().orElseThrow(() -> new IOException("a client certificate needs its key"));
                builder.keyManager(options.certificate().get().toFile(), key.toFile());
            }
            this.context = builder.build();
        } catch (GeneralSecurityException | IllegalArgumentException | SSLException e) {
            throw new IOException("TLS settings: " + e.getMessage(), e);
        }
    }

    private static TrustManager trust(TlsOptions options) throws IOException, GeneralSecurityException {
        @Nullable KeyStore store = null; // the system's
        if (options.authorities().isPresent()) {
            Path file = options.authorities().get();
            store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate certificate : certificates(file)) {
                store.setCertificateEntry("ca" + number++, certificate);
            }
            if (number == 0) {
                throw new IOException(file + " holds no certificate");
            }
        }
        X509ExtendedTrustManager verified = pkix(store);
        return options.pin().isEmpty()
                ? verified
                : new PinnedTrust(options.pin().get(), options.authorities().isPresent() ? verified : null);
    }

    private static Collection<? extends Certificate> certificates(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in);
        } catch (CertificateException e) {
            throw new IOException(file + " does not hold PEM certificates", e);
        }
    }

    static X509ExtendedTrustManager pkix(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager extended) {
                return extended;
            }
        }
        throw new GeneralSecurityException("this Java has no X.509 trust manager");
    }

    /**
     * Puts TLS on {@code channel}, on whose event loop it must be called.
     *
     * @param server whose certificate is expected
     * @param timeout for the handshake
     * @return the same channel once the certificate is verified, with {@link EndOfStream.ToCloseNotify} in it; a failed
     *     future holds a {@link Failure} and the channel is then closed
     */
    public Future<Channel> secure(Channel channel, Destination server, Duration timeout) {
        String name = options.serverName().orElse(server.host().toString());
        SslHandler tls = context.newHandler(channel.alloc(), name, server.port());
        SSLParameters parameters = tls.engine().getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        if (Host.parse(name) instanceof Host.Name host && host.value().indexOf('_') < 0) {
            parameters.setServerNames(java.util.List.of(new SNIHostName(host.value())));
        }
        tls.engine().setSSLParameters(parameters);
        tls.setHandshakeTimeoutMillis(timeout.toMillis());
        // A half-closed TLS stream may go on for long; Relay ends it, not a timer of the handler.
        tls.setCloseNotifyFlushTimeoutMillis(3_000);
        Promise<Channel> result = channel.eventLoop().newPromise();
        channel.pipeline().addLast(tls, EndOfStream.ToCloseNotify.INSTANCE); // no names: TLS may run inside TLS
        tls.handshakeFuture().addListener(handshake -> {
            if (handshake.isSuccess()) {
                result.trySuccess(channel);
            } else {
                channel.close();
                result.tryFailure(failure(server, handshake.cause()));
            }
        });
        return result;
    }

    private static Failure failure(Destination server, Throwable cause) {
        for (Throwable t = cause; t != null; t = t.getCause()) {
            if (t instanceof CertificateException || t instanceof java.security.cert.CertPathBuilderException) {
                return new Failure(
                        Failure.Kind.TUNNEL_CERTIFICATE, "certificate of " + server + ": " + t.getMessage(), cause);
            }
        }
        if (cause instanceof io.netty.handler.ssl.SslHandshakeTimeoutException) {
            return new Failure(Failure.Kind.TUNNEL_DOWN, server + " did not finish the TLS handshake in time", cause);
        }
        return new Failure(Failure.Kind.TUNNEL_DOWN, "TLS with " + server + ": " + cause.getMessage(), cause);
    }
}
