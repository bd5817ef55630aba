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
    /** For an answer that waits on the origin; the flow's own deadline is shorter. */
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

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
        ScheduledFuture<?> greeting = greeting(negotiated, dial);
        Future<Channel> connecting = dialer.connect(dial.to(server));
        connecting.addListener(done -> {
            if (!done.isSuccess()) {
                negotiated.tryFailure(down(done.cause()));
            } else {
                secure(connecting.getNow(), dial, negotiation, negotiated, greeting);
            }
        });
        negotiated.addListener(done -> connecting.cancel(false)); // too late for it, or no more than a no-op
        Promise<Channel> result = dial.loop().newPromise();
        negotiated.addListener(done -> {
            if (!done.isSuccess()) {
                result.tryFailure(named(Failure.of(done.cause())));
            } else if (!result.trySuccess(negotiated.getNow())) {
                negotiated.getNow().close();
            }
        });
        result.addListener(done -> negotiated.cancel(false)); // when the caller gives up
        return result;
    }

    private static ScheduledFuture<?> limit(Promise<Channel> promise, Dial dial, Duration time, Failure late) {
        ScheduledFuture<?> timer =
                dial.loop().schedule(() -> promise.tryFailure(late), time.toMillis(), TimeUnit.MILLISECONDS);
        promise.addListener(done -> timer.cancel(false));
        return timer;
    }

    private ScheduledFuture<?> greeting(Promise<Channel> negotiated, Dial dial) {
        Failure late = new Failure(Failure.Kind.TUNNEL_DOWN, server + " did not answer in time");
        return limit(negotiated, dial, timeout, late);
    }

    private void secure(
            Channel channel,
            Dial dial,
            Negotiation negotiation,
            Promise<Channel> negotiated,
            ScheduledFuture<?> greeting) {
        if (tls.isEmpty() || negotiated.isDone()) {
            negotiate(channel, dial, negotiation, negotiated, greeting);
            return;
        }
        negotiated.addListener(done -> {
            if (!done.isSuccess()) {
                channel.close(); // in the midst of the TLS handshake, perhaps
            }
        });
        greeting.cancel(false); // TLS has its own
        tls.get().secure(channel, server, timeout).addListener(done -> {
            if (!done.isSuccess()) {
                negotiated.tryFailure(down(done.cause()));
            } else {
                negotiate(channel, dial, negotiation, negotiated, greeting(negotiated, dial));
            }
        });
    }

    private void negotiate(
            Channel channel,
            Dial dial,
            Negotiation negotiation,
            Promise<Channel> negotiated,
            ScheduledFuture<?> greeting) {
        ClientHandshake.start(channel, negotiation, negotiated, () -> {
            greeting.cancel(false);
            String text = dial.destination() + ": no answer from " + server + " in time";
            limit(negotiated, dial, ANSWER_TIMEOUT, new Failure(Failure.Kind.TIMEOUT, text));
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
