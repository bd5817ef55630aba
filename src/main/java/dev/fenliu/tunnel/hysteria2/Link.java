package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.net.Dialer;
import dev.fenliu.net.QuicTls;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The way of one event loop to the server: a connection when there are flows, another one when it has ended or is full.
 * Confined to that loop.
 */
final class Link {
    private final EventLoop loop;
    private final Hysteria2Options options;
    private final Dialer dialer;
    private final QuicTls tls;
    private @Nullable Connection current;
    private @Nullable Future<Connection> coming;

    Link(EventLoop loop, Hysteria2Options options, Dialer dialer, QuicTls tls) {
        this.loop = loop;
        this.options = options;
        this.dialer = dialer;
        this.tls = tls;
    }

    /** A connection that the server has taken. A failed future holds a {@link dev.fenliu.model.Failure}. */
    Future<Connection> connection() {
        Connection known = current;
        if (known != null && known.takesMore()) {
            return loop.newSucceededFuture(known);
        }
        if (coming != null) {
            return coming;
        }
        Future<Connection> opening = new Opening(loop, options, tls).start(dialer);
        coming = opening;
        opening.addListener((Future<Connection> done) -> {
            coming = null;
            current = done.isSuccess() ? done.getNow() : null;
        });
        return opening;
    }
}
