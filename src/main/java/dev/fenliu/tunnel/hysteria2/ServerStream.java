package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import dev.fenliu.net.GarbageException;
import dev.fenliu.net.Leftover;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;

/**
 * A stream of a client that is known: reads the request, hands the flow upward and removes itself. Whatever is no request
 * ends the stream. Confined to its event loop; owns what it has received.
 */
final class ServerStream extends ChannelInboundHandlerAdapter {
    private final ServerConnection connection;
    private final ServerSessions client;
    private ByteBuf received = Unpooled.EMPTY_BUFFER;

    ServerStream(ServerConnection connection, ServerSessions client) {
        this.connection = connection;
        this.client = client;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        received = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), received, (ByteBuf) msg);
        try {
            TcpRequest request = TcpRequest.decode(received);
            if (request != null) {
                take(ctx, request);
            }
        } catch (GarbageException e) {
            ctx.close();
        }
    }

    private void take(ChannelHandlerContext ctx, TcpRequest request) {
        Channel channel = ctx.channel();
        if (request.destination() == null) {
            refuse(channel, "malformed address");
            return;
        }
        if (!connection.admitted()) {
            refuse(channel, "the password is not valid any more");
            return;
        }
        ListenerContext context = connection.context();
        Flow flow = new Flow(
                context.handler().nextId(),
                Transport.TCP,
                context.settings().name(),
                client.source(),
                request.destination(),
                client.user());
        context.handler().stream(new Stream(flow, channel));
        ctx.pipeline().remove(this);
    }

    private static void refuse(Channel channel, String why) {
        ByteBuf out = channel.alloc().buffer();
        new TcpResponse(false, why).encode(out);
        channel.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ctx.close(); // before the request was there as a whole
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    /** Whatever follows the request is payload. */
    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        ByteBuf rest = received;
        received = Unpooled.EMPTY_BUFFER;
        Leftover.handOn(ctx, rest);
    }

    private record Stream(Flow flow, Channel channel) implements InboundStream {
        @Override
        public void accept() {
            ByteBuf out = channel.alloc().buffer();
            new TcpResponse(true, "Connected").encode(out);
            channel.writeAndFlush(out, channel.voidPromise());
        }

        @Override
        public void refuse(Failure failure) {
            ServerStream.refuse(channel, Refusals.words(failure));
        }
    }
}
