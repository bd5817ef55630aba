package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.Accounts;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.net.QuicTls;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The server end of one listener. Safe for concurrent use. */
final class Hysteria2Acceptor implements Acceptor {
    private final Service service;

    Hysteria2Acceptor(Hysteria2ListenerOptions options, ListenerContext context, QuicTls tls) {
        this.service = new Service(context, accounts(options, context), options, tls);
    }

    /** A user shows {@code name:password}, everybody else the listener's password. */
    private static Accounts accounts(Hysteria2ListenerOptions options, ListenerContext context) {
        Accounts accounts = new Accounts();
        options.password().ifPresent(secret -> accounts.add(bytes(secret.value()), Optional.empty()));
        context.settings()
                .users()
                .forEach((name, secret) -> accounts.add(bytes(name + ":" + secret.value()), Optional.of(name)));
        return accounts;
    }

    /** What {@link Accounts} knows of what a client shows. */
    static byte[] bytes(String shown) {
        return shown.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean streams() {
        return false;
    }

    @Override
    public void accept(Channel client) {
        client.close(); // no such socket is bound
    }

    @Override
    public Optional<ChannelHandler> datagrams() {
        return Optional.of(new ServerSocketHandler(service));
    }

    @Override
    public boolean allowsPrivate() {
        return service.options().allowPrivate();
    }
}
