package dev.fenliu.outbound;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.ClientHandshake;
import dev.fenliu.net.ClientTls;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.Negotiation;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The server of a tunnel as its client end sees it: connected, secured if the tunnel wants TLS, and greeted, in bounded
 * time and with failures that name the outbound. Safe for concurrent use.
 *
 * @param outbound the name of the tunnel, for messages
 * @param dialer reaches {@code server}
 * @param tls what secures the connection, if anything
 * @param timeout from the start of a dial until the server has shown that it takes us
 */
public record Upstream(String outbound, Destination server, Dialer dialer, Optional<ClientTls> tls, Duration timeout) {
    /** With the usual timeout. */
    public Upstream(String outbound, Destination server, Dialer dialer, Optional<ClientTls> tls) {
        this(outbound, server, dialer, tls, TunnelContext.SERVER_TIMEOUT);
    }

    /**
     * Connects to the server and negotiates.
     *
     * @return on {@code dial.loop()}, a channel that carries payload only and does not read by itself; a failed future
     *     holds a {@link Failure}: of kind {@link Failure.Kind#TUNNEL_DOWN} when the server cannot be reached. Whoever
     *     cancels the future gives up; the connection is then closed.
     */
    public Future<Channel> open(Dial dial, Negotiation negotiation) {
        Promise<Channel> negotiated = dial.loop().newPromise();
        ScheduledFuture<?> deadline = dial.loop()
                .schedule(
                        () -> negotiated.tryFailure(
                                new Failure(Failure.Kind.TUNNEL_DOWN, server + " did not answer in time")),
                        timeout.toMillis(),
                        TimeUnit.MILLISECONDS);
        Future<Channel> connecting = dialer.connect(dial.to(server));
        connecting.addListener(done -> {
            if (!done.isSuccess()) {
                negotiated.tryFailure(down(done.cause()));
            } else {
                secure(connecting.getNow(), negotiation, negotiated, deadline);
            }
        });
        Promise<Channel> result = dial.loop().newPromise();
        result.addListener(done -> {
            if (!done.isSuccess()) {
                negotiated.cancel(false); // no more than a no-op unless the caller gave up
            }
        });
        negotiated.addListener(done -> {
            deadline.cancel(false);
            connecting.cancel(false);
            if (!done.isSuccess()) {
                result.tryFailure(named(Failure.of(done.cause())));
            } else if (!result.trySuccess(negotiated.getNow())) {
                negotiated.getNow().close();
            }
        });
        return result;
    }

    private void secure(
            Channel channel, Negotiation negotiation, Promise<Channel> negotiated, ScheduledFuture<?> deadline) {
        if (tls.isEmpty() || negotiated.isDone()) {
            ClientHandshake.start(channel, negotiation, negotiated, () -> deadline.cancel(false));
            return;
        }
        negotiated.addListener(done -> {
            if (!done.isSuccess()) {
                channel.close(); // too late for the TLS handshake
            }
        });
        tls.get().secure(channel, server, timeout).addListener(done -> {
            if (!done.isSuccess()) {
                negotiated.tryFailure(down(done.cause()));
            } else {
                ClientHandshake.start(channel, negotiation, negotiated, () -> deadline.cancel(false));
            }
        });
    }

    /** A failure on the way to the server: for the flow it means that the tunnel is down. */
    private static Failure down(Throwable cause) {
        Failure failure = Failure.of(cause);
        return switch (failure.kind()) {
            case TUNNEL_DOWN, TUNNEL_PROTOCOL, TUNNEL_CERTIFICATE, UNSUPPORTED, OVERLOADED, INTERNAL -> failure;
            default -> new Failure(Failure.Kind.TUNNEL_DOWN, failure.text(), failure);
        };
    }

    /** The same failure with the name of the outbound in front. */
    public Failure named(Failure failure) {
        return new Failure(failure.kind(), "outbound \"" + outbound + "\": " + failure.text(), failure);
    }
}
