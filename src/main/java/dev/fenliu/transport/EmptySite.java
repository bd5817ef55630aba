package dev.fenliu.transport;

import dev.fenliu.net.EndOfStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * A web server that has nothing to show: whatever it is asked it answers 404, what is no request 400, and it closes then.
 * An answer is not lost to what the client goes on to send: that is read and dropped for a while. Confined to its channel's
 * event loop.
 */
final class EmptySite extends ChannelInboundHandlerAdapter {
    private static final long LINGER_MILLIS = 5_000;

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT);

    private final Head.Reader reader = new Head.Reader();
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
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
                        request && hosted ? "404 Not Found" : "400 Bad Request",
                        head.start().startsWith("HEAD "));
            }
        } catch (GarbageException e) {
            answer(ctx, "400 Bad Request", false);
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
        received.release();
        received = Unpooled.EMPTY_BUFFER;
        String page = "<html>\r\n<head><title>" + status + "</title></head>\r\n<body>\r\n<center><h1>" + status
                + "</h1></center>\r\n</body>\r\n</html>\r\n";
        String date = DATE.format(ZonedDateTime.now(ZoneOffset.UTC));
        String head = "HTTP/1.1 " + status + "\r\nDate: " + date + "\r\nContent-Type: text/html\r\nContent-Length: "
                + page.length() + "\r\nConnection: close\r\n\r\n";
        ctx.writeAndFlush(
                Unpooled.copiedBuffer(headOnly ? head : head + page, StandardCharsets.US_ASCII), ctx.voidPromise());
        ctx.writeAndFlush(EndOfStream.INSTANCE);
        ctx.executor().schedule(() -> ctx.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
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
        received.release();
        received = Unpooled.EMPTY_BUFFER;
    }
}
