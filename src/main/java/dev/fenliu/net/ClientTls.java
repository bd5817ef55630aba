package dev.fenliu.net;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathBuilderException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** The client end of TLS: one verified context, reused (with its session cache) for all connections. Thread-safe. */
public final class ClientTls {
    private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);

    private final TlsOptions options;
    private final TlsContext context;
    /** When a server last sent its first bytes to anybody, by {@link System#nanoTime}. */
    private volatile long answered = System.nanoTime() - HANDSHAKE_TIMEOUT.toNanos();

    /**
     * Reads the files that {@code options} name.
     *
     * @throws IOException if a file cannot be read or does not hold what it should; the message names it
     */
    public ClientTls(TlsOptions options) throws IOException {
        this(options, TlsEngine::best);
    }

    /** With the system's authorities and nothing special. */
    public static ClientTls plain() {
        try {
            return new ClientTls(TlsOptions.DEFAULT);
        } catch (IOException e) {
            throw new IllegalStateException("these options name no file", e);
        }
    }

    ClientTls(TlsOptions options, Supplier<TlsEngine> engine) throws IOException {
        this.options = options;
        try {
            ServerTrust trust = trust(options);
            SslContextBuilder builder = SslContextBuilder.forClient()
                    .protocols("TLSv1.3", "TLSv1.2")
                    .endpointIdentificationAlgorithm("HTTPS")
                    .trustManager(trust);
            if (options.certificate().isPresent()) {
                Identity identity = identity(options.certificate().get(), options.key());
                builder.keyManager(identity.key(), identity.chain());
            }
            this.context = new TlsContext(builder, options.alpn(), () -> {
                trust.prepare(); // where the context is made, and not on an event loop in the midst of a handshake
                return engine.get();
            });
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException("TLS settings: " + e.getMessage(), e);
        }
    }

    private static ServerTrust trust(TlsOptions options) throws IOException, GeneralSecurityException {
        if (options.insecure()) {
            return ServerTrust.ANYBODY;
        }
        if (options.authorities().isEmpty()) {
            return new ServerTrust(options.pin(), options.pin().isPresent() ? null : SystemTrust::manager);
        }
        Path file = options.authorities().get();
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int number = 0;
        for (Certificate certificate : certificates(file)) {
            store.setCertificateEntry("ca" + number++, certificate);
        }
        if (number == 0) {
            throw new IOException(file + " holds no certificate");
        }
        X509ExtendedTrustManager manager = pkix(store);
        return new ServerTrust(options.pin(), () -> manager);
    }

    private static Collection<? extends Certificate> certificates(Path file) throws IOException {
        byte[] pem = Files.readAllBytes(file);
        try {
            return Identity.certificates(pem);
        } catch (IOException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private static Identity identity(Path certificate, Optional<Path> key) throws IOException {
        Path secret = key.orElseThrow(() -> new IOException("a client certificate needs its key"));
        String chain = Files.readString(certificate, StandardCharsets.ISO_8859_1);
        String pem = Files.readString(secret, StandardCharsets.ISO_8859_1);
        try {
            return Identity.parse(chain, pem);
        } catch (IOException e) {
            throw new IOException(certificate + " with " + secret + ": " + e.getMessage(), e);
        }
    }

    /** The manager that trusts what is in {@code store}, or else the authorities of the system. */
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

    /** Says that connections will come: what takes long is made now, in the background. */
    public void prepare() {
        context.prepare();
    }

    /**
     * Puts TLS on {@code channel}, on whose event loop it must be called.
     *
     * @param server whose certificate is expected
     * @param timeout until the server's first bytes; a server that answers us, or others meanwhile, is given ten seconds
     *     in all, for both ends may be slow when many handshakes come at once
     * @return the same channel once the certificate is verified, with {@link EndOfStream.ToCloseNotify} in it; a failed
     *     future holds a {@link Failure} and the channel is then closed
     */
    public Future<Channel> secure(Channel channel, Destination server, Duration timeout) {
        String name = options.serverName().orElse(server.host().toString());
        SSLEngine engine;
        try {
            engine = context.newEngine(channel, name, server.port());
        } catch (SSLException e) {
            channel.close();
            return channel.eventLoop().newFailedFuture(down(server, String.valueOf(e.getMessage()), e));
        }
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        if (Host.parse(name) instanceof Host.Name host && host.value().indexOf('_') < 0) {
            parameters.setServerNames(List.of(new SNIHostName(host.value())));
        }
        engine.setSSLParameters(parameters);
        FirstAnswer answer = new FirstAnswer();
        channel.pipeline().addLast(answer); // no names: TLS may run inside TLS
        Promise<Channel> result = channel.eventLoop().newPromise();
        answer.expect(channel, timeout, () -> result.tryFailure(down(server, "no answer in time", null)));
        TlsContext.secure(channel, engine, HANDSHAKE_TIMEOUT).addListener((Future<Channel> done) -> {
            if (done.isSuccess()) {
                result.trySuccess(channel);
            } else {
                result.tryFailure(failure(server, done.cause()));
            }
        });
        return result;
    }

    /** The application protocol that the last handshake on {@code channel} agreed on, if there was one. */
    public static Optional<String> applicationProtocol(Channel channel) {
        return TlsContext.agreed(channel).flatMap(TlsContext.Agreed::applicationProtocol);
    }

    private static Failure failure(Destination server, Throwable cause) {
        for (Throwable t = cause; t != null; t = t.getCause()) {
            if (t instanceof CertificateException) {
                return new Failure(
                        Failure.Kind.TUNNEL_CERTIFICATE, "certificate of " + server + ": " + reason(t), cause);
            }
        }
        String why;
        if (cause instanceof SslHandshakeTimeoutException) {
            why = "no answer in time";
        } else if (cause instanceof ClosedChannelException) {
            why = "the server closed the connection during the handshake";
        } else if (cause instanceof NotSslRecordException || text(cause).contains("WRONG_VERSION_NUMBER")) {
            why = "what it answers is not TLS";
        } else {
            why = text(cause);
        }
        return down(server, why, cause);
    }

    /** What the engine says; of BoringSSL's {@code error:10000410:SSL routines:OPENSSL_internal:REASON} the reason. */
    private static String text(Throwable cause) {
        String text = String.valueOf(cause.getMessage());
        int reason = text.lastIndexOf(":OPENSSL_internal:");
        return reason < 0
                ? text
                : text.substring(text.lastIndexOf(':') + 1)
                        .toLowerCase(Locale.ROOT)
                        .replace('_', ' ');
    }

    private static Failure down(Destination server, String why, @Nullable Throwable cause) {
        return new Failure(Failure.Kind.TUNNEL_DOWN, "TLS with " + server + ": " + why, cause);
    }

    /**
     * Waits for the server's first bytes, and is then out of the way. A server that has answered somebody else lately is
     * alive and busy: it is waited for as long as it answers others.
     */
    private final class FirstAnswer extends ChannelInboundHandlerAdapter {
        private boolean seen;

        void expect(Channel channel, Duration timeout, Runnable silent) {
            Deadline.start(channel.eventLoop(), timeout, () -> {
                if (seen || !channel.isOpen()) {
                    return;
                }
                if (System.nanoTime() - answered < timeout.toNanos()) {
                    expect(channel, timeout, silent);
                } else {
                    channel.close();
                    silent.run();
                }
            });
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            seen = true;
            answered = System.nanoTime();
            ctx.fireChannelRead(message);
            ctx.pipeline().remove(this);
        }
    }

    /** In words: the JDK wraps the reason, and names its own classes in the wrappers. */
    private static String reason(Throwable certificate) {
        Throwable root = certificate;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root instanceof CertPathBuilderException
                ? "it is signed by no trusted authority (\"ca\" or \"pin\" can say which to trust)"
                : String.valueOf(root.getMessage());
    }
}
