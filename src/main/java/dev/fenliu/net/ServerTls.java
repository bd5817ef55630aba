package dev.fenliu.net;

import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLException;

/** The server end of TLS: TLS 1.3, and 1.2 with AEAD suites. Thread-safe. */
public final class ServerTls {
    private final SslContext context;

    /**
     * @param certificate PEM chain, the server's own first
     * @param key PEM PKCS #8 private key
     * @param alpn protocols taken, in order of preference; none for any
     * @throws IOException if they do not hold what they should
     */
    public ServerTls(String certificate, String key, List<String> alpn) throws IOException {
        X509Certificate[] chain = chain(certificate);
        try {
            SslContextBuilder builder = SslContextBuilder.forServer(PemKey.read(key, chain[0]), chain)
                    .sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .ciphers(List.of(
                            "TLS_AES_128_GCM_SHA256",
                            "TLS_AES_256_GCM_SHA384",
                            "TLS_CHACHA20_POLY1305_SHA256",
                            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"));
            if (!alpn.isEmpty()) {
                builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        alpn));
            }
            this.context = builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new IOException("this Java refuses the certificate or the key: " + e.getMessage(), e);
        }
    }

    private static X509Certificate[] chain(String pem) throws IOException {
        try {
            X509Certificate[] chain = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.ISO_8859_1)))
                    .stream()
                    .map(X509Certificate.class::cast)
                    .toArray(X509Certificate[]::new);
            if (chain.length > 0) {
                return chain;
            }
        } catch (CertificateException e) {
            // said below
        }
        throw new IOException("the certificate is no PEM text with -----BEGIN CERTIFICATE-----");
    }

    /**
     * Puts TLS on {@code channel}, on whose event loop it must be called. The future fails when the handshake does,
     * and the channel is then closed.
     */
    public Future<Channel> secure(Channel channel, Duration timeout) {
        SslHandler tls = context.newHandler(channel.alloc());
        tls.setHandshakeTimeoutMillis(timeout.toMillis());
        Promise<Channel> result = channel.eventLoop().newPromise();
        channel.pipeline().addLast(tls, new EndOfStream.ToCloseNotify(tls, false)); // no names: TLS may run inside TLS
        tls.handshakeFuture().addListener(handshake -> {
            if (handshake.isSuccess()) {
                result.trySuccess(channel);
            } else {
                channel.close();
                result.tryFailure(handshake.cause());
            }
        });
        return result;
    }
}
