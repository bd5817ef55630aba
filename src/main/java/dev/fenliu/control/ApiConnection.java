package dev.fenliu.control;

import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.net.EndOfStream;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client of the API: HTTP/1.1 (RFC 9112), one request after the other. It has ten seconds for the first head, and after
 * each answer as long for the next. Confined to the client's event loop.
 */
final class ApiConnection extends SimpleChannelInboundHandler<HttpObject> {
    private static final Logger LOG = LoggerFactory.getLogger(ApiConnection.class);
    private static final int MAX_LINE = 8 << 10;
    private static final int MAX_HEAD = 32 << 10;
    private static final int MAX_FIELDS = 100;
    private static final int SECONDS = 10;

    private final Gate gate;
    private final Routes routes;
    private final Set<String> hosts;
    private final InetSocketAddress client;
    private @Nullable ScheduledFuture<?> deadline;
    /** Whether a request waits for its answer. */
    private boolean busy;
    /** Whether no more requests are taken. */
    private boolean last;
    /** Whether the answer to the last is out. */
    private boolean over;

    private ApiConnection(Gate gate, Routes routes, Channel channel) {
        this.gate = gate;
        this.routes = routes;
        this.hosts = Gate.hosts((InetSocketAddress) channel.localAddress());
        this.client = ListenerContext.source(channel);
    }

    /** Serves a client that was just accepted. */
    static void on(Channel channel, Gate gate, Routes routes) {
        channel.pipeline()
                .addLast(new HttpServerCodec(new HttpDecoderConfig()
                        .setMaxInitialLineLength(MAX_LINE)
                        .setMaxHeaderSize(MAX_HEAD)))
                .addLast(new ApiConnection(gate, routes, channel));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
        if (last || over) {
            return;
        }
        if (message instanceof HttpRequest head) {
            HandshakeDeadline.over(ctx.channel());
            stop();
            if (busy) {
                last = true; // whoever sends the next before the answer to the first sends it again
                return;
            }
            busy = true;
            serve(ctx, head);
        } else if (message.decoderResult().isFailure() && !busy) {
            ctx.close();
        }
    }

    private void serve(ChannelHandlerContext ctx, HttpRequest head) {
        last = !HttpUtil.isKeepAlive(head) || hasContent(head.headers());
        Reply wrong = malformed(head);
        if (wrong == null && !gate.isOurs(head, hosts, client)) {
            last = true;
            ctx.close();
            return;
        }
        if (wrong != null) {
            last = true;
            answer(ctx, wrong);
            return;
        }
        Call call;
        try {
            call = Call.of(head.uri(), ctx.channel());
        } catch (IllegalArgumentException e) {
            answer(ctx, Reply.refusal(HttpResponseStatus.BAD_REQUEST, "the path cannot be read"));
            return;
        }
        Routes.Route route = routes.find(call.path());
        Reply refusal = route != null && !route.guarded() ? null : gate.refusal(head, client.getAddress());
        if (refusal == null) {
            refusal = unfit(head, route);
        }
        if (refusal != null || route == null) {
            answer(ctx, refusal == null ? Routes.missing() : refusal);
            return;
        }
        route.handler().apply(call).addListener((Future<Reply> reply) -> answer(ctx, reply.getNow()));
    }

    private static boolean hasContent(HttpHeaders headers) {
        return headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                || headers.contains(HttpHeaderNames.CONTENT_LENGTH)
                        && !headers.get(HttpHeaderNames.CONTENT_LENGTH, "").equals("0");
    }

    /** What no server should take, and Netty does. */
    private static @Nullable Reply malformed(HttpRequest head) {
        if (head.decoderResult().isFailure()) {
            Throwable why = head.decoderResult().cause();
            return why instanceof TooLongHttpLineException
                    ? Reply.refusal(HttpResponseStatus.REQUEST_URI_TOO_LONG, "the first line is too long")
                    : why instanceof TooLongHttpHeaderException ? tooLarge() : badRequest("this is no HTTP request");
        }
        if (head.headers().size() > MAX_FIELDS) {
            return tooLarge();
        }
        if (head.headers().getAll(HttpHeaderNames.HOST).size() != 1) {
            return badRequest("a request has one Host header");
        }
        HttpVersion version = head.protocolVersion();
        return version.equals(HttpVersion.HTTP_1_1) || version.equals(HttpVersion.HTTP_1_0)
                ? null
                : Reply.refusal(HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "this is HTTP/1.1");
    }

    private static Reply badRequest(String why) {
        return Reply.refusal(HttpResponseStatus.BAD_REQUEST, why);
    }

    private static Reply tooLarge() {
        return Reply.refusal(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large");
    }

    private static @Nullable Reply unfit(HttpRequest head, Routes.@Nullable Route route) {
        if (route == null) {
            return Routes.missing();
        }
        if (!head.method().equals(HttpMethod.GET) && !head.method().equals(HttpMethod.HEAD)) {
            return Reply.refusal(
                    HttpResponseStatus.METHOD_NOT_ALLOWED, "this is for GET", Map.of("Allow", "GET, HEAD"));
        }
        return hasContent(head.headers())
                ? Reply.refusal(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "no content is taken here")
                : null;
    }

    private void answer(ChannelHandlerContext ctx, Reply reply) {
        busy = false;
        stop();
        deadline = ctx.channel().eventLoop().schedule(() -> ctx.close(), SECONDS, TimeUnit.SECONDS);
        ctx.writeAndFlush(reply.message(last));
        if (last && !over) {
            over = true; // what still comes is read, or its arrival would take the answer from the client
            ctx.writeAndFlush(EndOfStream.INSTANCE);
        }
    }

    private void stop() {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stop();
        ctx.fireChannelInactive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            last = true;
            if (!busy) {
                ctx.close();
            }
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.error("control API: unexpected", cause);
        }
        ctx.close();
    }
}
