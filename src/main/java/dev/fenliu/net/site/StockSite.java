package dev.fenliu.net.site;

import dev.fenliu.net.EndOfStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A web server on which nothing was put: it finds no page, in the words that many such servers have. Speaks HTTP/1.1 as
 * the last handler of a connection. Confined to the event loop.
 */
final class StockSite extends SimpleChannelInboundHandler<HttpObject> {
    private static final byte[] NOT_FOUND = "404 page not found\n".getBytes(StandardCharsets.US_ASCII);
    private static final String PLAIN = "text/plain; charset=utf-8";
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    /** How long a connection may be idle: as long as with many servers. */
    private static final long KEEP_ALIVE_SECONDS = 75;

    private @Nullable ScheduledFuture<?> patience;

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        patience = ctx.executor().schedule(() -> ctx.close(), KEEP_ALIVE_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (patience != null) {
            patience.cancel(false);
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
        if (message.decoderResult().isFailure()) {
            byte[] body = "400 Bad Request".getBytes(StandardCharsets.US_ASCII);
            FullHttpResponse response = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.BAD_REQUEST, Unpooled.wrappedBuffer(body));
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, PLAIN).set(HttpHeaderNames.CONNECTION, "close");
            ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        } else if (message instanceof HttpRequest request) {
            handlerRemoved(ctx);
            handlerAdded(ctx);
            boolean keep = HttpUtil.isKeepAlive(request);
            boolean head = request.method().equals(HttpMethod.HEAD);
            FullHttpResponse response = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1,
                    HttpResponseStatus.NOT_FOUND,
                    head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(NOT_FOUND));
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, PLAIN)
                    .set("X-Content-Type-Options", "nosniff")
                    .set(HttpHeaderNames.DATE, date())
                    .set(HttpHeaderNames.CONTENT_LENGTH, NOT_FOUND.length);
            if (!keep) {
                response.headers().set(HttpHeaderNames.CONNECTION, "close");
            }
            ChannelFuture sent = ctx.writeAndFlush(response);
            if (!keep) {
                sent.addListener(ChannelFutureListener.CLOSE);
            }
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    /** The same page over HTTP/2. */
    static void notFound(Channel stream, boolean head) {
        Http2Headers headers = headers(404)
                .set("content-type", PLAIN)
                .set("x-content-type-options", "nosniff")
                .setInt("content-length", NOT_FOUND.length);
        stream.write(new DefaultHttp2HeadersFrame(headers, head));
        if (!head) {
            stream.write(Unpooled.wrappedBuffer(NOT_FOUND));
        }
        stream.writeAndFlush(EndOfStream.INSTANCE).addListener(sent -> stream.close());
    }

    /** An answer over HTTP/2 without a page. */
    static void answer(Channel stream, int status) {
        stream.writeAndFlush(new DefaultHttp2HeadersFrame(headers(status), true))
                .addListener(sent -> stream.close());
    }

    /** What HTTP/1.1 gets when the site that it should see does not answer. */
    static ByteBuf unreachable(ByteBufAllocator alloc) {
        return ByteBufUtil.writeAscii(
                alloc,
                "HTTP/1.1 502 Bad Gateway\r\nDate: " + date() + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }

    private static Http2Headers headers(int status) {
        return new DefaultHttp2Headers().status(Integer.toString(status)).set("date", date());
    }

    private static String date() {
        return DATE.format(Instant.now());
    }
}
