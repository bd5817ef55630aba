package dev.fenliu.inbound.socks;

import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.Sockets;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A UDP ASSOCIATE (RFC 1928 section 7): a UDP socket of its own on the address at which the client reached us, which
 * serves the address that the control connection comes from, there the first port that sends, and nobody else. It ends
 * with the control connection. Fragments are not reassembled, which the RFC leaves open. Confined to that connection's
 * event loop.
 */
final class SocksAssociation extends SimpleChannelInboundHandler<DatagramPacket> implements InboundPackets {
    private static final Logger LOG = LoggerFactory.getLogger(SocksAssociation.class);
    private static final int HEAD = 3;
    private static final int MOST_HEAD = HEAD + SocksAddress.MAX_BYTES;

    private final ListenerContext context;
    private final Channel control;
    private final InetSocketAddress source;
    private final Optional<String> user;
    private int expectedPort;
    private @Nullable Channel socket;
    private @Nullable PacketFlow flow;
    private @Nullable InetSocketAddress client;
    private boolean flushing;
    private long dropped;

    SocksAssociation(ListenerContext context, Channel control, Optional<String> user) {
        this.context = context;
        this.control = control;
        this.source = ListenerContext.source(control);
        this.user = user;
    }

    /**
     * Binds the socket and answers the client.
     *
     * @param expected from where the client says it will send, if it says so; ignored if that is not where it is,
     *     because a client behind an address translator cannot know
     */
    void open(@Nullable Destination expected) {
        if (expected != null
                && expected.host() instanceof Host.Address address
                && (address.value().isAnyLocalAddress() || address.value().equals(source.getAddress()))) {
            expectedPort = expected.port();
        }
        InetAddress local = ((InetSocketAddress) control.localAddress()).getAddress();
        InetAddress here = Addresses.plain(local) instanceof Inet4Address four ? four : local; // which may have a zone
        Sockets.datagrams(control.eventLoop(), here, this)
                .bind(new InetSocketAddress(here, 0))
                .addListener((ChannelFutureListener) binding -> bound(binding.channel(), binding.cause()));
    }

    private void bound(Channel channel, @Nullable Throwable failure) {
        if (failure != null) {
            LOG.warn("listener {}: no UDP socket for a client: {}", listener(), failure.getMessage());
            SocksStream.refuse(control, Socks5.VERSION, Socks5.GENERAL_FAILURE);
            return;
        }
        socket = channel;
        flow = context.handler().packets(this);
        control.closeFuture().addListener(closed -> close());
        control.writeAndFlush(Socks5.associated((InetSocketAddress) channel.localAddress()));
    }

    private void close() {
        if (socket != null) {
            socket.close();
        }
        if (flow != null) {
            flow.close();
        }
        if (dropped > 0) {
            LOG.debug("listener {}: dropped {} datagrams of a client", listener(), dropped);
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
        Destination to = isFromClient(packet.sender()) ? head(packet.content()) : null;
        if (to == null || flow == null) {
            dropped++;
            return;
        }
        client = packet.sender();
        flow.receive(to, packet.content().retain());
    }

    private boolean isFromClient(InetSocketAddress sender) {
        if (client != null) {
            return client.equals(sender);
        }
        return Addresses.plain(sender.getAddress()).equals(source.getAddress())
                && (expectedPort == 0 || expectedPort == sender.getPort());
    }

    /** Reads the header off a datagram; null when it is malformed or a fragment. */
    static @Nullable Destination head(ByteBuf in) {
        if (in.readableBytes() <= HEAD || in.readMedium() != 0) { // two reserved bytes, fragment 0
            return null;
        }
        return SocksAddress.length(in, in.readerIndex()) > 0 ? SocksAddress.read(in) : null;
    }

    @Override
    public void send(Destination from, ByteBuf payload) {
        try {
            if (socket == null || client == null || !socket.isWritable()) {
                return;
            }
            ByteBuf out = socket.alloc().ioBuffer(MOST_HEAD + payload.readableBytes());
            out.writeMedium(0);
            SocksAddress.write(from, out);
            out.writeBytes(payload);
            socket.write(new DatagramPacket(out, client), socket.voidPromise());
        } finally {
            payload.release();
        }
        if (!flushing) { // once for all that come in this turn
            flushing = true;
            loop().execute(this::flush);
        }
    }

    private void flush() {
        flushing = false;
        if (socket != null) {
            socket.flush();
        }
    }

    @Override
    public void refuse(Failure failure) {
        control.close();
    }

    @Override
    public String listener() {
        return context.settings().name();
    }

    @Override
    public InetSocketAddress source() {
        return client == null ? source : client;
    }

    @Override
    public Optional<String> user() {
        return user;
    }

    @Override
    public EventLoop loop() {
        return control.eventLoop();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        dropped++; // one datagram that the system would not take; the association goes on
    }

    /** What stays on the control connection: it carries nothing more, and its end is the association's. */
    ChannelHandler control() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ReferenceCountUtil.release(message);
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                if (event == ChannelInputShutdownEvent.INSTANCE) {
                    ctx.close();
                }
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                ctx.close();
            }
        };
    }
}
