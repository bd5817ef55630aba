package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.inbound.Associations;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams of the server end, whose clients have an association each. What does not open is dropped without a sign.
 * Confined to the socket's event loop.
 */
final class ServerPackets extends ChannelInboundHandlerAdapter {
    private final ListenerContext context;
    private final PacketClient.Opener opener;
    private final Strangers strangers;
    private @Nullable Associations<PacketClient> associations;

    ServerPackets(ListenerContext context, PacketClient.Opener opener, Strangers strangers) {
        this.context = context;
        this.opener = opener;
        this.strangers = strangers;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        Channel socket = ctx.channel();
        associations = new Associations<>(
                context, socket.eventLoop(), (client, from, payload) -> send(socket, client, from, payload));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        DatagramPacket packet = (DatagramPacket) msg;
        InetSocketAddress source = packet.sender();
        PacketClient.Opener.Received received;
        try {
            received = opener.open(source, packet.content(), ctx.alloc());
        } catch (Failure e) {
            strangers.ignored("a datagram", source, e);
            return;
        } finally {
            packet.release();
        }
        PacketCodec.Datagram datagram = received.datagram();
        if (associations == null) {
            datagram.payload().release();
        } else {
            PacketClient client = received.client();
            associations.receive(client, source, client.user(), datagram.far(), datagram.payload());
        }
    }

    private static void send(Channel socket, PacketClient client, Destination from, ByteBuf payload) {
        if (socket.isWritable()) {
            ByteBuf sealed = client.seal(from, payload, socket.alloc());
            socket.writeAndFlush(new DatagramPacket(sealed, client.address()), socket.voidPromise());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // An ICMP error for one client says nothing about the others.
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (associations != null) {
            associations.close();
        }
    }
}
