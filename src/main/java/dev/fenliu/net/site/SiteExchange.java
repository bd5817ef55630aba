package dev.fenliu.net.site;

import dev.fenliu.net.EndOfStream;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * One request of a stranger that came by HTTP/2, and the site's answer, which speaks HTTP/1.1. Each side is read while the
 * other one is writable. Confined to the stream's event loop.
 */
final class SiteExchange {
    private static final int MAX_LINE = 16 << 10;
    private static final int MAX_HEAD = 64 << 10;
    private static final int MAX_CHUNK = 64 << 10;

    private final Channel stream;
    private @Nullable Channel site;
    private boolean answering;
    private boolean over;
    private boolean body;

    SiteExchange(Channel stream) {
        this.stream = stream;
    }

    /** Sends the request when {@code connecting} is done. */
    void start(Future<Channel> connecting, Http2Headers head, boolean whole) {
        stream.pipeline().addLast(new FromClient());
        HttpRequest request = SiteHeaders.request(head, whole);
        if (request == null) {
            connecting.addListener((Future<Channel> done) -> {
                if (done.isSuccess()) {
                    done.getNow().close();
                }
            });
            StockSite.answer(stream, 400);
            return;
        }
        connecting.addListener((Future<Channel> done) -> {
            if (!done.isSuccess()) {
                over = true;
                StockSite.answer(stream, 502);
            } else if (over || !stream.isActive()) {
                done.getNow().close();
            } else {
                connected(done.getNow(), request, whole);
            }
        });
    }

    private void connected(Channel channel, HttpRequest request, boolean whole) {
        site = channel;
        channel.pipeline().addLast(new HttpClientCodec(MAX_LINE, MAX_HEAD, MAX_CHUNK), new FromSite());
        channel.write(request);
        body = !whole && SiteHeaders.hasBody(request);
        if (!body) {
            channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
        }
        channel.flush();
        channel.read();
        if (!whole) {
            stream.read();
        }
    }

    /** The answer is whole, or will never be. */
    private void finish(boolean good) {
        if (over) {
            return;
        }
        over = true;
        if (site != null) {
            site.close();
        }
        if (good) {
            stream.writeAndFlush(EndOfStream.INSTANCE).addListener(sent -> stream.close());
        } else if (answering) {
            stream.unsafe().close(stream.voidPromise());
        } else {
            StockSite.answer(stream, 502);
        }
    }

    private final class FromClient extends ChannelInboundHandlerAdapter {
        private boolean ended;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            Channel to = site;
            if (message instanceof ByteBuf bytes && to != null && body && !over) {
                to.write(new DefaultHttpContent(bytes));
            } else {
                ReferenceCountUtil.release(message);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            Channel to = site;
            if (to != null && !over) {
                to.flush();
                if (to.isWritable() && !ended) {
                    ctx.read();
                }
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE && site != null && !over) {
                ended = true;
                if (!body) {
                    return;
                }
                site.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (site != null && stream.isWritable() && !over) {
                site.read();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            over = true;
            if (site != null) {
                site.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.channel().unsafe().close(ctx.voidPromise());
        }
    }

    private final class FromSite extends ChannelInboundHandlerAdapter {
        private boolean interim;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            try {
                if (!over) {
                    take((HttpObject) message);
                }
            } finally {
                ReferenceCountUtil.release(message);
            }
        }

        private void take(HttpObject message) {
            if (message.decoderResult().isFailure()) {
                finish(false);
                return;
            }
            if (message instanceof HttpResponse response) {
                interim = response.status().code() < 200;
                answering |= !interim;
                stream.write(new DefaultHttp2HeadersFrame(SiteHeaders.response(response), false));
            }
            if (interim || !(message instanceof HttpContent content)) {
                return;
            }
            if (content.content().isReadable()) {
                stream.write(content.content().retain());
            }
            if (content instanceof LastHttpContent) {
                finish(true);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            if (!over) {
                stream.flush();
                if (stream.isWritable()) {
                    ctx.read();
                }
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (ctx.channel().isWritable() && !over) {
                stream.read();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                ctx.close(); // what the codec holds until the end comes before the end
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            finish(false);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            finish(false);
        }
    }
}
