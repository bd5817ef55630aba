package dev.fenliu.inbound;

import dev.fenliu.model.Destination;
import dev.fenliu.net.Dial;
import dev.fenliu.net.GarbageException;
import dev.fenliu.net.Leftover;
import dev.fenliu.net.Relay;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Above TLS at the server end of a tunnel: reads the request, lets it hand the flow upward and removes itself. Whoever sends anything else
 * gets the fallback site with all that it sent, from the first byte that cannot belong to a client's request; without
 * such a site, silence until it goes or until a time is over that was drawn when it came. Confined to its channel's
 * event loop; owns what it has received.
 */
public final class Admission extends ChannelInboundHandlerAdapter {
    private static final long MIN_PATIENCE_MILLIS = 30_000;
    private static final long MAX_PATIENCE_MILLIS = 90_000;

    /** What a client has to say first. Made for one connection; owns nothing. */
    @FunctionalInterface
    public interface Request {
        /**
         * Looks at all that has come so far, and moves behind the request when it is there as a whole.
         *
         * @return what a client gets, whose channel is connected; null while only the beginning of a request is there
         * @throws GarbageException as soon as it cannot become one, or is of nobody who is known here
         */
        @Nullable
        Consumer<Channel> read(ByteBuf received) throws GarbageException;
    }

    private final ListenerContext context;
    private final Request request;
    private final Optional<Destination> fallback;
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
    private @Nullable ScheduledFuture<?> patience;
    private boolean ignored;

    /** @param fallback the site that strangers see */
    public Admission(ListenerContext context, Request request, Optional<Destination> fallback) {
        this.context = context;
        this.request = request;
        this.fallback = fallback;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (ignored) {
            ((ByteBuf) msg).release();
            return;
        }
        received = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), received, (ByteBuf) msg);
        try {
            Consumer<Channel> admitted = request.read(received);
            if (admitted != null) {
                admit(ctx, admitted);
            }
        } catch (GarbageException e) {
            stranger(ctx);
        }
    }

    private void admit(ChannelHandlerContext ctx, Consumer<Channel> admitted) {
        Channel channel = ctx.channel();
        if (!(channel.remoteAddress() instanceof InetSocketAddress)) {
            channel.close(); // it has gone already
            return;
        }
        admitted.accept(channel);
        ctx.pipeline().remove(this);
    }

    private void stranger(ChannelHandlerContext ctx) {
        Channel channel = ctx.channel();
        if (fallback.isEmpty()) {
            ignored = true;
            drop();
            return;
        }
        Relay relay = Relay.hold(channel);
        context.plain().connect(Dial.own(fallback.get(), channel.eventLoop())).addListener((Future<Channel> site) -> {
            if (site.isSuccess()) {
                relay.join(site.getNow());
            } else {
                channel.close();
            }
        });
        ctx.pipeline().remove(this);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == SslHandshakeCompletionEvent.SUCCESS) {
            // The listener's own deadline is the same for every connection, and no web server has one so short.
            HandshakeDeadline.over(ctx.channel());
            long millis = ThreadLocalRandom.current().nextLong(MIN_PATIENCE_MILLIS, MAX_PATIENCE_MILLIS);
            patience = ctx.executor().schedule(() -> ctx.close(), millis, TimeUnit.MILLISECONDS);
        } else if (event != ChannelInputShutdownEvent.INSTANCE) {
            ctx.fireUserEventTriggered(event);
        } else if (ignored || fallback.isEmpty()) {
            ctx.close();
        } else {
            stranger(ctx);
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    /** Whatever follows the request is payload, and whatever a stranger sent is for the site. */
    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (patience != null) {
            patience.cancel(false);
        }
        ByteBuf rest = received;
        received = Unpooled.EMPTY_BUFFER;
        Leftover.handOn(ctx, rest);
    }

    private void drop() {
        received.release();
        received = Unpooled.EMPTY_BUFFER;
    }
}
