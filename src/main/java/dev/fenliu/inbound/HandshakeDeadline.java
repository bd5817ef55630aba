package dev.fenliu.inbound;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Closes a client that does not finish its handshake in time, however busy it keeps us meanwhile. */
public final class HandshakeDeadline {
    private static final AttributeKey<ScheduledFuture<?>> TIMER = AttributeKey.valueOf("handshake-deadline");

    private HandshakeDeadline() {}

    /** Starts the clock on {@code client}, on its event loop. */
    static void start(Channel client, Duration time) {
        ScheduledFuture<?> timer =
                client.eventLoop().schedule(() -> client.close(), time.toMillis(), TimeUnit.MILLISECONDS);
        client.attr(TIMER).set(timer);
        client.closeFuture().addListener(closed -> timer.cancel(false));
    }

    /** The handshake of {@code client} is over. */
    public static void over(Channel client) {
        ScheduledFuture<?> timer = client.attr(TIMER).getAndSet(null);
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
