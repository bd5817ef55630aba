package dev.fenliu.net.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http2.DecoratingHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DecoratingHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameWriter;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;

/**
 * Makes Netty's codec with bounds on all that a peer can make it do, and with windows that let nobody wait for a slow
 * stream: what is received counts against its stream's window alone, the connection's is given back at once.
 */
final class CodecBuilder extends Http2FrameCodecBuilder {
    /** What a stream may send before its receiver has taken anything; more is allowed as it takes, see {@link Windows}. */
    static final int STREAM_WINDOW = 256 << 10;

    /** What may be on its way to us in all. */
    static final int CONNECTION_WINDOW = 16 << 20;

    /** More than a relay reads at once, so that each read leaves as one frame; {@link DataPieces} lets none wait. */
    static final int MAX_FRAME = 128 << 10;

    /** More than browsers send with all their cookies. */
    static final int MAX_HEADERS = 32 << 10;

    /** Far more resets than flows that break, and far fewer than an attack is made of. */
    private static final int RESETS = 3000;

    /** For writes of many records; what streams write beyond it waits in their own queues. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(128 << 10, 256 << 10);

    private static final int RESETS_SECONDS = 30;
    private static final float WINDOW_UPDATE_RATIO = 0.5f;

    private CodecBuilder(Http2Connection connection) {
        connection.local().flowController(new DefaultHttp2LocalFlowController(connection, WINDOW_UPDATE_RATIO, true));
        connection
                .remote()
                .flowController(
                        new DefaultHttp2RemoteFlowController(connection, new UniformStreamByteDistributor(connection)));
        connection(connection);
        validateRequiredPseudoHeaders(true);
        gracefulShutdownTimeoutMillis(0);
    }

    static CodecBuilder client() {
        CodecBuilder builder = new CodecBuilder(new DefaultHttp2Connection(false));
        builder.decoderEnforceMaxRstFramesPerWindow(0, RESETS_SECONDS);
        builder.encoderEnforceMaxRstFramesPerWindow(0, RESETS_SECONDS);
        return builder;
    }

    static CodecBuilder server() {
        CodecBuilder builder = new CodecBuilder(new DefaultHttp2Connection(true));
        builder.decoderEnforceMaxRstFramesPerWindow(RESETS, RESETS_SECONDS);
        builder.encoderEnforceMaxRstFramesPerWindow(RESETS, RESETS_SECONDS);
        return builder;
    }

    /** Errors have a number on the wire and no words, which would tell strangers whose they are. */
    @Override
    protected Http2FrameCodec build(
            Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings initialSettings) {
        Http2FrameWriter terse = new DecoratingHttp2FrameWriter(encoder.frameWriter()) {
            @Override
            public ChannelFuture writeGoAway(
                    ChannelHandlerContext ctx, int lastStream, long error, ByteBuf words, ChannelPromise promise) {
                words.release();
                return super.writeGoAway(ctx, lastStream, error, Unpooled.EMPTY_BUFFER, promise);
            }
        };
        Http2ConnectionEncoder wordless = new DecoratingHttp2ConnectionEncoder(encoder) {
            @Override
            public Http2FrameWriter frameWriter() {
                return terse;
            }
        };
        return super.build(decoder, wordless, initialSettings);
    }

    /** Makes ready a connection's channel that has been dialled or accepted. */
    static void prepare(Channel channel) {
        channel.config().setOption(ChannelOption.AUTO_READ, true); // the windows hold back who sends too much
        channel.config().setOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
    }

    /** Widens the connection's window, once the codec is on its channel. */
    static void widen(Http2FrameCodec codec) {
        Http2Connection connection = codec.connection();
        Http2LocalFlowController flow = connection.local().flowController();
        try {
            flow.incrementWindowSize(
                    connection.connectionStream(), CONNECTION_WINDOW - Http2CodecUtil.DEFAULT_WINDOW_SIZE);
        } catch (Http2Exception e) {
            throw new IllegalStateException(e); // so much fits into every window
        }
    }
}
