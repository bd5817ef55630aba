package dev.fenliu.net.http2;

import dev.fenliu.net.Sockets;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2Stream;

/**
 * How much more than {@link CodecBuilder#STREAM_WINDOW} the streams of one connection may receive ahead of their readers.
 * A stream whose reader has taken a whole window without ever pausing is held up by its window alone, so that is doubled;
 * one whose reader stands still keeps what it has, and all of them together have a bound. Confined to the event loop.
 */
final class Windows {
    private static final int MOST = 4 << 20;
    private static final int SPARE = 16 << 20;

    private final Http2Connection connection;
    private int spare = SPARE;

    Windows(Http2Connection connection) {
        this.connection = connection;
    }

    /** The window of one stream. */
    final class Window {
        private final Http2FrameStream stream;
        private int size = CodecBuilder.STREAM_WINDOW;
        private int taken;

        Window(Http2FrameStream stream) {
            this.stream = stream;
        }

        /** The reader has taken so many bytes of payload. */
        void took(int bytes) throws Http2Exception {
            taken += bytes;
            if (taken < size) {
                return;
            }
            taken = 0;
            Http2Stream known = connection.stream(stream.id());
            if (size < MOST && size <= spare && known != null && !Sockets.buffersRunLow()) {
                Http2LocalFlowController flow = connection.local().flowController();
                flow.incrementWindowSize(known, size);
                spare -= size;
                size *= 2;
            }
        }

        /** The reader has paused. */
        void paused() {
            taken = 0;
        }

        /** The stream has ended. */
        void close() {
            spare += size - CodecBuilder.STREAM_WINDOW;
            size = CodecBuilder.STREAM_WINDOW;
        }
    }
}
