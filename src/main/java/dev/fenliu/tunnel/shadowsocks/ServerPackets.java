package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.inbound.Associations;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.RareLog;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Sockets;
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
    private final PacketCodec codec;
    private final RareLog strangers;
    private @Nullable Associations associations;

    ServerPackets(ListenerContext context, PacketCodec codec, RareLog strangers) {
        this.context = context;
        this.codec = codec;
        this.strangers = strangers;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        Channel socket = ctx.channel();
        associations = new Associations(
                context, socket.eventLoop(), (client, from, payload) -> send(socket, client, from, payload));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        DatagramPacket packet = (DatagramPacket) msg;
        InetSocketAddress source = packet.sender();
        PacketCodec.Datagram datagram;
        try {
            datagram = codec.open(packet.content(), ctx.alloc());
        } catch (Failure e) {
            strangers.warn("listener \"" + context.settings().name() + "\": ignored a datagram from "
                    + Sockets.text(source) + ": " + e.text());
            return;
        } finally {
            packet.release();
        }
        if (associations == null) {
            datagram.payload().release();
        } else {
            associations.receive(source, datagram.far(), datagram.payload());
        }
    }

    private void send(Channel socket, InetSocketAddress client, Destination from, ByteBuf payload) {
        if (socket.isWritable()) {
            ByteBuf sealed = codec.seal(from, payload, socket.alloc());
            socket.writeAndFlush(new DatagramPacket(sealed, client), socket.voidPromise());
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
