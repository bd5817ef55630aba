package dev.fenliu.transport;

import dev.fenliu.model.Failure;
import dev.fenliu.net.EndOfStream;
import dev.fenliu.net.GarbageException;
import dev.fenliu.net.Negotiation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Opens a WebSocket when the first payload is flushed, and sends as much of that as may be along with the request; the rest
 * follows the server's answer. Then {@link WebSocketStream} takes its place. Confined to the channel's event loop; owns
 * what it holds.
 */
final class WebSocketOpening extends ChannelDuplexHandler {
    private record Written(Object message, ChannelPromise promise) {}

    private final TransportOptions options;
    private final String host;
    private final Queue<Written> written = new ArrayDeque<>(2);
    private @Nullable UpgradeNegotiation negotiation;
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
    private boolean open;
    private boolean failed;

    WebSocketOpening(TransportOptions options, String host) {
        this.options = options;
        this.host = host;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (failed) {
            ReferenceCountUtil.release(msg);
            Batch.fail(promise);
        } else {
            written.add(new Written(msg, promise));
        }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        boolean wanted = written.stream()
                .anyMatch(each -> each.message == EndOfStream.INSTANCE || ((ByteBuf) each.message).isReadable());
        if (negotiation == null && wanted) {
            UpgradeNegotiation asked = new UpgradeNegotiation(options, host, early());
            negotiation = asked;
            ByteBuf out = ctx.alloc().buffer();
            asked.begin(out);
            ctx.write(out, ctx.voidPromise());
        }
        ctx.flush();
    }

    /** The first bytes of what waits; they are on their way with the request. */
    private byte[] early() {
        ByteBuf early = Unpooled.buffer();
        for (Written each : written) {
            if (!(each.message instanceof ByteBuf bytes)) {
                break;
            }
            early.writeBytes(bytes, Math.min(bytes.readableBytes(), options.earlyData() - early.readableBytes()));
            if (bytes.isReadable()) {
                break;
            }
        }
        return ByteBufUtil.getBytes(early);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        received = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), received, (ByteBuf) msg);
        UpgradeNegotiation asked = negotiation;
        if (failed || asked == null) {
            fail(ctx, new GarbageException("the server spoke before it was asked"));
            return;
        }
        try {
            if (asked.proceed(received, Unpooled.EMPTY_BUFFER) == Negotiation.Stage.DONE) {
                open(ctx);
            }
        } catch (Failure refused) {
            fail(ctx, refused);
        }
    }

    private void open(ChannelHandlerContext ctx) {
        open = true;
        ByteBuf rest = received;
        received = Unpooled.EMPTY_BUFFER;
        List<Written> waiting = List.copyOf(written);
        written.clear();
        WebSocketStream stream = new WebSocketStream(true);
        ctx.pipeline().addAfter(ctx.name(), null, stream);
        ChannelHandlerContext above = ctx.pipeline().context(stream);
        ctx.pipeline().remove(this);
        for (Written each : waiting) {
            stream.write(above, each.message, each.promise);
        }
        stream.flush(above);
        stream.channelRead(above, rest);
    }

    private void fail(ChannelHandlerContext ctx, Throwable why) {
        if (!failed) {
            failed = true;
            ctx.fireExceptionCaught(why);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!open && !failed && !ctx.channel().config().isAutoRead()) {
            ctx.read(); // who asked for a read waits for the payload
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            fail(ctx, new GarbageException("the server ended the connection instead of upgrading it"));
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        failed = true;
        received.release();
        received = Unpooled.EMPTY_BUFFER;
        for (Written left; (left = written.poll()) != null; ) {
            ReferenceCountUtil.release(left.message);
            Batch.fail(left.promise);
        }
    }
}
