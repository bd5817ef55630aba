package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.inbound.Accounts;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.model.Addresses;
import dev.fenliu.net.EndOfStream;
import dev.fenliu.net.Sockets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicDatagramExtensionEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A connection at the server end: nothing but HTTP/3 until its client has shown a password; then each stream is a flow,
 * and datagrams are carried. Confined to its event loop.
 */
final class ServerConnection extends ChannelInboundHandlerAdapter {
    private final ServerQuic socket;
    private final QuicChannel client;
    private final Bursts bursts;
    private final Datagrams datagrams;
    private byte @Nullable [] shown;
    private @Nullable ServerSessions sessions;

    /** @param bursts of the socket */
    ServerConnection(ServerQuic socket, QuicChannel client, Bursts bursts) {
        this.socket = socket;
        this.client = client;
        this.bursts = bursts;
        this.datagrams = new Datagrams(client);
    }

    /** Its client shows who it is; whether it is known. */
    boolean admit(byte[] password) {
        Accounts.Account account = socket.service().accounts().find(password);
        if (account == null || !(client.remoteSocketAddress() instanceof InetSocketAddress source)) {
            return false;
        }
        if (sessions == null) {
            shown = password;
            InetSocketAddress plain = new InetSocketAddress(Addresses.plain(source.getAddress()), source.getPort());
            sessions = new ServerSessions(this, plain, account.user(), client.eventLoop(), datagrams);
        }
        return true;
    }

    /** Whether its client is still known: the listener may be served otherwise than when it came. */
    boolean admitted() {
        return shown != null && socket.service().accounts().find(shown) != null;
    }

    /** Whether datagrams are carried: not to a client that takes none. */
    boolean carriesUdp() {
        return datagrams.wanted();
    }

    /** How the listener is served now. */
    ListenerContext context() {
        return socket.service().context();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof ByteBuf bytes) {
            receive(bytes);
        } else if (msg instanceof QuicStreamChannel stream
                && sessions != null
                && stream.type() == QuicStreamType.BIDIRECTIONAL) {
            stream.config().setRecvByteBufAllocator(Sockets.READS);
            stream.pipeline()
                    .addLast(bursts.stream(), new EndOfStream.OfQuicStream(), new ServerStream(this, sessions));
            ctx.pipeline().context(Http3ServerConnectionHandler.class).fireChannelRead(stream);
        } else {
            ctx.fireChannelRead(msg);
        }
    }

    private void receive(ByteBuf bytes) {
        try {
            UdpMessage message = UdpMessage.decode(bytes);
            if (message != null && sessions != null && (sessions.knows(message.session()) || admitted())) {
                sessions.receive(message);
            }
        } finally {
            bytes.release();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof QuicDatagramExtensionEvent extension) {
            datagrams.limit(extension.maxLength());
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (sessions != null) {
            sessions.close();
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // QUIC and HTTP/3 answer what is wrong by themselves
    }
}
