package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.RareLog;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server end of one listener. Safe for concurrent use. */
final class ShadowsocksAcceptor implements Acceptor {
    private static final Logger LOG = LoggerFactory.getLogger(ShadowsocksAcceptor.class);

    private final ListenerContext context;
    private final MasterKey key;
    private final boolean allowsPrivate;
    private final SaltFilter streams = new SaltFilter();
    private final SaltFilter packets = new SaltFilter();
    private final RareLog strangers = new RareLog(LOG);

    ShadowsocksAcceptor(ShadowsocksListenerOptions options, ListenerContext context) {
        this.context = context;
        this.key = MasterKey.of(options.method(), options.password());
        this.allowsPrivate = options.allowPrivate();
    }

    @Override
    public void accept(Channel client) {
        client.pipeline()
                .addLast("shadowsocks", new ShadowsocksCodec(key, streams, Unpooled.EMPTY_BUFFER))
                .addLast("handshake", new ServerHandshake(context, strangers));
    }

    @Override
    public Optional<ChannelHandler> datagrams() {
        return Optional.of(new ServerPackets(context, new PacketCodec(key, packets), strangers));
    }

    @Override
    public boolean allowsPrivate() {
        return allowsPrivate;
    }
}
