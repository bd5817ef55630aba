package dev.fenliu.inbound.transparent;

import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.RareLog;
import dev.fenliu.inbound.dns.DnsAcceptor;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import dev.fenliu.net.Interception;
import dev.fenliu.net.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes connections, and with TPROXY datagrams, that were sent to others; refuses those sent to the listener itself. */
final class TransparentAcceptor implements Acceptor {
    private static final Logger LOG = LoggerFactory.getLogger(TransparentAcceptor.class);

    private static final int DNS = 53;

    private final ListenerContext context;
    private final boolean tproxy;
    private final RareLog strays = new RareLog(LOG);
    private final DnsAcceptor queries;

    TransparentAcceptor(ListenerContext context, boolean tproxy) {
        this.context = context;
        this.tproxy = tproxy;
        this.queries = new DnsAcceptor(context, null);
    }

    @Override
    public void prepare(Channel socket) throws IOException {
        if (tproxy) {
            Interception.take(socket);
        } else {
            Interception.mark(socket);
        }
    }

    @Override
    public void accept(Channel client) {
        client.pipeline().addLast("transparent", new Arrival());
    }

    @Override
    public Optional<ChannelHandler> datagrams() {
        return tproxy ? Optional.of(new TransparentPackets(context, queries, strays)) : Optional.empty();
    }

    /** Hands a client on as soon as its channel is whole; there is nothing to read before. */
    private final class Arrival extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            Channel client = ctx.channel();
            Destination destination = destination(client);
            if (destination != null && isQuery(context, destination.port())) {
                queries.accept(client);
                ctx.fireChannelActive();
                ctx.pipeline().remove(this);
                return;
            }
            HandshakeDeadline.over(client);
            ctx.fireChannelActive();
            ctx.pipeline().remove(this);
            if (destination == null) {
                strays.warn("listener " + context.settings().name() + ": refused "
                        + Sockets.text(client.remoteAddress())
                        + ", which connected to the listener itself and not through it");
                TransparentStream.reset(client);
            } else {
                context.handler().stream(
                        new TransparentStream(context.flow(client, destination, Optional.empty()), client));
            }
        }
    }

    /** Names follow the rules too: what is asked of a name server outside is answered here, where that is wanted. */
    static boolean isQuery(ListenerContext context, int port) {
        return port == DNS && context.handler().takesQueries();
    }

    private @Nullable Destination destination(Channel client) {
        InetSocketAddress local = (InetSocketAddress) client.localAddress();
        InetSocketAddress original = tproxy ? local : Interception.redirected(client);
        if (original == null || local == null || client.remoteAddress() == null) {
            return null; // or gone already
        }
        boolean itself = tproxy ? isItself(original, client.parent()) : isSame(original, local);
        return itself ? null : new Destination(Host.of(Addresses.plain(original.getAddress())), original.getPort());
    }

    private static boolean isSame(InetSocketAddress a, InetSocketAddress b) {
        return a.getPort() == b.getPort() && Addresses.plain(a.getAddress()).equals(Addresses.plain(b.getAddress()));
    }

    /** Whether an address is that of the listener bound to {@code socket}, by any address that this machine has by now. */
    static boolean isItself(InetSocketAddress address, Channel socket) {
        if (address.getPort() != ((InetSocketAddress) socket.localAddress()).getPort()) {
            return false;
        }
        try {
            return address.getAddress().isAnyLocalAddress()
                    || NetworkInterface.getByInetAddress(address.getAddress()) != null;
        } catch (SocketException e) {
            return true; // better one refused than a loop
        }
    }
}
