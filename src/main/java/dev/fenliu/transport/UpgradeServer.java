package dev.fenliu.transport;

import dev.fenliu.net.GarbageException;
import dev.fenliu.net.Leftover;
import dev.fenliu.net.site.Site;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Above TLS at the server end: answers the upgrade, hands the channel to the tunnel's handshake and removes itself. Whoever
 * sends anything else is a stranger, with all that it sent, from the first byte that belongs to no such request; and so is
 * who ends before. Confined to its channel's event loop; owns what it has received.
 */
final class UpgradeServer extends ChannelInboundHandlerAdapter {
    private static final long MIN_PATIENCE_MILLIS = 30_000;
    private static final long MAX_PATIENCE_MILLIS = 90_000;

    private final TransportOptions options;
    private final Site site;
    private final Consumer<Channel> protocol;
    private final Head.Reader reader = new Head.Reader();
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
    private @Nullable ScheduledFuture<?> patience;

    UpgradeServer(TransportOptions options, Site site, Consumer<Channel> protocol) {
        this.options = options;
        this.site = site;
        this.protocol = protocol;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        received = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), received, (ByteBuf) msg);
        int start = received.readerIndex();
        try {
            Head head = UpgradeRequest.mayBegin(options, received) ? reader.read(received) : null;
            UpgradeRequest request = head == null ? null : UpgradeRequest.of(options, head);
            if (request != null) {
                client(ctx, request);
            } else if (head != null || !UpgradeRequest.mayBegin(options, received)) {
                received.readerIndex(start);
                stranger(ctx);
            }
        } catch (GarbageException e) {
            stranger(ctx);
        }
    }

    private void client(ChannelHandlerContext ctx, UpgradeRequest request) {
        ByteBuf answer = ctx.alloc().buffer();
        request.answer(answer);
        ctx.writeAndFlush(answer, ctx.voidPromise());
        WebSocketStream stream = options.kind() == TransportOptions.Kind.WS ? new WebSocketStream(false) : null;
        if (stream != null) {
            ctx.pipeline().addLast(stream);
        }
        protocol.accept(ctx.channel());
        ctx.fireUserEventTriggered(SslHandshakeCompletionEvent.SUCCESS);
        byte[] early = request.early();
        if (stream != null && early != null) {
            stream.data(Unpooled.wrappedBuffer(early));
        }
        ctx.pipeline().remove(this);
    }

    private void stranger(ChannelHandlerContext ctx) {
        site.takeOver(ctx.channel());
        ctx.pipeline().remove(this);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == SslHandshakeCompletionEvent.SUCCESS) {
            long millis = ThreadLocalRandom.current().nextLong(MIN_PATIENCE_MILLIS, MAX_PATIENCE_MILLIS);
            patience = ctx.executor().schedule(() -> ctx.close(), millis, TimeUnit.MILLISECONDS);
        } else {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                stranger(ctx);
            }
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (patience != null) {
            patience.cancel(false);
        }
        ByteBuf rest = received;
        received = Unpooled.EMPTY_BUFFER;
        Leftover.handOn(ctx, rest);
    }
}
