package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ListenerContext;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server end of one listener. Safe for concurrent use. */
final class ShadowsocksAcceptor implements Acceptor {
    private static final Logger LOG = LoggerFactory.getLogger(ShadowsocksAcceptor.class);

    private final ListenerContext context;
    private final Strangers strangers;
    private final boolean allowsPrivate;
    private final Supplier<Greeting> greetings;
    private final Supplier<PacketClient.Opener> packets;

    ShadowsocksAcceptor(ShadowsocksListenerOptions options, ListenerContext context, Clocks clocks) {
        this.context = context;
        this.strangers = new Strangers(context.settings().name(), LOG);
        this.allowsPrivate = options.allowPrivate();
        Method method = options.method();
        if (method.is2022()) {
            ServerKeys keys = new ServerKeys(
                    method, options.password(), context.settings().users());
            ReplayWindow requests = new ReplayWindow(clocks);
            this.greetings = () -> new ServerGreeting(keys, clocks, requests);
            this.packets = () -> new ServerSessions(keys, clocks, requests.opened());
        } else {
            MasterKey key = MasterKey.of(method, options.password());
            SaltFilter streams = new SaltFilter();
            SaltFilter datagrams = new SaltFilter();
            this.greetings = () -> new PlainGreeting(key, streams);
            this.packets = () -> PacketClient.Address.opener(new SaltedPackets(key, datagrams));
        }
    }

    @Override
    public void accept(Channel client) {
        Greeting greeting = greetings.get();
        client.pipeline()
                .addLast("shadowsocks", new ShadowsocksCodec(greeting, Unpooled.EMPTY_BUFFER))
                .addLast("handshake", new ServerHandshake(context, greeting, strangers));
    }

    @Override
    public Optional<ChannelHandler> datagrams() {
        return Optional.of(new ServerPackets(context, packets.get(), strangers));
    }

    @Override
    public boolean allowsPrivate() {
        return allowsPrivate;
    }
}
