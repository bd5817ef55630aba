package dev.fenliu.inbound.transparent;

import dev.fenliu.inbound.Associations;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.RareLog;
import dev.fenliu.inbound.dns.DnsAcceptor;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams that TPROXY hands over: their recipient is the destination, and answers leave from the address that they come
 * from (full cone). Queries are answered at once where that is wanted. Those whose recipient is not known, or is the listener itself, are dropped. Confined to the socket's
 * event loop.
 */
final class TransparentPackets extends SimpleChannelInboundHandler<DatagramPacket> {
    private final ListenerContext context;
    private final DnsAcceptor queries;
    private final RareLog troubles;
    private @Nullable Associations<InetSocketAddress> clients;
    private @Nullable AnswerSockets answers;

    TransparentPackets(ListenerContext context, DnsAcceptor queries, RareLog troubles) {
        this.context = context;
        this.queries = queries;
        this.troubles = troubles;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        AnswerSockets sockets = new AnswerSockets(ctx.channel().eventLoop(), troubles);
        answers = sockets;
        clients = new Associations<>(context, ctx.channel().eventLoop(), sockets);
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
        Destination destination = new Destination(Host.of(to), recipient.getPort());
        InetSocketAddress client = new InetSocketAddress(Addresses.plain(sender.getAddress()), sender.getPort());
        if (TransparentAcceptor.isQuery(context, destination.port())) {
            answer(answers, client, destination, packet.content());
        } else {
            clients.receive(
                    client,
                    client,
                    Optional.empty(),
                    destination,
                    packet.content().retain());
        }
    }

    private void answer(AnswerSockets answers, InetSocketAddress client, Destination asked, ByteBuf question) {
        if (queries.admits(client.getAddress())) {
            queries.answer(client, ByteBufUtil.getBytes(question), true, answers.loop())
                    .addListener((Future<byte[]> answer) -> {
                        if (answer.getNow().length > 0 && this.answers != null) {
                            answers.send(client, asked, Unpooled.wrappedBuffer(answer.getNow()));
                        }
                    });
        }
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
            answers = null;
        }
    }
}
