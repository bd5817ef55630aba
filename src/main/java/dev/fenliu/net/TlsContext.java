package dev.fenliu.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.OpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one end, with its session cache, and how they come onto a channel. What is native in them is made by
 * {@link #prepare} or by the first connection: nobody loads the library for TLS that is not used. Thread-safe.
 */
final class TlsContext {
    private static final AttributeKey<Agreed> AGREED = AttributeKey.valueOf(TlsContext.class, "agreed");

    private final SslContextBuilder builder;
    private final Supplier<TlsEngine> engine;
    private volatile @Nullable SslContext context;

    /** @param alpn protocols offered or taken, in order of preference; none for any */
    TlsContext(SslContextBuilder builder, List<String> alpn, Supplier<TlsEngine> engine) {
        this.builder = builder;
        this.engine = engine;
        if (!alpn.isEmpty()) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    alpn));
        }
    }

    /** Loads the library and makes the rest on a thread of its own, since an event loop would stand still meanwhile. */
    void prepare() {
        if (context != null) {
            return;
        }
        Thread thread = new Thread(
                () -> {
                    try {
                        context();
                    } catch (SSLException e) {
                        // the first connection will say it
                    }
                },
                "tls");
        thread.setDaemon(true);
        thread.start();
    }

    private SslContext context() throws SSLException {
        SslContext made = context;
        if (made == null) {
            synchronized (builder) {
                made = context;
                if (made == null) {
                    made = builder.sslProvider(engine.get().provider()).build();
                    context = made;
                }
            }
        }
        return made;
    }

    /** The server end. */
    SSLEngine newEngine(Channel channel) throws SSLException {
        return context().newEngine(channel.alloc());
    }

    /** The client end; sessions are resumed by name and port. */
    SSLEngine newEngine(Channel channel, String name, int port) throws SSLException {
        return context().newEngine(channel.alloc(), name, port);
    }

    /**
     * Puts a handshake on {@code channel} and what handles the stream after it, {@link EndOfStream} included.
     *
     * @return the same channel when the handshake is over; when it fails the channel is closed
     */
    static Future<Channel> secure(Channel channel, SSLEngine engine, Duration timeout) {
        Promise<Channel> result = channel.eventLoop().newPromise();
        NativeRecords records = engine instanceof OpenSslEngine own ? new NativeRecords(own) : null;
        SslHandler tls = records == null ? new SslHandler(engine) : records.handshake();
        tls.setHandshakeTimeoutMillis(timeout.toMillis());
        ChannelHandler above =
                records == null ? new EndOfStream.ToCloseNotify(tls, engine.getUseClientMode()) : records;
        channel.pipeline().addLast(tls, above); // no names: TLS may run inside TLS
        tls.handshakeFuture().addListener(handshake -> {
            if (!handshake.isSuccess()) {
                channel.close();
                result.tryFailure(handshake.cause());
                return;
            }
            channel.attr(AGREED)
                    .set(new Agreed(engine.getSession().getProtocol(), Optional.ofNullable(tls.applicationProtocol())));
            if (records != null) {
                records.takeOver();
            }
            result.trySuccess(channel);
        });
        return result;
    }

    /** What the last handshake on {@code channel} agreed on, if there was one. */
    static Optional<Agreed> agreed(Channel channel) {
        return Optional.ofNullable(channel.attr(AGREED).get());
    }

    /** @param version as in {@code TLSv1.3} */
    record Agreed(String version, Optional<String> applicationProtocol) {}
}
