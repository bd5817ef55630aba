package dev.fenliu.transport;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.ClientHandshake;
import dev.fenliu.net.Deadline;
import dev.fenliu.net.Dial;
import dev.fenliu.net.TlsOptions;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The client end of a transport: turns connections to a server into channels that carry payload only. Thread-safe. */
public final class ClientTransport {
    private static final int HTTPS = 443;
    private static final int HTTP = 80;

    private final TransportOptions options;
    private final Destination server;
    private final String host;
    private final boolean secure;
    private @Nullable CallPool calls;
    private boolean closed;

    private ClientTransport(TransportOptions options, Destination server, String host, boolean secure) {
        this.options = options;
        this.server = server;
        this.host = host;
        this.secure = secure;
    }

    /** The transport of an outbound, if it has one. */
    public static Optional<ClientTransport> of(
            Optional<TransportOptions> options, Optional<TlsOptions> tls, Destination server) {
        Host name = tls.flatMap(TlsOptions::serverName).map(Host::parse).orElse(server.host());
        String host = new Destination(name, server.port()).toString();
        boolean usual = server.port() == (tls.isPresent() ? HTTPS : HTTP);
        String said = usual ? host.substring(0, host.lastIndexOf(':')) : host;
        return options.map(it -> new ClientTransport(it, server, said, tls.isPresent()));
    }

    /** Whether one connection carries many streams. */
    public boolean sharesConnections() {
        return options.kind().isCall();
    }

    /**
     * Opens a stream.
     *
     * @param time for what the transport has to say to the server first
     * @param secured makes a connection to the server: for {@code dial}, or for many streams; its channel does not read by
     *     itself
     * @return on {@code dial.loop()}, such a channel; a failed future holds a {@link Failure}. Whoever cancels it gives up.
     */
    public Future<Channel> open(Dial dial, Duration time, Function<Dial, Future<Channel>> secured) {
        if (sharesConnections()) {
            return calls(secured).open(dial.loop());
        }
        Promise<Channel> result = dial.loop().newPromise();
        Future<Channel> connecting = secured.apply(dial);
        result.addListener(done -> connecting.cancel(false)); // when the caller gives up; else a no-op
        connecting.addListener((Future<Channel> done) -> {
            if (!done.isSuccess()) {
                result.tryFailure(done.cause());
            } else if (options.earlyData() > 0) {
                done.getNow().pipeline().addLast(new WebSocketOpening(options, host));
                if (!result.trySuccess(done.getNow())) {
                    done.getNow().close();
                }
            } else {
                upgrade(done.getNow(), time, result);
            }
        });
        return result;
    }

    private void upgrade(Channel channel, Duration time, Promise<Channel> result) {
        Promise<Channel> upgraded = channel.eventLoop().newPromise();
        result.addListener(done -> upgraded.cancel(false));
        Deadline deadline = Deadline.start(
                channel.eventLoop(),
                time,
                () -> upgraded.tryFailure(
                        new Failure(Failure.Kind.TUNNEL_DOWN, "the server did not answer the upgrade in time")));
        upgraded.addListener((Future<Channel> done) -> {
            deadline.cancel();
            if (!done.isSuccess()) {
                result.tryFailure(done.cause());
                return;
            }
            if (options.kind() == TransportOptions.Kind.WS) {
                channel.pipeline().addLast(new WebSocketStream(true));
            }
            if (!result.trySuccess(channel)) {
                channel.close();
            }
        });
        ClientHandshake.start(channel, new UpgradeNegotiation(options, host, new byte[0]), upgraded, () -> {});
    }

    private synchronized CallPool calls(Function<Dial, Future<Channel>> secured) {
        if (calls == null) {
            calls = new CallPool(options, host, secure, loop -> secured.apply(Dial.own(server, loop)));
            if (closed) {
                calls.close();
            }
        }
        return calls;
    }

    /** Lets go of connections once their streams have ended. */
    public synchronized void close() {
        closed = true;
        if (calls != null) {
            calls.close();
        }
    }
}
