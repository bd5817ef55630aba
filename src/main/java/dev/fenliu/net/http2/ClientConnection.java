package dev.fenliu.net.http2;

import dev.fenliu.model.Failure;
import dev.fenliu.net.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One connection to a server and the streams on it. Confined to its event loop. Owns the channel. */
final class ClientConnection extends ChannelInboundHandlerAdapter {
    /** Every server takes as many before it says how many it takes (RFC 9113 section 6.5.2). */
    static final int MOST_STREAMS = 100;

    private static final long IDLE_SECONDS = 120;
    private static final long PING = 0x66656e6c6975L;

    private final Channel channel;
    private final Windows windows;
    private final Liveness liveness;
    private final Promise<Http2Settings> settings;

    /** Whose requests were made since the server was last heard of. */
    private final List<Answer> unheard = new ArrayList<>();

    private int most = MOST_STREAMS;
    private int open;
    private boolean retired;
    private @Nullable ScheduledFuture<?> idle;

    private ClientConnection(Channel channel, Http2FrameCodec codec) {
        this.channel = channel;
        this.windows = new Windows(codec.connection());
        this.liveness = new Liveness(this::ping, this::dead, this::alive);
        this.settings = channel.eventLoop().newPromise();
    }

    /** Takes over a channel, on its event loop; requests may be made at once. */
    static ClientConnection start(Channel channel) {
        Http2Settings ours = new Http2Settings()
                .pushEnabled(false)
                .initialWindowSize(CodecBuilder.STREAM_WINDOW)
                .maxFrameSize(CodecBuilder.MAX_FRAME)
                .maxHeaderListSize(CodecBuilder.MAX_HEADERS);
        Http2FrameCodec codec = CodecBuilder.client().initialSettings(ours).build();
        ClientConnection connection = new ClientConnection(channel, codec);
        CodecBuilder.prepare(channel);
        channel.pipeline()
                .addLast(
                        connection.liveness,
                        new DataPieces(false),
                        codec,
                        new Http2MultiplexHandler(RefusePush.INSTANCE),
                        connection);
        CodecBuilder.widen(codec);
        channel.flush();
        channel.read();
        return connection;
    }

    /** Whether another stream may be opened. */
    boolean free() {
        return !retired && open < most && channel.isActive();
    }

    /** Opens a stream; {@link #free} must be true. */
    void open(Wish wish) {
        open++;
        if (idle != null) {
            idle.cancel(false);
            idle = null;
        }
        if (wish.extended()) {
            settings.addListener(known -> {
                if (known.isSuccess() && !enablesConnect(settings.getNow())) {
                    wish.result()
                            .tryFailure(new Failure(
                                    Failure.Kind.UNSUPPORTED,
                                    "the upstream takes no UDP (no extended CONNECT, RFC 8441)"));
                }
                begin(wish);
            });
        } else {
            begin(wish);
        }
    }

    private static boolean enablesConnect(Http2Settings theirs) {
        Long value = theirs.get(io.netty.handler.codec.http2.Http2CodecUtil.SETTINGS_ENABLE_CONNECT_PROTOCOL);
        return value != null && value == 1;
    }

    private void begin(Wish wish) {
        if (wish.over()) {
            closed();
            return;
        }
        new Http2StreamChannelBootstrap(channel)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.RECVBUF_ALLOCATOR, StreamReads.INSTANCE)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, Sockets.WATER_MARK)
                .open()
                .addListener((Future<Http2StreamChannel> opened) -> {
                    if (opened.isSuccess()) {
                        begin(opened.getNow(), wish);
                    } else {
                        retired = true; // closed, or out of stream numbers
                        closed();
                        wish.result().tryFailure(new AnswerReader.Unprocessed("no more streams"));
                    }
                });
    }

    private void begin(Http2StreamChannel stream, Wish wish) {
        stream.closeFuture().addListener(closed -> closed());
        stream.pipeline()
                .addLast(
                        new StreamPayload(windows.new Window(stream.stream())),
                        new AnswerReader(
                                wish.answer(), wish.result(), "the upstream ended the stream without an answer"));
        wish.result().addListener(done -> {
            if (!done.isSuccess()) {
                stream.unsafe().close(stream.voidPromise());
            }
        });
        unheard.add(wish.answer());
        stream.writeAndFlush(new DefaultHttp2HeadersFrame(wish.request(), false));
        liveness.watch(true);
        if (wish.awaited()) {
            stream.read();
        } else if (stream.isActive()) {
            wish.result().trySuccess(stream);
        }
    }

    private void closed() {
        open--;
        if (open > 0) {
            return;
        }
        liveness.watch(false);
        if (retired) {
            channel.close();
        } else if (channel.isActive()) {
            idle = channel.eventLoop().schedule(() -> retire(), IDLE_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** Opens no more streams, and closes when those that are open have ended. */
    void retire() {
        retired = true;
        if (open == 0) {
            channel.close();
        }
    }

    Future<Void> closeFuture() {
        return channel.closeFuture();
    }

    private void ping() {
        channel.writeAndFlush(new DefaultHttp2PingFrame(PING));
    }

    private void alive() {
        if (!unheard.isEmpty()) {
            List<Answer> heard = List.copyOf(unheard);
            unheard.clear();
            heard.forEach(Answer::reached);
        }
    }

    private void dead() {
        retired = true;
        channel.unsafe().close(channel.voidPromise()); // there is nobody to say anything to
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof Http2GoAwayFrame) {
            retire();
        } else if (message instanceof Http2SettingsFrame frame) {
            Long streams = frame.settings().maxConcurrentStreams();
            most = streams == null ? most : (int) Math.min(MOST_STREAMS, streams);
            settings.trySuccess(frame.settings());
        }
        ReferenceCountUtil.release(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ctx.channel().close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.channel().close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        settings.tryFailure(new AnswerReader.Unprocessed("the connection was lost"));
        if (idle != null) {
            idle.cancel(false);
        }
    }
}
