package dev.fenliu.transport;

import dev.fenliu.net.EndOfStream;
import dev.fenliu.net.GarbageException;
import dev.fenliu.net.TruncatedException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A stream in binary messages of a WebSocket, one for each flush. Other ends take a Close frame for the end of both
 * directions, and V2Ray's drops what it has not handed on yet: so the end of a stream is a Pong that nobody asked for, which
 * our other end understands and all have to overlook (RFC 6455 section 5.5.3), and from a server a Close a second later, by
 * when a client has handed on what it got. A client sends its Close when all is over. A connection that ends without a Close
 * was cut. Confined to the channel's event loop.
 */
final class WebSocketStream extends ChannelDuplexHandler implements WebSocketDecoder.Sink {
    private static final long CLOSE_MILLIS = 1_000;
    private static final int BINARY = 2;
    /** The status 1000, of section 7.4.1. */
    private static final byte[] NORMAL = {3, (byte) 0xe8};

    private static final byte[] END = "end".getBytes(StandardCharsets.US_ASCII);

    private final boolean client;
    private final WebSocketDecoder decoder;
    private final Batch batch = new Batch();
    private @Nullable ChannelHandlerContext context;
    private @Nullable ScheduledFuture<?> patience;
    private boolean starved = true;
    private boolean inputEnded;
    private boolean outputEnded;
    private boolean closeSent;
    private boolean failed;

    /** @param client whether this is the client end, whose frames are masked */
    WebSocketStream(boolean client) {
        this.client = client;
        this.decoder = new WebSocketDecoder(!client, this);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf in = (ByteBuf) msg;
        try {
            if (!failed) {
                decoder.read(in);
            }
        } catch (GarbageException e) {
            failed = true;
            ctx.fireExceptionCaught(e);
        } finally {
            in.release();
        }
    }

    @Override
    public void data(ByteBuf bytes) {
        ChannelHandlerContext ctx = context;
        if (ctx == null || inputEnded || failed) {
            bytes.release();
        } else {
            starved = false;
            ctx.fireChannelRead(bytes);
        }
    }

    @Override
    public void control(int opcode, byte[] payload) {
        ChannelHandlerContext ctx = context;
        if (ctx == null || failed) {
            return;
        }
        if (opcode == WebSocketDecoder.PING && !closeSent) {
            ctx.writeAndFlush(control(ctx, WebSocketDecoder.PONG, payload), ctx.voidPromise());
        } else if (opcode == WebSocketDecoder.CLOSE || opcode == WebSocketDecoder.PONG && Arrays.equals(payload, END)) {
            endInput(ctx);
        }
    }

    private void endInput(ChannelHandlerContext ctx) {
        if (!inputEnded) {
            inputEnded = true;
            ctx.fireChannelReadComplete();
            ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (starved && !inputEnded && !ctx.channel().config().isAutoRead()) {
            ctx.read(); // who asked for a read has got nothing yet, and will not ask again
        }
        starved = true;
        ctx.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event != ChannelInputShutdownEvent.INSTANCE) {
            ctx.fireUserEventTriggered(event);
        } else if (!inputEnded) {
            inputEnded = true;
            ctx.fireExceptionCaught(new TruncatedException());
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        boolean empty = msg instanceof ByteBuf bytes && !bytes.isReadable();
        if (empty && batch.isEmpty()) {
            ctx.write(msg, promise); // only a way to learn of a flush
        } else if (outputEnded && !empty) {
            ReferenceCountUtil.release(msg);
            Batch.fail(promise);
        } else if (msg == EndOfStream.INSTANCE) {
            message(ctx);
            outputEnded = true;
            ctx.write(control(ctx, WebSocketDecoder.PONG, END), promise);
            if (!client) {
                patience = ctx.executor().schedule(() -> sendClose(ctx), CLOSE_MILLIS, TimeUnit.MILLISECONDS);
            }
        } else {
            batch.add((ByteBuf) msg, promise);
        }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        message(ctx);
        ctx.flush();
    }

    /** Writes what waits as one message. */
    private void message(ChannelHandlerContext ctx) {
        if (!batch.isEmpty()) {
            int key = client ? ThreadLocalRandom.current().nextInt() : 0;
            ByteBuf head = ctx.alloc().directBuffer(batch.room(WebSocketDecoder.MAX_HEADER));
            WebSocketDecoder.writeHeader(head, BINARY, batch.length(), client, key);
            batch.write(ctx, head, client ? (bytes, position) -> WebSocketMask.apply(bytes, key, position) : null);
        }
    }

    private ByteBuf control(ChannelHandlerContext ctx, int opcode, byte[] payload) {
        int key = client ? ThreadLocalRandom.current().nextInt() : 0;
        ByteBuf frame = ctx.alloc().directBuffer(WebSocketDecoder.MAX_HEADER + payload.length);
        WebSocketDecoder.writeHeader(frame, opcode, payload.length, client, key);
        int start = frame.writerIndex();
        frame.writeBytes(payload);
        if (client) {
            WebSocketMask.apply(frame.slice(start, payload.length), key, 0);
        }
        return frame;
    }

    private void sendClose(ChannelHandlerContext ctx) {
        if (!closeSent && ctx.channel().isActive()) {
            message(ctx);
            closeSent = true;
            outputEnded = true;
            ctx.writeAndFlush(control(ctx, WebSocketDecoder.CLOSE, NORMAL), ctx.voidPromise());
        }
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        sendClose(ctx);
        ctx.close(promise);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        batch.fail();
        if (patience != null) {
            patience.cancel(false);
        }
    }
}
