package dev.fenliu.net.http2;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;

/** Reaches the server of a pool. Safe for concurrent use. */
@FunctionalInterface
public interface Connector {
    /**
     * Connects, in bounded time.
     *
     * @return on {@code loop}, a channel that does not read by itself, whose TLS handshake, if any, is done; a failed
     *     future holds a {@link dev.fenliu.model.Failure}
     */
    Future<Channel> connect(EventLoop loop);
}
