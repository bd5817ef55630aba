package dev.fenliu.inbound.dns;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;

/** DNS over UDP (RFC 1035 section 4.2.1). A client that asks too often gets no answer, as its address may be forged. */
@ChannelHandler.Sharable
final class DatagramQueries extends SimpleChannelInboundHandler<DatagramPacket> {
    private final DnsAcceptor acceptor;

    DatagramQueries(DnsAcceptor acceptor) {
        this.acceptor = acceptor;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
        InetSocketAddress client = packet.sender();
        if (client.getPort() == 0 || !acceptor.admits(client.getAddress())) {
            return;
        }
        Future<byte[]> answer = acceptor.answer(
                client,
                ByteBufUtil.getBytes(packet.content()),
                true,
                ctx.channel().eventLoop());
        if (answer.isDone()) {
            write(ctx, answer.getNow(), client); // leaves with the others of this turn
        } else {
            answer.addListener(done -> {
                write(ctx, answer.getNow(), client);
                ctx.flush();
            });
        }
    }

    private static void write(ChannelHandlerContext ctx, byte[] answer, InetSocketAddress client) {
        if (answer.length > 0) {
            ctx.write(new DatagramPacket(Unpooled.wrappedBuffer(answer), client), ctx.voidPromise());
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // an answer that could not be sent, as when a client's port has closed; the socket serves the others
    }
}
