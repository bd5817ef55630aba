package dev.fenliu.engine;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** One small plain HTTP/1.1 request through an outbound of a config that is not in force, such as to its tunnel's server. */
public final class Errand {
    private static final int MAX_BYTES = 64 << 10;

    /** What came back. */
    public record Answer(int status, String body) {}

    private Errand() {}

    /**
     * Sends a request.
     *
     * @param outbound of the config that {@code inquiry} is about
     * @param seconds for all of it
     * @return fails with a {@link Failure}
     */
    public static Future<Answer> send(
            Inquiry inquiry, String outbound, Destination to, Request request, EventLoop loop, int seconds) {
        Promise<Answer> result = loop.newPromise();
        Dialer dialer = inquiry.dialer(outbound);
        if (dialer == null) {
            return result.setFailure(new Failure(Failure.Kind.INTERNAL, "no outbound \"" + outbound + "\""));
        }
        loop.execute(() -> {
            Future<Channel> dialling = dialer.connect(Dial.own(to, loop));
            var deadline = loop.schedule(
                    () -> {
                        dialling.cancel(false);
                        result.tryFailure(new Failure(Failure.Kind.TIMEOUT, to + " did not answer in time"));
                    },
                    seconds,
                    TimeUnit.SECONDS);
            result.addListener(done -> deadline.cancel(false));
            dialling.addListener((Future<Channel> dialled) -> {
                if (!dialled.isSuccess()) {
                    result.tryFailure(Failure.of(dialled.cause()));
                } else if (result.isDone()) {
                    dialled.getNow().close();
                } else {
                    result.addListener(done -> dialled.getNow().close());
                    ask(dialled.getNow(), to, request, result);
                }
            });
        });
        return result;
    }

    /**
     * What is asked.
     *
     * @param body POST with it; empty for GET
     */
    public record Request(String path, String body) {
        @Override
        public String toString() {
            return path; // the body may be a secret
        }
    }

    private static void ask(Channel channel, Destination to, Request request, Promise<Answer> result) {
        byte[] body = request.body().getBytes(StandardCharsets.UTF_8);
        DefaultFullHttpRequest message = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1,
                body.length == 0 ? HttpMethod.GET : HttpMethod.POST,
                request.path(),
                Unpooled.wrappedBuffer(body));
        message.headers().set(HttpHeaderNames.HOST, to.host()).set(HttpHeaderNames.CONNECTION, "close");
        if (body.length > 0) {
            message.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        }
        channel.pipeline().addLast(new HttpClientCodec(), new HttpObjectAggregator(MAX_BYTES), new Reply(result));
        channel.writeAndFlush(message);
        channel.read();
    }

    private static final class Reply extends SimpleChannelInboundHandler<FullHttpResponse> {
        private final Promise<Answer> result;

        Reply(Promise<Answer> result) {
            this.result = result;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse response) {
            if (response.decoderResult().isFailure()) {
                result.tryFailure(new Failure(Failure.Kind.TUNNEL_PROTOCOL, "what answers does not speak HTTP"));
            } else {
                result.trySuccess(
                        new Answer(response.status().code(), response.content().toString(StandardCharsets.UTF_8)));
            }
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
            result.tryFailure(new Failure(Failure.Kind.TUNNEL_PROTOCOL, "the connection was closed without an answer"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            result.tryFailure(Failure.of(cause));
        }
    }
}
