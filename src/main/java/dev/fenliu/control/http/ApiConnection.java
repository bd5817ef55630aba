package dev.fenliu.control.http;

import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.net.EndOfStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client of the API: HTTP/1.1 (RFC 9112), one request after the other. It has ten seconds for the first head, as long
 * for each content, and after each answer as long for the next. Confined to the client's event loop.
 */
final class ApiConnection extends SimpleChannelInboundHandler<HttpObject> {
    private static final Logger LOG = LoggerFactory.getLogger(ApiConnection.class);
    private static final int MAX_LINE = 8 << 10;
    private static final int MAX_HEAD = 32 << 10;
    private static final int SECONDS = 10;

    private final Admission admission;
    private final HttpServer server;
    private @Nullable ScheduledFuture<?> deadline;
    /** What waits for its content; null before the head and after the content. */
    private @Nullable Request request;

    private @Nullable HttpRequest head;
    /** Whether a request waits for its answer. */
    private boolean busy;
    /** Whether no more requests are taken. */
    private boolean last;
    /** Whether the answer to the last is out. */
    private boolean over;

    private ApiConnection(Channel channel, HttpServer server) {
        this.server = server;
        this.admission = new Admission(server, channel);
    }

    /** Serves a client that was just accepted. */
    static void on(Channel channel, HttpServer server) {
        channel.pipeline()
                .addLast(new HttpServerCodec(new HttpDecoderConfig()
                        .setMaxInitialLineLength(MAX_LINE)
                        .setMaxHeaderSize(MAX_HEAD)));
        if (!server.routes().areMade()) {
            hold(channel, server);
        }
        channel.pipeline().addLast(new ApiConnection(channel, server));
    }

    /** Has the routes made, which takes so long that an event loop is not to wait for it. */
    private static void hold(Channel channel, HttpServer server) {
        Waiting waiting = new Waiting();
        channel.pipeline().addLast(waiting);
        try {
            server.threads().worker().execute(() -> {
                boolean made = server.routes().make();
                channel.eventLoop().execute(() -> {
                    ChannelHandlerContext place = channel.pipeline().context(waiting);
                    if (!made) {
                        channel.close();
                    } else if (place != null) {
                        waiting.over(place);
                    }
                });
            });
        } catch (RejectedExecutionException e) { // more wait than there is room for
            channel.close();
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
        if (last && request == null || over) {
            return;
        }
        if (message instanceof HttpRequest next) {
            HandshakeDeadline.over(ctx.channel());
            if (busy) {
                last = true; // whoever sends the next before the answer to the first sends it again
                return;
            }
            stop();
            busy = true;
            begin(ctx, next);
        } else if (message.decoderResult().isFailure()) {
            if (!busy || request != null) {
                ctx.close();
            }
        } else if (message instanceof HttpContent content && request != null) {
            content(ctx, request, content);
        }
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest next) {
        head = next;
        last = !HttpUtil.isKeepAlive(next);
        Reply wrong = Head.malformed(next);
        if (wrong == null && !admission.isOurs(next)) {
            last = true;
            ctx.close();
            return;
        }
        if (wrong != null) {
            last = true;
            answer(ctx, wrong);
            return;
        }
        Admission.Verdict verdict = admission.judge(next);
        if (verdict.refusal() != null) {
            last |= Head.hasContent(next.headers());
            answer(ctx, verdict.refusal());
            return;
        }
        Request wanted = verdict.request();
        if (!Head.hasContent(next.headers())) {
            run(ctx, wanted);
            return;
        }
        request = wanted;
        deadline = ctx.channel().eventLoop().schedule(() -> ctx.close(), SECONDS, TimeUnit.SECONDS);
        if (Head.waits(next)) {
            ctx.writeAndFlush(new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
        }
    }

    private void content(ChannelHandlerContext ctx, Request wanted, HttpContent content) {
        ByteBuf bytes = content.content();
        if (!wanted.take(bytes)) {
            request = null;
            last = true;
            answer(ctx, Head.tooMuch());
        } else if (content instanceof LastHttpContent) {
            request = null;
            stop();
            run(ctx, wanted);
        }
    }

    private void run(ChannelHandlerContext ctx, Request wanted) {
        Route route = wanted.route();
        Feed feed = route.feed();
        try {
            Call call = wanted.call();
            if (feed != null && head != null) {
                FeedConnection.serve(ctx, head, server.gate().guest(head.headers()), call, feed);
            } else if (route.kind() == Route.Kind.WORK) {
                run(ctx, server.threads().worker(), route, call);
            } else if (route.kind() == Route.Kind.EDIT) {
                run(ctx, server.threads().editor(), route, call);
            } else {
                answer(ctx, route.answer(call));
            }
        } catch (RejectedExecutionException e) {
            String busy = route.kind() == Route.Kind.EDIT
                    ? "other changes are being made and wait for their reloads; try again"
                    : "too much to do; try again";
            answer(ctx, Reply.refusal(HttpResponseStatus.SERVICE_UNAVAILABLE, busy));
        } catch (RuntimeException e) {
            answer(ctx, failed(e));
        }
    }

    private void run(ChannelHandlerContext ctx, Executor thread, Route route, Call call) {
        thread.execute(() -> {
            Future<Reply> reply = worked(route, call);
            ctx.executor().execute(() -> answer(ctx, reply));
        });
    }

    private static Future<Reply> worked(Route route, Call call) {
        try {
            return route.answer(call);
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            return call.loop().newFailedFuture(e);
        }
    }

    private void answer(ChannelHandlerContext ctx, Future<Reply> reply) {
        reply.addListener(done -> answer(ctx, reply.isSuccess() ? reply.getNow() : failed(reply.cause())));
    }

    private static Reply failed(@Nullable Throwable why) {
        if (why instanceof BadRequest) {
            return Head.badRequest(String.valueOf(why.getMessage()));
        }
        LOG.error("control API: unexpected", why);
        return Reply.refusal(HttpResponseStatus.INTERNAL_SERVER_ERROR, "that went wrong; the log has more");
    }

    private void answer(ChannelHandlerContext ctx, Reply reply) {
        busy = false;
        stop();
        deadline = ctx.channel().eventLoop().schedule(() -> ctx.close(), SECONDS, TimeUnit.SECONDS);
        ctx.writeAndFlush(admission.shared(head, reply).message(last));
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
    public void handlerRemoved(ChannelHandlerContext ctx) {
        stop();
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
            if (!busy || request != null) {
                ctx.close();
            }
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException
                || cause instanceof DecoderException)) { // such as of too many requests at once
            LOG.error("control API: unexpected", cause);
        }
        ctx.close();
    }
}
