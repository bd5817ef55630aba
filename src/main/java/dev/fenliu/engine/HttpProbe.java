package dev.fenliu.engine;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.ClientTls;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks for one page through an outbound, which resolves the name, to see whether and how fast it is answered. Follows no
 * redirect, for that is an answer too. Confined to one event loop.
 */
final class HttpProbe {
    private static final int MAX_BODY = 64 << 10;

    /**
     * An answer.
     *
     * @param delay until it began
     * @param body its first 64 KiB at most, as text
     */
    record Answer(Duration delay, int status, String body) {}

    private final URI uri;
    private final ClientTls tls;
    private final EventLoop loop;
    private final long started;
    private final Promise<Answer> result;
    private boolean connected;

    private HttpProbe(URI uri, ClientTls tls, EventLoop loop) {
        this.uri = uri;
        this.tls = tls;
        this.loop = loop;
        this.started = loop.ticker().nanoTime();
        this.result = loop.newPromise();
    }

    /**
     * Asks.
     *
     * @param timeout until the whole answer
     * @return fails with a {@link Failure}: of kind {@link Failure.Kind#TUNNEL_DOWN} when the outbound did not connect
     */
    static Future<Answer> ask(URI uri, Dialer dialer, ClientTls tls, EventLoop loop, Duration timeout) {
        HttpProbe probe = new HttpProbe(uri, tls, loop);
        loop.execute(() -> {
            var deadline = loop.schedule(
                    () -> probe.fail("no answer in " + timeout.toMillis() + " ms"),
                    timeout.toMillis(),
                    TimeUnit.MILLISECONDS);
            probe.result.addListener(done -> deadline.cancel(false));
            probe.open(dialer);
        });
        return probe.result;
    }

    private void open(Dialer dialer) {
        Destination server = HttpFetch.server(uri);
        Future<Channel> dialling = dialer.connect(Dial.own(server, loop));
        result.addListener(done -> dialling.cancel(false));
        dialling.addListener((Future<Channel> dialled) -> {
            if (!dialled.isSuccess()) {
                result.tryFailure(Failure.of(dialled.cause()));
            } else if (result.isDone()) {
                dialled.getNow().close();
            } else {
                Channel channel = dialled.getNow();
                connected = true;
                result.addListener(done -> channel.close());
                secure(channel, server);
            }
        });
    }

    private void secure(Channel channel, Destination server) {
        if (!"https".equals(uri.getScheme())) {
            ask(channel);
            return;
        }
        tls.secure(channel, server, Duration.ofMinutes(1)).addListener((Future<Channel> secured) -> {
            if (secured.isSuccess()) {
                ask(channel);
            } else {
                fail(Failure.of(secured.cause()).text());
            }
        });
    }

    private void ask(Channel channel) {
        channel.pipeline().addLast(new HttpClientCodec(), new Reply());
        channel.writeAndFlush(HttpFetch.request(uri));
        channel.read();
    }

    private void fail(String why) {
        result.tryFailure(
                new Failure(connected ? Failure.Kind.TIMEOUT : Failure.Kind.TUNNEL_DOWN, uri.getHost() + ": " + why));
    }

    private final class Reply extends SimpleChannelInboundHandler<HttpObject> {
        private final ByteBuf body = Unpooled.buffer(0, MAX_BODY);
        private @Nullable Duration delay;
        private int status;

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, HttpObject part) {
            if (part.decoderResult().isFailure()) {
                fail("its answer is malformed");
                return;
            }
            if (part instanceof HttpResponse head) {
                delay = Duration.ofNanos(loop.ticker().nanoTime() - started);
                status = head.status().code();
            }
            if (part instanceof HttpContent content) {
                body.writeBytes(
                        content.content(), Math.min(content.content().readableBytes(), body.maxWritableBytes()));
            }
            if (part instanceof LastHttpContent || body.maxWritableBytes() == 0) {
                end();
            }
        }

        private void end() {
            if (delay == null) {
                fail("the connection closed without an answer");
                return;
            }
            result.trySuccess(new Answer(delay, status, body.toString(StandardCharsets.UTF_8)));
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.read();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof ChannelInputShutdownEvent) {
                ctx.close();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            end();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            fail(String.valueOf(cause.getMessage()));
        }
    }
}
