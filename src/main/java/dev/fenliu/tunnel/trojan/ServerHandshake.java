package dev.fenliu.tunnel.trojan;

import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
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
import org.jspecify.annotations.Nullable;

/**
 * Above TLS at the server end: reads the request, hands the flow upward and removes itself. Whoever sends anything else
 * gets the fallback site with all that it sent, from the first byte that cannot belong to a client's request; without
 * such a site, silence until it goes or until a time is over that was drawn when it came. Confined to its channel's
 * event loop; owns what it has received.
 */
final class ServerHandshake extends ChannelInboundHandlerAdapter {
    private static final long MIN_PATIENCE_MILLIS = 30_000;
    private static final long MAX_PATIENCE_MILLIS = 90_000;

    private final ListenerContext context;
    private final Accounts accounts;
    private final Optional<Destination> fallback;
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
    private Accounts.@Nullable Account account;
    private @Nullable ScheduledFuture<?> patience;
    private boolean ignored;

    ServerHandshake(ListenerContext context, Accounts accounts, Optional<Destination> fallback) {
        this.context = context;
        this.accounts = accounts;
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
            if (account == null) {
                byte[] key = TrojanRequest.key(received);
                if (key == null) {
                    return;
                }
                account = accounts.find(key);
                if (account == null) {
                    stranger(ctx);
                    return;
                }
            }
            TrojanRequest request = TrojanRequest.decode(received);
            if (request != null) {
                client(ctx, request, account);
            }
        } catch (GarbageException e) {
            stranger(ctx);
        }
    }

    private void client(ChannelHandlerContext ctx, TrojanRequest request, Accounts.Account account) {
        Channel channel = ctx.channel();
        if (!(channel.remoteAddress() instanceof InetSocketAddress source)) {
            channel.close(); // it has gone already
            return;
        }
        Destination destination = request.destination();
        if (request.command() == TrojanRequest.Command.DATAGRAMS || destination == null) {
            ServerPackets packets =
                    new ServerPackets(context.settings().name(), source, account.user(), channel.eventLoop());
            packets.start(context.handler(), channel);
            ctx.pipeline().addLast("packets", packets.stream());
        } else {
            Flow flow = new Flow(
                    context.handler().nextId(),
                    Transport.TCP,
                    context.settings().name(),
                    source,
                    destination,
                    account.user());
            context.handler().stream(new Stream(flow, channel));
        }
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
        if (rest.isReadable() && ctx.channel().isActive()) {
            ctx.fireChannelRead(rest);
            ctx.fireChannelReadComplete();
        } else {
            rest.release();
        }
    }

    private void drop() {
        received.release();
        received = Unpooled.EMPTY_BUFFER;
    }

    /** Trojan has no answer: yes is silence, and no is the end. */
    private record Stream(Flow flow, Channel channel) implements InboundStream {
        @Override
        public void accept() {}

        @Override
        public void refuse(Failure failure) {
            channel.close();
        }
    }
}
