package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.inbound.Accounts;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.RareLog;
import dev.fenliu.net.QuicTls;
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
 * The socket of the server end: puts QUIC on it, with Salamander below where there is a key. When the listener is changed,
 * both go and with them all connections. Confined to the socket's event loop.
 */
final class ServerSocketHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(ServerSocketHandler.class);

    /** As many as a process may serve at all; each costs memory before its client has shown who it is. */
    private static final int MOST_CONNECTIONS = 4096;

    private final ListenerContext context;
    private final Accounts accounts;
    private final Hysteria2ListenerOptions options;
    private final QuicTls tls;
    private final Bursts bursts = new Bursts();
    private final List<ChannelHandler> above = new ArrayList<>();
    private final RareLog crowds = new RareLog(LOG);
    private int connections;

    ServerSocketHandler(ListenerContext context, Accounts accounts, Hysteria2ListenerOptions options, QuicTls tls) {
        this.context = context;
        this.accounts = accounts;
        this.options = options;
        this.tls = tls;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        Sockets.takeMany(ctx.channel(), true);
        above.add(Settings.apply(new QuicServerCodecBuilder())
                .sslEngineProvider(tls::engine)
                .option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, Settings.segments())
                .handler(new ChannelInitializer<QuicChannel>() {
                    @Override
                    protected void initChannel(QuicChannel client) {
                        accept(client);
                    }
                })
                .build());
        above.add(bursts);
        options.obfs().ifPresent(key -> above.add(new Salamander(key)));
        above.forEach(handler -> ctx.pipeline().addAfter(ctx.name(), null, handler));
    }

    private void accept(QuicChannel client) {
        if (connections == MOST_CONNECTIONS) {
            crowds.warn("listener \"" + context.settings().name() + "\": too many connections, refused one");
            client.close();
            return;
        }
        connections++;
        client.closeFuture().addListener(closed -> connections--);
        ServerConnection connection = new ServerConnection(context, client, bursts);
        client.pipeline()
                .addLast(connection, new Http3ServerConnectionHandler(new ChannelInitializer<QuicStreamChannel>() {
                    @Override
                    protected void initChannel(QuicStreamChannel request) {
                        request.pipeline()
                                .addLast(new ServerRequest(connection, accounts, options.fallback(), context.plain()));
                    }
                }));
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        Channel socket = ctx.channel();
        for (ChannelHandler handler : above) {
            if (socket.pipeline().context(handler) != null) {
                socket.pipeline().remove(handler);
            }
        }
        if (socket.isOpen()) {
            Sockets.takeMany(socket, false);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // An ICMP error for one client says nothing about the others.
    }
}
