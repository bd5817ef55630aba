package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.net.QuicTls;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.util.Optional;

/** The server end of one listener. Safe for concurrent use. */
final class Hysteria2Acceptor implements Acceptor {
    private final Hysteria2ListenerOptions options;
    private final ListenerContext context;
    private final QuicTls tls;
    private final Accounts accounts;

    Hysteria2Acceptor(Hysteria2ListenerOptions options, ListenerContext context, QuicTls tls) {
        this.options = options;
        this.context = context;
        this.tls = tls;
        this.accounts = new Accounts(options.password(), context.settings().users());
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
        return Optional.of(new ServerSocketHandler(context, accounts, options, tls));
    }

    @Override
    public boolean allowsPrivate() {
        return options.allowPrivate();
    }
}
