package dev.fenliu.inbound.transparent;

import dev.fenliu.inbound.Associations;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.RareLog;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams that TPROXY hands over: their recipient is the destination, and answers leave from the address that they come
 * from (full cone). Those whose recipient is not known, or is the listener itself, are dropped. Confined to the socket's
 * event loop.
 */
final class TransparentPackets extends SimpleChannelInboundHandler<DatagramPacket> {
    private final ListenerContext context;
    private final RareLog troubles;
    private @Nullable Associations clients;
    private @Nullable AnswerSockets answers;

    TransparentPackets(ListenerContext context, RareLog troubles) {
        this.context = context;
        this.troubles = troubles;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        AnswerSockets sockets = new AnswerSockets(ctx.channel().eventLoop(), troubles);
        answers = sockets;
        clients = new Associations(context, ctx.channel().eventLoop(), sockets);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
        InetSocketAddress sender = packet.sender();
        InetSocketAddress recipient = packet.recipient();
        if (clients == null
                || answers == null
                || recipient.getPort() == 0
                || sender.getPort() == 0
                || recipient.getAddress().isAnyLocalAddress()
                || TransparentAcceptor.isItself(recipient, ctx.channel())) {
            return;
        }
        InetAddress to = Addresses.plain(recipient.getAddress());
        answers.expect(new InetSocketAddress(to, recipient.getPort()));
        clients.receive(
                new InetSocketAddress(Addresses.plain(sender.getAddress()), sender.getPort()),
                new Destination(Host.of(to), recipient.getPort()),
                packet.content().retain());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // An ICMP error for one client says nothing about the others.
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (clients != null && answers != null) {
            clients.close();
            answers.close();
        }
    }
}
