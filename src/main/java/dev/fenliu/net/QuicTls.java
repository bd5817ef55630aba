package dev.fenliu.net;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The TLS 1.3 inside QUIC (RFC 9001), of one end: whom a client trusts, and how either end shows who it is, are as for
 * TLS over TCP. What is native in it is made by {@link #prepare} or by the first connection. Thread-safe.
 */
public final class QuicTls {
    private final QuicSslContextBuilder builder;
    private final @Nullable ServerTrust trust;
    private final TlsOptions options;
    private volatile @Nullable QuicSslContext context;

    private QuicTls(QuicSslContextBuilder builder, @Nullable ServerTrust trust, TlsOptions options) {
        this.builder = builder;
        this.trust = trust;
        this.options = options;
        builder.applicationProtocols(options.alpn().toArray(String[]::new));
    }

    /**
     * The client end. Reads the files that {@code options} name.
     *
     * @throws IOException if a file cannot be read or does not hold what it should; the message names it
     */
    public static QuicTls client(TlsOptions options) throws IOException {
        try {
            ServerTrust trust = ClientTls.trust(options);
            QuicSslContextBuilder builder = QuicSslContextBuilder.forClient().trustManager(trust);
            if (options.certificate().isPresent()) {
                Identity identity = ClientTls.identity(options.certificate().get(), options.key());
                builder.keyManager(identity.key(), null, identity.chain());
            }
            return new QuicTls(builder, trust, options);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException("TLS settings: " + e.getMessage(), e);
        }
    }

    /**
     * The server end.
     *
     * @param certificate PEM chain, the server's own first
     * @param key PEM private key of the first
     * @throws IOException if they do not hold what they should
     */
    public static QuicTls server(String certificate, String key, List<String> alpn) throws IOException {
        Identity identity = Identity.parse(certificate, key);
        TlsOptions none = TlsOptions.DEFAULT;
        return new QuicTls(
                QuicSslContextBuilder.forServer(identity.key(), null, identity.chain()),
                null,
                new TlsOptions(
                        none.serverName(), alpn, none.authorities(), none.pin(), none.certificate(), none.key()));
    }

    /** Says that connections will come: what takes long is made now, in the background. */
    public void prepare() {
        Thread thread = new Thread(this::context, "quic");
        thread.setDaemon(true);
        thread.start();
    }

    private QuicSslContext context() {
        QuicSslContext made = context;
        if (made == null) {
            synchronized (builder) {
                made = context;
                if (made == null) {
                    if (trust != null) {
                        trust.prepare();
                    }
                    made = builder.build();
                    context = made;
                }
            }
        }
        return made;
    }

    /** For a connection that a server takes. */
    public QuicSslEngine engine(QuicChannel channel) {
        return context().newEngine(channel.alloc());
    }

    /** For a connection that a client makes to {@code server}. */
    public QuicSslEngine engine(QuicChannel channel, Destination server) {
        return context().newEngine(channel.alloc(), serverName(server), server.port());
    }

    private String serverName(Destination server) {
        return options.serverName().orElse(server.host().toString());
    }

    /** What a connection has failed of: of {@code cause}, or of the certificate that it met. */
    public Failure failure(Destination server, @Nullable QuicSslEngine engine, Throwable cause) {
        Throwable refusal = engine == null ? null : ServerTrust.refusal(engine);
        return ClientTls.failure(server, refusal == null ? cause : refusal);
    }
}
