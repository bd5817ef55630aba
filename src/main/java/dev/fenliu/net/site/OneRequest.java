package dev.fenliu.net.site;

import dev.fenliu.net.EndOfStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a stream of HTTP/2 look, to the handlers above, like a connection of HTTP/1.1 on which one request comes: they read
 * its bytes, and the bytes of the response that they write leave as one of HTTP/2 (RFC 9113 section 8.1). With the last of
 * them the stream is closed; one that breaks off before is reset. Holds at most a head and the line of a chunk. Confined
 * to the stream's event loop.
 */
public final class OneRequest extends ChannelDuplexHandler {
    private static final int MAX_LINE = 16 << 10;
    private static final int MAX_HEAD = 64 << 10;
    private static final int MAX_CHUNK = 64 << 10;

    private final boolean proxy;
    private final boolean chunked;
    private final boolean body;
    private final Responses responses;
    private ByteBuf head;
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
    private boolean interim;
    private boolean answering;
    private boolean over;

    private OneRequest(HttpRequest request, boolean whole, boolean proxy) {
        this.proxy = proxy;
        this.chunked = HttpUtil.isTransferEncodingChunked(request);
        this.body = !whole && SiteHeaders.hasBody(request);
        this.responses = new Responses(request.method());
        this.head = Unpooled.wrappedBuffer(SiteHeaders.text(request).getBytes(StandardCharsets.ISO_8859_1));
    }

    /**
     * The handler for a request to an origin.
     *
     * @param whole whether no body follows
     * @return null when the request cannot be one of HTTP/1.1
     */
    static @Nullable OneRequest of(Http2Headers head, boolean whole) {
        HttpRequest request = SiteHeaders.request(head, whole);
        return request == null ? null : new OneRequest(request, whole, false);
    }

    /**
     * The handler for a request to a proxy, which sees the absolute form and how the client logs in (RFC 9112 section
     * 3.2.2).
     *
     * @param whole whether no body follows
     * @return null when the request cannot be one of HTTP/1.1
     */
    public static @Nullable OneRequest toProxy(Http2Headers head, boolean whole) {
        HttpRequest request = SiteHeaders.toProxy(head, whole);
        return request == null ? null : new OneRequest(request, whole, true);
    }

    /** The parts of a response, of bytes as they come; used without a pipeline of its own. */
    private static final class Responses extends HttpResponseDecoder {
        private final HttpMethod method;

        Responses(HttpMethod method) {
            super(new HttpDecoderConfig()
                    .setMaxInitialLineLength(MAX_LINE)
                    .setMaxHeaderSize(MAX_HEAD)
                    .setMaxChunkSize(MAX_CHUNK));
            this.method = method;
        }

        @Override
        protected boolean isContentAlwaysEmpty(HttpMessage message) {
            boolean tunnel = method.equals(HttpMethod.CONNECT)
                    && ((HttpResponse) message).status().codeClass() == HttpStatusClass.SUCCESS;
            return tunnel || method.equals(HttpMethod.HEAD) || super.isContentAlwaysEmpty(message);
        }

        List<Object> take(ChannelHandlerContext ctx, ByteBuf in, boolean last) throws Exception {
            List<Object> parts = new ArrayList<>();
            int bytes;
            int before;
            do {
                bytes = in.readableBytes();
                before = parts.size();
                decode(ctx, in, parts);
            } while (in.isReadable() && (in.readableBytes() < bytes || parts.size() > before));
            if (last) {
                decodeLast(ctx, in, parts);
            }
            return parts;
        }
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        ByteBuf first = head;
        if (first.isReadable()) {
            head = Unpooled.EMPTY_BUFFER;
            ctx.fireChannelRead(first);
            ctx.fireChannelReadComplete();
        }
        ctx.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof ByteBuf bytes) || !body || over || !bytes.isReadable()) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (chunked) {
            ctx.fireChannelRead(
                    ByteBufUtil.writeAscii(ctx.alloc(), Integer.toHexString(bytes.readableBytes()) + "\r\n"));
            ctx.fireChannelRead(bytes);
            ctx.fireChannelRead(ByteBufUtil.writeAscii(ctx.alloc(), "\r\n"));
        } else {
            ctx.fireChannelRead(bytes);
        }
    }

    /** The end of the request is not one of the connection. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event != ChannelInputShutdownEvent.INSTANCE) {
            ctx.fireUserEventTriggered(event);
        } else if (chunked && body && !over) {
            ctx.fireChannelRead(ByteBufUtil.writeAscii(ctx.alloc(), "0\r\n\r\n"));
            ctx.fireChannelReadComplete();
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) throws Exception {
        boolean end = message == EndOfStream.INSTANCE;
        if (!end && !(message instanceof ByteBuf)) {
            ctx.write(message, promise);
            return;
        }
        if (over) {
            ReferenceCountUtil.release(message);
        } else {
            if (message instanceof ByteBuf bytes) {
                received = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), received, bytes);
            }
            for (Object part : responses.take(ctx, received, end)) {
                pass(ctx, (HttpObject) part);
            }
            if (end) {
                brokenOff(ctx);
            }
        }
        ctx.write(Unpooled.EMPTY_BUFFER, promise); // done when what was made of it is
    }

    private void pass(ChannelHandlerContext ctx, HttpObject part) {
        if (over) {
            ReferenceCountUtil.release(part);
            return;
        }
        if (part.decoderResult().isFailure()) {
            ReferenceCountUtil.release(part);
            brokenOff(ctx);
            return;
        }
        if (part instanceof HttpResponse response) {
            interim = response.status().code() < 200;
            answering |= !interim;
            ctx.write(new DefaultHttp2HeadersFrame(SiteHeaders.response(response, proxy), false));
        }
        if (part instanceof HttpContent content && !interim) {
            ctx.write(content.content());
            if (content instanceof LastHttpContent) {
                over = true;
                ctx.writeAndFlush(EndOfStream.INSTANCE).addListener(sent -> ctx.close());
            }
        }
    }

    /** What came is not the whole response, and no more will come. */
    private void brokenOff(ChannelHandlerContext ctx) {
        if (over) {
            return;
        }
        over = true;
        if (answering) {
            ctx.channel().unsafe().close(ctx.newPromise());
        } else {
            StockSite.answer(ctx.channel(), 502);
        }
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (over) {
            ctx.close(promise);
        } else {
            over = true;
            ctx.channel().unsafe().close(promise);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        over = true;
        head.release();
        received.release();
        head = Unpooled.EMPTY_BUFFER;
        received = Unpooled.EMPTY_BUFFER;
    }
}
