package dev.fenliu.net;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A {@link PacketTunnel} that looks like a UDP socket connected to one peer, for protocols that want a channel below
 * them. Its addresses have no meaning. Confined to its event loop.
 */
final class PacketChannel extends AbstractChannel implements PacketSink {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false);
    private static final InetSocketAddress HERE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    private static final InetSocketAddress THERE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 2);

    private final ChannelConfig config = new DefaultChannelConfig(this);
    private final Destination peer;
    private @Nullable PacketTunnel tunnel;
    private boolean open = true;

    private PacketChannel(Destination peer) {
        super(null);
        this.peer = peer;
    }

    /** Opens one by {@code dialer}; as {@link Dialer#datagrams} says. */
    static Future<Channel> open(Dialer dialer, Dial dial) {
        Promise<Channel> result = dial.loop().newPromise();
        PacketChannel channel = new PacketChannel(dial.destination());
        Future<PacketTunnel> opening = dialer.openPackets(dial, channel);
        result.addListener(done -> opening.cancel(false)); // when the caller gives up; else a no-op
        opening.addListener((Future<PacketTunnel> opened) -> {
            if (!opened.isSuccess()) {
                result.tryFailure(opened.cause());
                return;
            }
            channel.tunnel = opened.getNow();
            dial.loop().register(channel).addListener(registered -> {
                if (!registered.isSuccess() || !result.trySuccess(channel)) {
                    result.tryFailure(Failure.of(registered.cause()));
                    channel.close();
                }
            });
        });
        return result;
    }

    @Override
    public void receive(Destination from, ByteBuf payload) {
        if (!from.equals(peer) && from.host().getClass() == peer.host().getClass() || !isActive()) {
            payload.release(); // of somebody else
            return;
        }
        // Netty's QUIC reads from index 0, as of a socket.
        pipeline().fireChannelRead(new DatagramPacket(payload.slice(), HERE, THERE));
        pipeline().fireChannelReadComplete();
    }

    @Override
    public void closed(Failure why) {
        pipeline().fireExceptionCaught(why);
        close();
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer out) {
        for (Object message; (message = out.current()) != null; out.remove()) {
            if (message instanceof DatagramPacket packet && tunnel != null) {
                tunnel.send(peer, packet.content().retain());
            }
        }
    }

    @Override
    protected void doBeginRead() {
        // what arrives is handed on at once
    }

    @Override
    protected void doClose() {
        open = false;
        if (tunnel != null) {
            tunnel.close();
        }
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new AbstractUnsafe() {
            @Override
            public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
                promise.setFailure(new UnsupportedOperationException());
            }
        };
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected SocketAddress localAddress0() {
        return HERE;
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return THERE;
    }

    @Override
    protected void doBind(SocketAddress address) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return open && tunnel != null;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }
}
