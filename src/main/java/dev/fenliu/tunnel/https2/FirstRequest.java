package dev.fenliu.tunnel.https2;

import dev.fenliu.inbound.Users;
import dev.fenliu.inbound.http.HttpAcceptor;
import dev.fenliu.net.Leftover;
import dev.fenliu.net.site.Site;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a connection that speaks HTTP/1.1: one whose first request is for a proxy and logs in becomes one of the
 * proxy; any other is the site's, with all that it sent, from the first byte that cannot belong to such a request. Confined
 * to the event loop; owns what it has received.
 */
final class FirstRequest extends ChannelInboundHandlerAdapter {
    private static final int MAX_HEAD = 32 << 10;
    private static final int MAX_METHOD = 32;
    private static final long MIN_PATIENCE_MILLIS = 30_000;
    private static final long MAX_PATIENCE_MILLIS = 90_000;
    private static final byte[] CONNECT = "CONNECT ".getBytes(StandardCharsets.US_ASCII);
    private static final String HTTP = "http://";
    private static final byte[] ABSOLUTE = HTTP.getBytes(StandardCharsets.US_ASCII);
    private static final String LOGIN = "proxy-authorization:";

    private final Users users;
    private final ChallengeHost challenge;
    private final HttpAcceptor proxy;
    private final Site site;
    private final BooleanSupplier current;
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
    private int searched;
    private @Nullable ScheduledFuture<?> patience;

    /** @param current whether {@code users} are still those of the listener */
    FirstRequest(Users users, ChallengeHost challenge, HttpAcceptor proxy, Site site, BooleanSupplier current) {
        this.users = users;
        this.challenge = challenge;
        this.proxy = proxy;
        this.site = site;
        this.current = current;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        long millis = ThreadLocalRandom.current().nextLong(MIN_PATIENCE_MILLIS, MAX_PATIENCE_MILLIS);
        patience = ctx.executor().schedule(() -> ctx.close(), millis, TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        received = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), received, (ByteBuf) message);
        int end = endOfHead();
        if (end < 0 && received.readableBytes() < MAX_HEAD && forProxy(received)) {
            return;
        }
        if (end >= 0 && forProxy(received) && mayPass(head(end))) {
            proxy.accept(ctx.channel());
            if (!current.getAsBoolean()) {
                received.clear(); // waited with the login until the password was no more
                ctx.close();
            }
        } else {
            site.takeOver(ctx.channel());
        }
        ctx.pipeline().remove(this);
    }

    /** Where the empty line is, or -1. */
    private int endOfHead() {
        for (int i = Math.max(received.readerIndex(), searched - 3); i + 3 < received.writerIndex(); i++) {
            if (received.getInt(i) == 0x0d0a0d0a) {
                return i;
            }
        }
        searched = received.writerIndex();
        return -1;
    }

    /** Whether it is, or can become, a request that goes to a proxy: CONNECT, or one for an absolute URI. */
    static boolean forProxy(ByteBuf in) {
        int start = in.readerIndex();
        int length = in.readableBytes();
        if (matches(in, start, CONNECT, false)) {
            return true;
        }
        for (int i = 0; i < length; i++) {
            byte b = in.getByte(start + i);
            if (b == ' ') {
                return i > 0 && matches(in, start + i + 1, ABSOLUTE, true);
            }
            if (i >= MAX_METHOD || b < 'A' || b > 'Z') {
                return false;
            }
        }
        return true;
    }

    /** Whether what is there of {@code text} at {@code index} is right. */
    private static boolean matches(ByteBuf in, int index, byte[] text, boolean ignoreCase) {
        int length = Math.min(text.length, in.writerIndex() - index);
        for (int i = 0; i < length; i++) {
            int b = in.getByte(index + i);
            if (b != text[i] && !(ignoreCase && Character.toLowerCase(b) == text[i])) {
                return false;
            }
        }
        return true;
    }

    private String head(int end) {
        return received.toString(received.readerIndex(), end - received.readerIndex(), StandardCharsets.ISO_8859_1);
    }

    /** Whether the client logs in, or knows where it is asked to: the proxy does that. */
    private boolean mayPass(String head) {
        return users.account(login(head)) != null || challenge.asked(authority(head));
    }

    /** Of the request-target, which is one for a proxy. */
    private static String authority(String head) {
        int start = head.indexOf(' ') + 1;
        boolean absolute = head.regionMatches(true, start, HTTP, 0, HTTP.length());
        start += absolute ? HTTP.length() : 0;
        int end = start;
        while (end < head.length() && " /?#".indexOf(head.charAt(end)) < 0) {
            end++;
        }
        return head.substring(start, end);
    }

    /** The value of the only header that logs in to a proxy, or null. */
    private static @Nullable String login(String head) {
        String found = null;
        for (String line : head.split("\r\n", -1)) {
            if (line.regionMatches(true, 0, LOGIN, 0, LOGIN.length())) {
                if (found != null) {
                    return null;
                }
                found = line.substring(LOGIN.length()).strip();
            }
        }
        return found;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            site.takeOver(ctx.channel());
            ctx.pipeline().remove(this);
        }
        ctx.fireUserEventTriggered(event);
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
