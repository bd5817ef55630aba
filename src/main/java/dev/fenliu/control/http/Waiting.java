package dev.fenliu.control.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Holds what comes from a client whom nobody can answer yet, up to 256 messages, and hands it on in its order. Owns what
 * it holds. Confined to the client's event loop.
 */
final class Waiting extends ChannelInboundHandlerAdapter {
    private static final int MOST = 256;

    /** Messages, and events wrapped. */
    private final Queue<Object> held = new ArrayDeque<>();

    private record Event(Object event) {}

    /** Hands on what it holds, and has all that comes later read without it. */
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
        ctx.channel().config().setAutoRead(true);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
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
