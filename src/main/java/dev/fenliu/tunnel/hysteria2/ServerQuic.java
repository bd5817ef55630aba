package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.inbound.RareLog;
import dev.fenliu.net.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * QUIC on the socket of the server end, with Salamander below where there is a key. What it serves can change while its
 * connections go on. Confined to the socket's event loop.
 */
final class ServerQuic extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(ServerQuic.class);

    /** As many as a process may serve at all; each costs memory before its client has shown who it is. */
    private static final int MOST_CONNECTIONS = 4096;

    /** From so many addresses a client may come in turn, as one does that hops; what comes from more is lost. */
    private static final long ADDRESSES = 64;

    private final Bursts bursts = new Bursts();
    private final List<ChannelHandler> above = new ArrayList<>();
    private final RareLog crowds = new RareLog(LOG);
    private final Channel socket;
    private Service service;
    private int connections;

    ServerQuic(Channel socket, Service service) {
        this.socket = socket;
        this.service = service;
    }

    /**
     * Serves in another way from now on: new connections, and what clients of old ones ask for next.
     *
     * @return false, and nothing has changed, when that cannot be: another key of Salamander makes other packets
     */
    boolean serve(Service next) {
        if (!next.options().obfs().equals(service.options().obfs())) {
            return false;
        }
        service = next;
        return true;
    }

    /** How clients are served now. */
    Service service() {
        return service;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        Sockets.takeMany(socket, true);
        above.add(Settings.apply(new QuicServerCodecBuilder())
                .activeConnectionIdLimit(ADDRESSES)
                .sslEngineProvider(quic -> service.tls().engine(quic))
                .option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, Settings.segments())
                .handler(new ChannelInitializer<QuicChannel>() {
                    @Override
                    protected void initChannel(QuicChannel client) {
                        accept(client);
                    }
                })
                .build());
        above.add(bursts);
        service.options().obfs().ifPresent(key -> above.add(new Salamander(key)));
        above.forEach(handler -> ctx.pipeline().addAfter(ctx.name(), null, handler));
    }

    private void accept(QuicChannel client) {
        if (connections == MOST_CONNECTIONS) {
            crowds.warn("listener \"" + service.context().settings().name() + "\": too many connections, refused one");
            client.close();
            return;
        }
        connections++;
        client.closeFuture().addListener(closed -> connections--);
        ServerConnection connection = new ServerConnection(this, client, bursts);
        client.pipeline()
                .addLast(connection, new Http3ServerConnectionHandler(new ChannelInitializer<QuicStreamChannel>() {
                    @Override
                    protected void initChannel(QuicStreamChannel request) {
                        request.pipeline().addLast(new ServerRequest(connection, service));
                    }
                }));
    }

    /** With all connections. */
    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        for (ChannelHandler handler : above) {
            if (socket.pipeline().context(handler) != null) {
                socket.pipeline().remove(handler);
            }
        }
        if (socket.isOpen()) {
            Sockets.takeMany(socket, false);
        }
    }
}
