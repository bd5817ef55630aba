package dev.fenliu.control.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Holds what comes from a client whom nobody can answer yet, up to 4,096 messages and little more content than is
 * taken, and hands it on in its order. Owns what it holds. Confined to the client's event loop.
 */
final class Waiting extends ChannelInboundHandlerAdapter {
    private static final int MOST = 4096;

    /** Messages, and events wrapped. */
    private final Queue<Object> held = new ArrayDeque<>();
    /** Of content. */
    private long bytes;

    private record Event(Object event) {}

    /** Hands on what it holds, and all that comes later without it. */
    void over(ChannelHandlerContext ctx) {
        boolean any = !held.isEmpty();
        for (Object next = held.poll(); next != null; next = held.poll()) {
            if (next instanceof Event happened) {
                ctx.fireUserEventTriggered(happened.event());
            } else {
                ctx.fireChannelRead(next);
            }
        }
        if (any) {
            ctx.fireChannelReadComplete();
        }
        ctx.pipeline().remove(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpContent content) {
            if (bytes > Head.MAX_BODY) { // what is held is refused for it
                content.release();
                return;
            }
            bytes += content.content().readableBytes();
        }
        held.add(message);
        if (held.size() > MOST) {
            ctx.close();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        held.add(new Event(event));
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        held.forEach(ReferenceCountUtil::release);
        held.clear();
    }
}
