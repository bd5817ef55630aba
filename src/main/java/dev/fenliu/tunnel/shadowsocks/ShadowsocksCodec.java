package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The payload of a Shadowsocks stream above, its sealed bytes below; each write leaves as one buffer of whole chunks.
 * After input that does not open it fires one {@link Failure} and swallows the rest; closing is for whoever is above.
 * Confined to its channel's event loop; takes and gives ownership of buffers as Netty does.
 */
final class ShadowsocksCodec extends ChannelDuplexHandler {
    /** How long the address waits for a first payload to travel with, for protocols in which the server speaks first. */
    static final long HEADER_MILLIS = 50;

    private final StreamOpener opener;
    private final StreamSealer sealer;
    private ByteBuf header;
    private @Nullable ScheduledFuture<?> headerTimer;
    private boolean failed;
    private boolean starved;

    /**
     * @param greeting of this stream alone
     * @param header what goes before the first payload; becomes the codec's; empty at the server end
     */
    ShadowsocksCodec(Greeting greeting, ByteBuf header) {
        this.opener = new StreamOpener(greeting);
        this.sealer = new StreamSealer(greeting);
        this.header = header;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (header.isReadable()) {
            headerTimer = ctx.executor().schedule(() -> sendHeader(ctx), HEADER_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        takeHeader().release();
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (!(msg instanceof ByteBuf payload)) {
            if (header.isReadable()) {
                ctx.write(seal(ctx, takeHeader()));
            }
            ctx.write(msg, promise); // the end of the stream follows what was sealed
        } else if (!payload.isReadable()) {
            ctx.write(payload, promise);
        } else {
            ByteBuf first = takeHeader();
            ctx.write(seal(ctx, first.isReadable() ? Unpooled.wrappedBuffer(first, payload) : payload), promise);
        }
    }

    private void sendHeader(ChannelHandlerContext ctx) {
        if (header.isReadable()) {
            ctx.writeAndFlush(seal(ctx, takeHeader()));
        }
    }

    private ByteBuf takeHeader() {
        ByteBuf taken = header;
        header = Unpooled.EMPTY_BUFFER;
        if (headerTimer != null) {
            headerTimer.cancel(false);
            headerTimer = null;
        }
        return taken;
    }

    /** Seals and releases {@code payload}. */
    private ByteBuf seal(ChannelHandlerContext ctx, ByteBuf payload) {
        try {
            ByteBuf sealed = ctx.alloc().directBuffer(sealer.sealedBytes(payload.readableBytes()));
            sealer.seal(payload, sealed);
            return sealed;
        } finally {
            payload.release();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf sealed = (ByteBuf) msg;
        if (failed) {
            sealed.release();
            return;
        }
        Failure failure = null;
        ByteBuf payload = ctx.alloc().directBuffer(opener.openedBytes(sealed.readableBytes()));
        try {
            opener.open(sealed, payload);
        } catch (Failure e) {
            failure = e;
        } finally {
            sealed.release();
        }
        starved = !payload.isReadable();
        if (starved) {
            payload.release();
        } else {
            ctx.fireChannelRead(payload);
        }
        if (failure != null) {
            fail(ctx, failure);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (starved && !ctx.channel().config().isAutoRead()) {
            ctx.read(); // who asked for a read has got nothing yet, and will not ask again
        }
        starved = false;
        ctx.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE && !failed && !opener.atBoundary()) {
            fail(ctx, new Failure(Failure.Kind.TUNNEL_PROTOCOL, "the stream was cut off inside a chunk"));
            if (!ctx.channel().isOpen()) {
                return;
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    private void fail(ChannelHandlerContext ctx, Failure failure) {
        failed = true;
        ctx.fireExceptionCaught(failure);
    }
}
