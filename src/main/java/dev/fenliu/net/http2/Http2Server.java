package dev.fenliu.net.http2;

import dev.fenliu.net.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The server end of one connection; closes it when it has had no stream for three minutes. Confined to its event loop. */
public final class Http2Server extends ChannelInboundHandlerAdapter {
    /** What most web servers allow. */
    private static final int MOST_STREAMS = 128;

    private static final long IDLE_SECONDS = 180;
    /** Longer than what a client has sent takes to come. */
    private static final long NOTICE_SECONDS = 1;

    private final Channel channel;
    private int open;
    private boolean retiring;
    private boolean retired;
    private @Nullable ScheduledFuture<?> idle;

    private Http2Server(Channel channel) {
        this.channel = channel;
    }

    /**
     * Serves HTTP/2 on {@code channel}, on its event loop.
     *
     * @param extended whether requests with {@code :protocol} are taken (RFC 8441)
     * @param streams is given each stream when the client opens it, to put a handler on it: that one must read, and gets
     *     the request's head as an {@link io.netty.handler.codec.http2.Http2HeadersFrame}, then payload; it answers with
     *     such a frame, then payload, and an {@link dev.fenliu.net.EndOfStream}. A close before that ends the stream in order, one by {@code unsafe()}
     *     resets it.
     * @return the server of that connection
     */
    public static Http2Server start(Channel channel, boolean extended, Consumer<Channel> streams) {
        Http2Settings ours = new Http2Settings()
                .maxConcurrentStreams(MOST_STREAMS)
                .initialWindowSize(CodecBuilder.STREAM_WINDOW)
                .maxFrameSize(CodecBuilder.MAX_FRAME)
                .maxHeaderListSize(CodecBuilder.MAX_HEADERS);
        if (extended) {
            ours.put(Http2CodecUtil.SETTINGS_ENABLE_CONNECT_PROTOCOL, Long.valueOf(1));
        }
        Http2FrameCodec codec = CodecBuilder.server().initialSettings(ours).build();
        Http2Server server = new Http2Server(channel);
        Windows windows = new Windows(codec.connection());
        ChannelHandler opened = new ChannelInitializer<Http2StreamChannel>() {
            @Override
            protected void initChannel(Http2StreamChannel stream) {
                server.opened(stream);
                stream.config().setOption(ChannelOption.AUTO_READ, false);
                stream.config().setOption(ChannelOption.RECVBUF_ALLOCATOR, StreamReads.INSTANCE);
                stream.config().setOption(ChannelOption.WRITE_BUFFER_WATER_MARK, Sockets.WATER_MARK);
                stream.pipeline().addLast(new StreamPayload(windows.new Window(stream.stream())));
                streams.accept(stream);
            }

            @Override
            public boolean isSharable() {
                return true;
            }
        };
        CodecBuilder.prepare(channel);
        channel.pipeline().addLast(new DataPieces(true), codec, new Http2MultiplexHandler(opened), server);
        CodecBuilder.widen(codec);
        channel.flush();
        server.rest();
        return server;
    }

    /**
     * Tells the client to open its next streams on another connection (RFC 9113 section 6.8); those that are open go on,
     * and with the last of them the connection ends. Called on any thread.
     */
    public void retire() {
        channel.eventLoop().execute(() -> {
            if (!retiring && channel.isActive()) {
                retiring = true;
                channel.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR)
                        .setExtraStreamIds(Integer.MAX_VALUE)); // those that are on their way are still taken
                channel.eventLoop().schedule(this::refuseMore, NOTICE_SECONDS, TimeUnit.SECONDS);
            }
        });
    }

    private void refuseMore() {
        if (channel.isActive()) {
            retired = true;
            channel.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR))
                    .addListener(sent -> rest());
        }
    }

    private void opened(Channel stream) {
        open++;
        stopIdle();
        stream.closeFuture().addListener(closed -> {
            open--;
            rest();
        });
    }

    private void rest() {
        if (open == 0 && retired) {
            channel.close();
        } else if (open == 0 && channel.isActive()) {
            idle = channel.eventLoop().schedule(() -> channel.close(), IDLE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void stopIdle() {
        if (idle != null) {
            idle.cancel(false);
            idle = null;
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message); // frames of the connection, which the codec has answered
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ctx.channel().close();
        }
    }

    /** The codec shows its own errors first, and then tells the client of them and closes, which a close here would foil. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof Http2Exception)) {
            ctx.channel().close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stopIdle();
    }
}
