package dev.fenliu.tunnel.vless;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.Accounts;
import dev.fenliu.inbound.Admission;
import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.model.Destination;
import dev.fenliu.net.ServerTls;
import dev.fenliu.net.site.Site;
import dev.fenliu.outbound.Uuid;
import dev.fenliu.transport.ServerTransport;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** The server end of one listener. Safe for concurrent use. */
final class VlessAcceptor implements Acceptor {
    private static final Duration TLS_TIMEOUT = Duration.ofSeconds(10);

    private final ListenerContext context;
    private final ServerTls tls;
    private final Accounts accounts;
    private final Optional<Destination> fallback;
    private final Optional<ServerTransport> transport;
    private final boolean allowsPrivate;

    VlessAcceptor(VlessListenerOptions options, ListenerContext context, ServerTls tls) {
        this.context = context;
        this.tls = tls;
        this.accounts = accounts(context.settings().users());
        this.fallback = options.fallback();
        this.transport =
                options.transport().map(it -> new ServerTransport(it, new Site(options.fallback(), context.plain())));
        this.allowsPrivate = options.allowPrivate();
    }

    static Accounts accounts(Map<String, Secret> users) {
        Accounts accounts = new Accounts();
        users.forEach((name, uuid) -> accounts.add(Uuid.bytes(uuid), Optional.of(name)));
        return accounts;
    }

    @Override
    public void accept(Channel client) {
        Future<Channel> secured = tls.secure(client, TLS_TIMEOUT);
        if (transport.isEmpty()) {
            client.pipeline().addLast("handshake", admission(fallback));
            return;
        }
        secured.addListener(done -> HandshakeDeadline.over(client)); // the transport has a patience of its own
        transport.get().accept(client, stream -> stream.pipeline().addLast("handshake", admission(Optional.empty())));
    }

    private Admission admission(Optional<Destination> site) {
        return new Admission(context, new ClientRequest(context, accounts), site);
    }

    @Override
    public boolean allowsPrivate() {
        return allowsPrivate;
    }
}
