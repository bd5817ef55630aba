package dev.fenliu.inbound.dns;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** One query over one stream of DNS over HTTPS (RFC 8484), by GET or POST to {@value #PATH}. */
final class HttpsQueries extends SimpleChannelInboundHandler<Http2StreamFrame> {
    private static final String PATH = "/dns-query";
    private static final String MEDIA_TYPE = "application/dns-message";
    private static final int MAX_HEADERS = 16 << 10;
    private static final int MOST_STREAMS = 100;

    /** No query is longer; RFC 8484 names no bound. */
    private static final int MAX_QUERY = 4096;

    private static final int IDLE_SECONDS = 60;

    private final DnsAcceptor acceptor;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(128);
    private boolean post;
    private boolean over;

    private HttpsQueries(DnsAcceptor acceptor) {
        this.acceptor = acceptor;
    }

    /** Serves a client that has agreed on HTTP/2. */
    static void on(Channel client, DnsAcceptor acceptor) {
        client.pipeline()
                .addLast(Http2FrameCodecBuilder.forServer()
                        .initialSettings(new Http2Settings()
                                .maxConcurrentStreams(MOST_STREAMS)
                                .maxHeaderListSize(MAX_HEADERS))
                        .gracefulShutdownTimeoutMillis(0)
                        .build())
                .addLast(new IdleStateHandler(0, 0, IDLE_SECONDS))
                .addLast(new Http2MultiplexHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        stream.pipeline().addLast(new HttpsQueries(acceptor));
                    }
                }))
                .addLast(new Connection());
    }

    /** What concerns no stream. */
    private static final class Connection extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof IdleStateEvent) {
                ctx.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, Http2StreamFrame frame) {
        if (over) {
            return;
        }
        if (frame instanceof Http2HeadersFrame headers) {
            if (body.size() == 0 && !post) {
                begin(ctx, headers.headers());
            }
            if (headers.isEndStream() && post && !over) {
                ask(ctx, body.toByteArray());
            }
        } else if (frame instanceof Http2DataFrame data) {
            body.writeBytes(ByteBufUtil.getBytes(data.content()));
            if (body.size() > MAX_QUERY) {
                refuse(ctx, "413");
            } else if (data.isEndStream()) {
                ask(ctx, body.toByteArray());
            }
        }
    }

    private void begin(ChannelHandlerContext ctx, Http2Headers head) {
        String path = String.valueOf(head.path());
        int question = path.indexOf('?');
        if (!(question < 0 ? path : path.substring(0, question)).equals(PATH)) {
            refuse(ctx, "404");
        } else if ("POST".contentEquals(String.valueOf(head.method()))) {
            post = true;
            if (!MEDIA_TYPE.equalsIgnoreCase(String.valueOf(head.get("content-type")))) {
                refuse(ctx, "415");
            }
        } else if ("GET".contentEquals(String.valueOf(head.method()))) {
            byte[] query = question < 0 ? null : parameter(path.substring(question + 1));
            if (query == null) {
                refuse(ctx, "400");
            } else {
                ask(ctx, query);
            }
        } else {
            refuse(ctx, "405");
        }
    }

    private static byte @Nullable [] parameter(String parameters) {
        for (String one : parameters.split("&", -1)) {
            if (one.startsWith("dns=")) {
                try {
                    return Base64.getUrlDecoder().decode(one.substring(4));
                } catch (IllegalArgumentException e) {
                    return null;
                }
            }
        }
        return null;
    }

    private void ask(ChannelHandlerContext ctx, byte[] query) {
        over = true;
        InetSocketAddress client = (InetSocketAddress) ctx.channel().parent().remoteAddress();
        if (client == null || !acceptor.admits(client.getAddress())) {
            refuse(ctx, "429");
            return;
        }
        Future<byte[]> answer =
                acceptor.answer(client, query, false, ctx.channel().eventLoop());
        answer.addListener(done -> {
            if (answer.getNow().length == 0) {
                refuse(ctx, "400");
            } else {
                reply(ctx, answer.getNow());
            }
        });
    }

    /** No cache between here and the client may keep it: only the message itself says how long it is good for. */
    private static void reply(ChannelHandlerContext ctx, byte[] answer) {
        Http2Headers head = new DefaultHttp2Headers()
                .status("200")
                .set("content-type", MEDIA_TYPE)
                .set("cache-control", "no-store")
                .setInt("content-length", answer.length);
        ctx.write(new DefaultHttp2HeadersFrame(head, false));
        ctx.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(answer), true));
    }

    private void refuse(ChannelHandlerContext ctx, String status) {
        over = true;
        ctx.writeAndFlush(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status(status), true));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
