package dev.fenliu.tunnel.https2;

import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.Users;
import dev.fenliu.inbound.http.HttpAcceptor;
import dev.fenliu.net.ServerTls;
import dev.fenliu.net.http2.Http2Server;
import dev.fenliu.net.site.Site;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The server end of one listener: HTTP/2 and HTTP/1.1, as the client prefers. Safe for concurrent use. */
final class Https2Acceptor implements Acceptor {
    private static final Duration TLS_TIMEOUT = Duration.ofSeconds(10);

    private final ListenerContext context;
    private final ServerTls tls;
    private final Users users;
    private final ChallengeHost challenge;
    private final HttpAcceptor proxy;
    private final Site site;
    private final boolean allowsPrivate;
    private final Set<Http2Server> open = ConcurrentHashMap.newKeySet();
    /** How often it was; it may come back to service. */
    private final AtomicInteger retirements = new AtomicInteger();

    Https2Acceptor(Https2ListenerOptions options, ListenerContext context, ServerTls tls) {
        this.challenge = new ChallengeHost(options.challengeHost());
        this.context = new ListenerContext(context.settings(), challenge.guard(context.handler()), context.plain());
        this.tls = tls;
        this.users = new Users(context.settings().users(), options.password());
        this.proxy = new HttpAcceptor(this.context, users, false);
        this.site = new Site(options.fallback(), context.plain());
        this.allowsPrivate = options.allowPrivate();
    }

    @Override
    public void accept(Channel client) {
        int before = retirements.get();
        tls.secure(client, TLS_TIMEOUT).addListener(secured -> {
            if (!secured.isSuccess()) {
                return;
            }
            // The listener's own deadline is the same for every connection, and no web server has one so short.
            HandshakeDeadline.over(client);
            if (ServerTls.applicationProtocol(client).equals(Optional.of("h2"))) {
                Http2Server server = Http2Server.start(client, true, this::stream);
                open.add(server);
                client.closeFuture().addListener(closed -> open.remove(server));
                if (retirements.get() != before) {
                    server.retire();
                }
            } else {
                client.pipeline()
                        .addLast(new FirstRequest(users, challenge, proxy, site, () -> retirements.get() == before));
            }
        });
    }

    private void stream(Channel stream) {
        stream.pipeline().addLast(new RequestStream(context, users, challenge, proxy, site));
        stream.read();
    }

    /** So that a user who has another password now, or is gone, cannot go on by the old one. */
    @Override
    public void retire() {
        retirements.incrementAndGet();
        open.forEach(Http2Server::retire);
        proxy.retire();
    }

    @Override
    public boolean allowsPrivate() {
        return allowsPrivate;
    }
}
