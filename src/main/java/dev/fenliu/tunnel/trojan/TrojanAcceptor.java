package dev.fenliu.tunnel.trojan;

import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.model.Destination;
import dev.fenliu.net.ServerTls;
import dev.fenliu.net.site.Site;
import dev.fenliu.transport.ServerTransport;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Optional;

/** The server end of one listener. Safe for concurrent use. */
final class TrojanAcceptor implements Acceptor {
    private static final Duration TLS_TIMEOUT = Duration.ofSeconds(10);

    private final ListenerContext context;
    private final ServerTls tls;
    private final Accounts accounts;
    private final Optional<Destination> fallback;
    private final Optional<ServerTransport> transport;
    private final boolean allowsPrivate;

    TrojanAcceptor(TrojanListenerOptions options, ListenerContext context, ServerTls tls) {
        this.context = context;
        this.tls = tls;
        this.accounts = new Accounts(options.password(), context.settings().users());
        this.fallback = options.fallback();
        this.transport = options.transport()
                .map(it -> new ServerTransport(it, new Site(options.fallback(), context.plain())));
        this.allowsPrivate = options.allowPrivate();
    }

    @Override
    public void accept(Channel client) {
        Future<Channel> secured = tls.secure(client, TLS_TIMEOUT);
        if (transport.isEmpty()) {
            client.pipeline().addLast("handshake", new ServerHandshake(context, accounts, fallback));
            return;
        }
        secured.addListener(done -> HandshakeDeadline.over(client)); // the transport has a patience of its own
        transport
                .get()
                .accept(
                        client,
                        stream -> stream.pipeline()
                                .addLast("handshake", new ServerHandshake(context, accounts, Optional.empty())));
    }

    @Override
    public boolean allowsPrivate() {
        return allowsPrivate;
    }
}
