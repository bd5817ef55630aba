package dev.fenliu.inbound.mixed;

import dev.fenliu.inbound.Recognizer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks each protocol in turn whether the client's first bytes are its own, installs the first that says yes, and gives
 * it all bytes by removing itself. A client that nobody knows is closed without a word. Confined to the client's event
 * loop.
 */
final class FirstBytes extends ByteToMessageDecoder {
    private static final Logger LOG = LoggerFactory.getLogger(FirstBytes.class);

    /** No protocol needs more to be told. */
    private static final int MOST = 1024;

    private final List<Recognizer> recognizers;
    private boolean over;

    FirstBytes(List<Recognizer> recognizers) {
        this.recognizers = recognizers;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (over) {
            in.skipBytes(in.readableBytes());
            return;
        }
        for (Recognizer recognizer : recognizers) {
            Recognizer.Match match = recognizer.recognise(in);
            if (match == Recognizer.Match.YES) {
                over = true;
                recognizer.accept(ctx.channel());
                ctx.pipeline().remove(this);
                return;
            }
            if (match == Recognizer.Match.MORE && in.readableBytes() < MOST) {
                return;
            }
        }
        close(ctx);
    }

    private void close(ChannelHandlerContext ctx) {
        over = true;
        ctx.close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        super.userEventTriggered(ctx, event);
        if (event == ChannelInputShutdownEvent.INSTANCE && !over) {
            close(ctx);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.error("a client's first bytes could not be told", cause);
        }
        ctx.close();
    }
}
