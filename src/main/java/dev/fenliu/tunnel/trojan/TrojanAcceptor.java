package dev.fenliu.tunnel.trojan;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.Accounts;
import dev.fenliu.inbound.Admission;
import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.model.Destination;
import dev.fenliu.net.ServerTls;
import dev.fenliu.net.site.Site;
import dev.fenliu.transport.ServerTransport;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Map;
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
        this.accounts = accounts(options.password(), context.settings().users());
        this.fallback = options.fallback();
        this.transport =
                options.transport().map(it -> new ServerTransport(it, new Site(options.fallback(), context.plain())));
        this.allowsPrivate = options.allowPrivate();
    }

    static Accounts accounts(Optional<Secret> password, Map<String, Secret> users) {
        Accounts accounts = new Accounts();
        password.ifPresent(secret -> accounts.add(TrojanKey.of(secret), Optional.empty()));
        users.forEach((name, secret) -> accounts.add(TrojanKey.of(secret), Optional.of(name)));
        return accounts;
    }

    @Override
    public void accept(Channel client) {
        Future<Channel> secured = tls.secure(client, TLS_TIMEOUT);
        if (transport.isEmpty()) {
            client.pipeline()
                    .addLast("handshake", new Admission(context, new ClientRequest(context, accounts), fallback));
            return;
        }
        secured.addListener(done -> HandshakeDeadline.over(client)); // the transport has a patience of its own
        transport
                .get()
                .accept(
                        client,
                        stream -> stream.pipeline()
                                .addLast(
                                        "handshake",
                                        new Admission(
                                                context, new ClientRequest(context, accounts), Optional.empty())));
    }

    @Override
    public boolean allowsPrivate() {
        return allowsPrivate;
    }
}
