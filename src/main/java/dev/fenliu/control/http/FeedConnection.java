package dev.fenliu.control.http;

import com.google.gson.JsonElement;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker13;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client that is fed: texts of a WebSocket (RFC 6455), server-sent events (HTML 9.2), or JSON texts a line each. What it
 * says is not listened to. It is the last of its connection. Confined to its event loop but for {@link Sink}.
 */
final class FeedConnection extends ChannelInboundHandlerAdapter implements Sink {
    private static final Logger LOG = LoggerFactory.getLogger(FeedConnection.class);
    private static final int MAX_FRAME = 4 << 10;
    /** Bytes that may wait for a client. */
    private static final int MOST_WAITING = 1 << 20;

    private enum Form {
        WEB_SOCKET,
        EVENTS,
        LINES
    }

    private final Channel channel;
    private final Form form;
    private Feed.@Nullable Closing closing;
    private boolean over;

    private FeedConnection(Channel channel, Form form) {
        this.channel = channel;
        this.form = form;
    }

    /**
     * Takes a connection over from {@code ctx}.
     *
     * @param guest the origin of somebody else whose page asks, and may read the answer
     * @throws BadRequest if the feed knows nothing of what is asked for; the connection is as it was
     */
    static void serve(ChannelHandlerContext ctx, HttpRequest head, Optional<String> guest, Call call, Feed feed) {
        boolean socket = Head.upgrades(head);
        String accept = head.headers().get(HttpHeaderNames.ACCEPT, "");
        Form form = socket ? Form.WEB_SOCKET : accept.contains("text/event-stream") ? Form.EVENTS : Form.LINES;
        FeedConnection connection = new FeedConnection(ctx.channel(), form);
        Waiting early = new Waiting(connection);
        Feed.Closing closing = feed.open(call, early);
        ctx.pipeline().replace(ctx.handler(), "feed", connection);
        if (socket) {
            connection.shakeHands(head);
        } else {
            connection.begin(head, guest);
        }
        connection.closing = closing;
        early.begin();
    }

    /** Holds back what a feed sends while it opens, as it may yet refuse. */
    private static final class Waiting implements Sink {
        private final FeedConnection connection;
        private final java.util.List<JsonElement> texts = new java.util.ArrayList<>();
        private boolean begun;

        Waiting(FeedConnection connection) {
            this.connection = connection;
        }

        void begin() {
            begun = true;
            texts.forEach(connection::send);
            texts.clear();
        }

        @Override
        public void send(JsonElement text) {
            if (!loop().inEventLoop()) {
                loop().execute(() -> send(text));
            } else if (begun) {
                connection.send(text);
            } else {
                texts.add(text);
            }
        }

        @Override
        public boolean isWritable() {
            return connection.isWritable();
        }

        @Override
        public void end() {
            loop().execute(connection::end);
        }

        @Override
        public EventLoop loop() {
            return connection.loop();
        }
    }

    private void shakeHands(HttpRequest head) {
        WebSocketDecoderConfig limits = WebSocketDecoderConfig.newBuilder()
                .maxFramePayloadLength(MAX_FRAME)
                .allowExtensions(false)
                .build();
        new WebSocketServerHandshaker13("", null, limits)
                .handshake(
                        channel,
                        new DefaultFullHttpRequest(
                                head.protocolVersion(),
                                head.method(),
                                head.uri(),
                                Unpooled.EMPTY_BUFFER,
                                head.headers(),
                                head.headers()))
                .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    private void begin(HttpRequest head, Optional<String> guest) {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        Reply.secure(response.headers());
        response.headers()
                .set(
                        HttpHeaderNames.CONTENT_TYPE,
                        form == Form.EVENTS ? HttpHeaderValues.TEXT_EVENT_STREAM : Reply.JSON)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        if (head.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
            response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        guest.ifPresent(origin -> response.headers()
                .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                .set(HttpHeaderNames.VARY, "Origin"));
        channel.writeAndFlush(response);
    }

    @Override
    public void send(JsonElement text) {
        String json = Reply.text(text);
        if (loop().inEventLoop()) {
            write(json);
        } else {
            loop().execute(() -> write(json));
        }
    }

    private void write(String json) {
        if (over || !channel.isActive()) {
            return;
        }
        if (channel.bytesBeforeWritable() > MOST_WAITING) {
            LOG.debug("control API: a client of a feed is let go: it does not read");
            channel.close();
            return;
        }
        channel.writeAndFlush(
                switch (form) {
                    case WEB_SOCKET -> new TextWebSocketFrame(json);
                    case EVENTS -> content("data: " + json + "\n\n");
                    case LINES -> content(json + "\n");
                });
    }

    private static DefaultHttpContent content(String text) {
        ByteBuf bytes = Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8));
        return new DefaultHttpContent(bytes);
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public void end() {
        if (!loop().inEventLoop()) {
            loop().execute(this::end);
        } else if (!over) {
            leave();
            Object last = form == Form.WEB_SOCKET
                    ? new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE)
                    : LastHttpContent.EMPTY_LAST_CONTENT;
            channel.writeAndFlush(last).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public EventLoop loop() {
        return channel.eventLoop();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof PingWebSocketFrame ping && !over) {
            ctx.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
        } else if (message instanceof CloseWebSocketFrame) {
            end();
        }
        ReferenceCountUtil.release(message);
    }

    private void leave() {
        over = true;
        Feed.Closing ending = closing;
        closing = null;
        if (ending != null) {
            ending.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        leave();
        ctx.fireChannelInactive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ctx.close(); // who reads a feed keeps its side open
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException || cause instanceof CorruptedFrameException)) {
            LOG.error("control API: unexpected", cause);
        }
        ctx.close();
    }
}
