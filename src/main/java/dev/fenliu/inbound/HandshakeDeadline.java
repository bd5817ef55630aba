package dev.fenliu.inbound;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Closes a client that does not finish its handshake in time, however busy it keeps us meanwhile. */
public final class HandshakeDeadline {
    private static final AttributeKey<Clock> CLOCK = AttributeKey.valueOf("handshake-deadline");

    /** @param since by the ticker of the loop */
    private record Clock(ScheduledFuture<?> timer, long since) {}

    private HandshakeDeadline() {}

    /** Starts the clock on {@code client}, on its event loop. */
    public static void start(Channel client, Duration time) {
        ScheduledFuture<?> timer =
                client.eventLoop().schedule(() -> client.close(), time.toMillis(), TimeUnit.MILLISECONDS);
        client.attr(CLOCK).set(new Clock(timer, client.eventLoop().ticker().nanoTime()));
        client.closeFuture().addListener(closed -> timer.cancel(false));
    }

    /** The handshake of {@code client} is over. */
    public static void over(Channel client) {
        Clock clock = client.attr(CLOCK).get();
        if (clock != null) {
            clock.timer.cancel(false);
        }
    }

    /** Nanoseconds since {@code client} was accepted; negative but for its first flow. On its event loop. */
    public static long waited(Channel client) {
        Clock clock = client.hasAttr(CLOCK) ? client.attr(CLOCK).getAndSet(null) : null;
        return clock == null ? -1 : client.eventLoop().ticker().nanoTime() - clock.since;
    }
}
