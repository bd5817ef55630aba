package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Above the codec at the server end: reads the address, hands the stream upward and removes itself. A client that does
 * not prove itself learns nothing from how the server behaves: whatever it sends and however much, nothing is answered,
 * all is read, and the connection is closed when the client closes, or after a random time that was drawn when it
 * came. Confined to its channel's event loop.
 */
final class ServerHandshake extends ChannelInboundHandlerAdapter {
    static final long MIN_PATIENCE_SECONDS = 30;
    static final long MAX_PATIENCE_SECONDS = 90;

    private final ListenerContext context;
    private final Greeting greeting;
    private final Strangers strangers;
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
    private @Nullable ScheduledFuture<?> patience;
    private boolean stranger;

    ServerHandshake(ListenerContext context, Greeting greeting, Strangers strangers) {
        this.context = context;
        this.greeting = greeting;
        this.strangers = strangers;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        // The listener's own deadline is the same for every connection, and so tells silent ones from wrong ones.
        HandshakeDeadline.over(ctx.channel());
        long millis = ThreadLocalRandom.current()
                .nextLong(
                        TimeUnit.SECONDS.toMillis(MIN_PATIENCE_SECONDS),
                        TimeUnit.SECONDS.toMillis(MAX_PATIENCE_SECONDS));
        patience = ctx.executor().schedule(() -> ctx.close(), millis, TimeUnit.MILLISECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (patience != null) {
            patience.cancel(false);
        }
        received.release();
        received = Unpooled.EMPTY_BUFFER;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf bytes = (ByteBuf) msg;
        if (stranger) {
            bytes.release();
            return;
        }
        received = received.isReadable() ? append(ctx, received, bytes) : bytes;
        int length = SocksAddress.length(received, received.readerIndex());
        if (length == 0) {
            return;
        }
        Destination destination = length > 0 ? SocksAddress.read(received) : null;
        if (destination == null) {
            ignore(ctx, new Failure(Failure.Kind.TUNNEL_PROTOCOL, "no usable address"));
        } else {
            complete(ctx, destination);
        }
    }

    /** The beginning of an address, which is short, and what came next. */
    private static ByteBuf append(ChannelHandlerContext ctx, ByteBuf begun, ByteBuf next) {
        ByteBuf all = ctx.alloc().heapBuffer(begun.readableBytes() + next.readableBytes());
        all.writeBytes(begun).writeBytes(next);
        begun.release();
        next.release();
        return all;
    }

    private void complete(ChannelHandlerContext ctx, Destination destination) {
        if (!(ctx.channel().remoteAddress() instanceof InetSocketAddress source)) {
            ctx.close(); // it has gone already
            return;
        }
        ByteBuf payload = received.slice(); // of the address nothing goes up, not even before the reader index
        received = Unpooled.EMPTY_BUFFER;
        Flow flow = new Flow(
                context.handler().nextId(),
                Transport.TCP,
                context.settings().name(),
                source,
                destination,
                greeting.user());
        context.handler().stream(new Stream(flow, ctx.channel()));
        ctx.pipeline().remove(this);
        if (payload.isReadable() && ctx.channel().isOpen()) {
            ctx.fireChannelRead(payload);
        } else {
            payload.release();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ctx.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof Failure failure) {
            ignore(ctx, failure);
        } else {
            ctx.close();
        }
    }

    private void ignore(ChannelHandlerContext ctx, Failure why) {
        stranger = true;
        received.release();
        received = Unpooled.EMPTY_BUFFER;
        strangers.ignored("a connection", ctx.channel().remoteAddress(), why);
    }

    /** Shadowsocks has no answer: yes is silence, and no is the end. */
    private record Stream(Flow flow, Channel channel) implements InboundStream {
        @Override
        public void accept() {}

        @Override
        public void refuse(Failure failure) {
            channel.close();
        }
    }
}
