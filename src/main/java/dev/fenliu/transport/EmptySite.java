package dev.fenliu.transport;

import dev.fenliu.net.EndOfStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A web server that has nothing to show: whatever it is asked it answers 404, what is no request 400, and it closes then.
 * An answer is not lost to what the client goes on to send: that is read and dropped for a while. Confined to its channel's
 * event loop.
 */
final class EmptySite extends ChannelInboundHandlerAdapter {
    private static final long LINGER_MILLIS = 5_000;

    private static final long MIN_PATIENCE_MILLIS = 30_000;
    private static final long MAX_PATIENCE_MILLIS = 90_000;
    private static final String NOT_FOUND = "404 Not Found";
    private static final String BAD_REQUEST = "400 Bad Request";

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT);

    private final Head.Reader reader = new Head.Reader();
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
    private @Nullable ScheduledFuture<?> patience;
    private boolean answered;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (answered) {
            ((ByteBuf) msg).release();
            return;
        }
        received = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), received, (ByteBuf) msg);
        try {
            if (!mayBegin(received)) {
                throw new GarbageException("no request");
            }
            Head head = reader.read(received);
            if (head != null) {
                boolean request = head.start().matches("[A-Z]+ [!-~]+ HTTP/1\\.[01]");
                boolean hosted = head.field("host") != null || head.start().endsWith("1.0");
                answer(
                        ctx,
                        request && hosted ? NOT_FOUND : BAD_REQUEST,
                        head.start().startsWith("HEAD "));
            }
        } catch (GarbageException e) {
            answer(ctx, BAD_REQUEST, false);
        }
    }

    /** A method comes first, in letters. */
    private static boolean mayBegin(ByteBuf in) {
        int method = in.indexOf(in.readerIndex(), in.writerIndex(), (byte) ' ');
        int end = method < 0 ? in.writerIndex() : method;
        for (int i = in.readerIndex(); i < end; i++) {
            if (in.getByte(i) < 'A' || in.getByte(i) > 'Z') {
                return false;
            }
        }
        return method != in.readerIndex();
    }

    private void answer(ChannelHandlerContext ctx, String status, boolean headOnly) {
        answered = true;
        cancel();
        received.release();
        received = Unpooled.EMPTY_BUFFER;
        String page = page(status);
        String head = "HTTP/1.1 " + status + "\r\nDate: " + date() + "\r\nContent-Type: text/html\r\nContent-Length: "
                + page.length() + "\r\nConnection: close\r\n\r\n";
        ctx.writeAndFlush(
                Unpooled.copiedBuffer(headOnly ? head : head + page, StandardCharsets.US_ASCII), ctx.voidPromise());
        ctx.writeAndFlush(EndOfStream.INSTANCE);
        ctx.executor().schedule(() -> ctx.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static String page(String status) {
        return "<html>\r\n<head><title>" + status + "</title></head>\r\n<body>\r\n<center><h1>" + status
                + "</h1></center>\r\n</body>\r\n</html>\r\n";
    }

    private static String date() {
        return DATE.format(ZonedDateTime.now(ZoneOffset.UTC));
    }

    /** Answers 404 over HTTP/2. */
    static void answer(Channel stream, boolean headOnly) {
        String page = page(NOT_FOUND);
        Http2Headers head = new DefaultHttp2Headers()
                .status("404")
                .add("date", date())
                .add("content-type", "text/html")
                .add("content-length", Integer.toString(page.length()));
        stream.write(new DefaultHttp2HeadersFrame(head, headOnly));
        if (!headOnly) {
            stream.write(Unpooled.copiedBuffer(page, StandardCharsets.US_ASCII));
        }
        stream.writeAndFlush(EndOfStream.INSTANCE).addListener(sent -> stream.close());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        long millis = ThreadLocalRandom.current().nextLong(MIN_PATIENCE_MILLIS, MAX_PATIENCE_MILLIS);
        patience = ctx.executor().schedule(() -> ctx.close(), millis, TimeUnit.MILLISECONDS);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ctx.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        cancel();
        received.release();
        received = Unpooled.EMPTY_BUFFER;
    }

    private void cancel() {
        if (patience != null) {
            patience.cancel(false);
        }
    }
}
