package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.net.EndOfStream;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http3.HttpConversionUtil;
import io.netty.util.ReferenceCountUtil;
import java.util.List;

/**
 * Makes of a stranger's HTTP/3 stream the stream of bytes that a site with HTTP/1.1 reads and writes: request and answer
 * are translated, the headers that mean a connection are not passed on. Confined to its stream's event loop.
 */
final class SiteCodec extends ChannelDuplexHandler {
    private static final List<CharSequence> HOP_BY_HOP = List.of(
            HttpHeaderNames.CONNECTION,
            "proxy-connection",
            HttpHeaderNames.TRANSFER_ENCODING,
            HttpHeaderNames.UPGRADE,
            "keep-alive");

    /** Knows which answers have no body. */
    private final EmbeddedChannel http1 = new EmbeddedChannel(new HttpClientCodec());

    private boolean answered;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof HttpRequest request) {
            for (HttpConversionUtil.ExtensionHeaderNames name : HttpConversionUtil.ExtensionHeaderNames.values()) {
                request.headers().remove(name.text());
            }
            request.headers().set(HttpHeaderNames.CONNECTION, "close");
        }
        http1.writeOutbound(msg);
        for (ByteBuf bytes; (bytes = http1.readOutbound()) != null; ) {
            ctx.fireChannelRead(bytes);
        }
    }

    /** The end of a request is in the request; to a site, a FIN would be a client that has gone. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event != ChannelInputShutdownEvent.INSTANCE && event != ChannelInputShutdownReadComplete.INSTANCE) {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (answered) {
            ReferenceCountUtil.release(msg);
            promise.trySuccess();
            return;
        }
        if (msg instanceof ByteBuf bytes && !bytes.isReadable()) {
            ctx.write(bytes, promise); // only a way to learn of a flush
            return;
        }
        if (msg == EndOfStream.INSTANCE) {
            http1.finish(); // an answer without a length ends here
        } else {
            http1.writeInbound(msg);
        }
        promise.trySuccess();
        for (Object part; !answered && (part = http1.readInbound()) != null; ) {
            pass(ctx, part);
        }
        if (msg == EndOfStream.INSTANCE && !answered) {
            ctx.close();
        }
    }

    private void pass(ChannelHandlerContext ctx, Object part) {
        if (part instanceof HttpResponse response && response.status().equals(HttpResponseStatus.CONTINUE)
                || part instanceof HttpMessage message
                        && message.decoderResult().isFailure()) {
            ReferenceCountUtil.release(part);
            return;
        }
        if (part instanceof HttpMessage message) {
            HOP_BY_HOP.forEach(message.headers()::remove);
        }
        ctx.write(part);
        if (part instanceof LastHttpContent) {
            answered = true;
            ctx.flush();
            ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE); // now nothing more is asked
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        http1.finishAndReleaseAll();
    }
}
