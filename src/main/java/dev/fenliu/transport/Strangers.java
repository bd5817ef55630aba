package dev.fenliu.transport;

import dev.fenliu.model.Destination;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.Relay;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.concurrent.Future;
import java.util.Optional;

/**
 * What a server end does with whoever is no client of it.
 *
 * @param plain dials the site
 * @param site plain HTTP/1.1; without one, strangers get the page of a web server that has nothing to show
 */
public record Strangers(Dialer plain, Optional<Destination> site) {
    /** Hands {@code channel} over: from here on the last of its handlers takes all that comes, on its event loop. */
    void take(Channel channel) {
        if (site.isEmpty()) {
            channel.pipeline().addLast(new EmptySite());
            return;
        }
        Relay relay = Relay.hold(channel);
        plain.connect(Dial.own(site.get(), channel.eventLoop())).addListener((Future<Channel> reached) -> {
            if (reached.isSuccess()) {
                relay.join(reached.getNow());
            } else {
                channel.close();
            }
        });
    }

    /**
     * Answers a request that came by HTTP/2.
     *
     * @param whole whether no body follows
     */
    void answer(Channel stream, Http2Headers request, boolean whole) {
        EmptySite.answer(stream, "HEAD".contentEquals(String.valueOf(request.method())));
    }
}
