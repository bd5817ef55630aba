package dev.fenliu.dns;

import dev.fenliu.model.Failure;
import dev.fenliu.net.ClientTls;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.Optional;

/** DNS over HTTPS (RFC 8484) by POST over one HTTP/2 connection, a stream for each query. Owns the channel. */
final class HttpsCarrier implements Carrier {
    /** More than any resolver sends with a few headers. */
    private static final int MAX_HEADERS = 16 << 10;

    /**
     * How many streams are opened before the server's settings say how many it takes. Every server takes as many; more
     * might be refused, and waiting for the settings would cost the first query a round trip.
     */
    private static final int STREAMS_BEFORE_SETTINGS = 8;

    private final Channel channel;
    private final String authority;
    private final String path;
    private final Promise<Void> settings;
    private int asked;
    private boolean spent;

    private HttpsCarrier(Channel channel, String authority, String path) {
        this.channel = channel;
        this.authority = authority;
        this.path = path;
        this.settings = channel.eventLoop().newPromise();
        channel.closeFuture().addListener(closed -> settings.tryFailure(LOST));
    }

    /**
     * Takes over a channel whose TLS handshake is done and that {@link ReadAlways} reads, on whose event loop it must be called.
     *
     * @throws Failure if the server does not speak HTTP/2
     */
    static Carrier on(Channel channel, String authority, String path) throws Failure {
        if (!ClientTls.applicationProtocol(channel).equals(Optional.of("h2"))) {
            channel.close();
            throw new Failure(Failure.Kind.RESOLVER_FAILED, "does not speak HTTP/2");
        }
        return start(channel, authority, path);
    }

    static Carrier start(Channel channel, String authority, String path) {
        HttpsCarrier carrier = new HttpsCarrier(channel, authority, path);
        channel.pipeline()
                .addLast(Http2FrameCodecBuilder.forClient()
                        .initialSettings(new Http2Settings().pushEnabled(false).maxHeaderListSize(MAX_HEADERS))
                        .encoderEnforceMaxConcurrentStreams(true)
                        .gracefulShutdownTimeoutMillis(0)
                        .build())
                .addLast(new Http2MultiplexHandler(new RefusePush()))
                .addLast(carrier.new Watch());
        return carrier;
    }

    @Override
    public Future<byte[]> ask(Query query, Edns edns) {
        Promise<byte[]> answer = channel.eventLoop().newPromise();
        if (asked++ < STREAMS_BEFORE_SETTINGS) {
            send(query, edns, answer);
        } else {
            settings.addListener(come -> {
                if (answer.isDone()) {
                    return; // nobody waits for it any more
                }
                if (come.isSuccess()) {
                    send(query, edns, answer);
                } else {
                    answer.tryFailure(LOST);
                }
            });
        }
        return answer;
    }

    private void send(Query query, Edns edns, Promise<byte[]> answer) {
        new Http2StreamChannelBootstrap(channel)
                .handler(new HttpsExchange(query, answer))
                .open()
                .addListener((Future<Http2StreamChannel> opened) -> {
                    if (!opened.isSuccess()) {
                        spent = true; // closed, or out of stream numbers
                        answer.tryFailure(LOST);
                    } else {
                        HttpsExchange.send(opened.getNow(), authority, path, query, edns);
                        answer.addListener(done -> opened.getNow().close());
                    }
                });
    }

    @Override
    public boolean spent() {
        return spent || !channel.isActive();
    }

    @Override
    public void close() {
        channel.close();
    }

    /** Learns of the first SETTINGS, and of GOAWAY: streams under way may still end well, new ones go elsewhere. */
    private final class Watch extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof Http2GoAwayFrame) {
                spent = true;
            } else if (message instanceof Http2SettingsFrame) {
                settings.trySuccess(null);
            }
            ReferenceCountUtil.release(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    /** Pushed streams were refused in our settings; one that comes anyway is closed. */
    @ChannelHandler.Sharable
    private static final class RefusePush extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            ctx.close();
        }
    }
}
