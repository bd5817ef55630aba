package dev.fenliu.net.site;

import dev.fenliu.model.Destination;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.Relay;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.concurrent.Future;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** What those see who are no clients: another server's pages, or that there are none. Safe for concurrent use. */
public final class Site {
    /** Of streams at once, so that nobody takes all file descriptors with a few connections. */
    private static final int MOST = 512;

    private final Optional<Destination> fallback;
    private final Dialer dialer;
    private final AtomicInteger busy = new AtomicInteger();

    /**
     * Makes the site.
     *
     * @param fallback speaks plain HTTP/1.1
     * @param dialer reaches it
     */
    public Site(Optional<Destination> fallback, Dialer dialer) {
        this.fallback = fallback;
        this.dialer = dialer;
    }

    /** Gets a connection that speaks HTTP/1.1, before whoever read its beginning hands on what that was. */
    public void takeOver(Channel client) {
        if (fallback.isEmpty()) {
            client.pipeline().addLast(new HttpServerCodec(), new StockSite());
            return;
        }
        connect(client, fallback.get(), site -> {});
    }

    private void connect(Channel client, Destination address, Consumer<Channel> prepare) {
        Relay relay = Relay.hold(client);
        dialer.connect(Dial.own(address, client.eventLoop())).addListener((Future<Channel> site) -> {
            if (site.isSuccess()) {
                prepare.accept(site.getNow());
                relay.join(site.getNow());
            } else {
                client.writeAndFlush(StockSite.unreachable(client.alloc())).addListener(sent -> client.close());
            }
        });
    }

    /**
     * Answers a request that came by HTTP/2.
     *
     * @param whole whether no body follows
     */
    public void answer(Channel stream, Http2Headers request, boolean whole) {
        if (fallback.isEmpty()) {
            StockSite.notFound(stream, "HEAD".contentEquals(String.valueOf(request.method())));
            return;
        }
        OneRequest connection = OneRequest.of(request, whole);
        if (connection == null) {
            StockSite.answer(stream, 400);
            return;
        }
        if (busy.incrementAndGet() > MOST) {
            busy.decrementAndGet();
            StockSite.answer(stream, 503);
            return;
        }
        stream.closeFuture().addListener(closed -> busy.decrementAndGet());
        stream.pipeline().addLast(connection);
        connect(stream, fallback.get(), site -> site.pipeline().addLast(new BrokenOff()));
    }

    /** However an answer ends, what stands above the stream sees whether it is whole, and says so as a gateway does. */
    private static final class BrokenOff extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
    }
}
