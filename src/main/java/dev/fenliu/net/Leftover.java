package dev.fenliu.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Takes the place of a handshake that is over: keeps the payload that came with its last message, and whatever else
 * arrives, end of input included, until something above asks to read; hands it all over then and removes itself.
 * Confined to the channel's event loop; owns the buffers that it holds.
 */
public final class Leftover extends ChannelDuplexHandler {
    private final Queue<Object> held = new ArrayDeque<>(1);
    private boolean ended;
    private boolean handingOver;
    private boolean readAgain;

    private Leftover() {}

    /**
     * Replaces the handler of {@code handshake}, on its event loop.
     *
     * @param bytes the payload that the handshake read too far; may be empty; taken over
     */
    public static void replace(ChannelHandlerContext handshake, ByteBuf bytes) {
        Leftover leftover = new Leftover();
        if (bytes.isReadable()) {
            leftover.held.add(bytes);
        } else {
            bytes.release();
        }
        handshake.pipeline().replace(handshake.handler(), null, leftover);
    }

    /**
     * For a handler that is removed: hands what it has not used to whoever follows, while the channel is open.
     *
     * @param rest may be empty; taken over
     */
    public static void handOn(ChannelHandlerContext removed, ByteBuf rest) {
        if (rest.isReadable() && removed.channel().isActive()) {
            removed.fireChannelRead(rest);
            removed.fireChannelReadComplete();
        } else {
            rest.release();
        }
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        if (handingOver) {
            readAgain = true;
            return;
        }
        handingOver = true;
        boolean any = !held.isEmpty();
        for (Object message; (message = held.poll()) != null; ) {
            ctx.fireChannelRead(message);
        }
        if (any) {
            ctx.fireChannelReadComplete();
        }
        if (ended) {
            ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
        if (!ctx.isRemoved()) {
            ctx.pipeline().remove(this);
        }
        // What was held answers the demand, unless more is wanted already.
        if (!any && !ended || readAgain || ctx.channel().config().isAutoRead()) {
            ctx.read();
        }
    }

    /** Comes unasked when the peer has ended its stream: epoll then reads on its own. */
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        held.add(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        // belongs to what is held
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ended = true;
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close(); // whoever takes the channel finds it closed
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        held.forEach(ReferenceCountUtil::release);
        held.clear();
    }
}
