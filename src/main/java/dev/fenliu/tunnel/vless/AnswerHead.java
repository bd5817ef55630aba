package dev.fenliu.tunnel.vless;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;

/**
 * At the client end: takes the server's answer off the front of what comes, and is then out of the way. Confined to its
 * channel's event loop; owns what it has received.
 */
final class AnswerHead extends ChannelInboundHandlerAdapter {
    private final VlessOutbound outbound;
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
    private boolean failed;

    AnswerHead(VlessOutbound outbound) {
        this.outbound = outbound;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (failed) {
            ((ByteBuf) msg).release();
            return;
        }
        received = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), received, (ByteBuf) msg);
        int start = received.readerIndex();
        int there = received.readableBytes();
        if (there > 0 && received.getByte(start) != VlessRequest.VERSION) {
            failed = true;
            ctx.fireExceptionCaught(outbound.garbled());
            return;
        }
        int length = there < 2 ? Integer.MAX_VALUE : 2 + received.getUnsignedByte(start + 1);
        if (length < there) {
            received.skipBytes(length);
            outbound.doubt().proven();
            ctx.pipeline().remove(this);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!failed && !ctx.channel().config().isAutoRead()) {
            ctx.read(); // who asked for a read has got nothing yet, and will not ask again
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (!failed) {
            outbound.doubt().unanswered();
        }
        ctx.fireChannelInactive();
    }

    /** What follows is payload. */
    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        ByteBuf rest = received;
        received = Unpooled.EMPTY_BUFFER;
        if (rest.isReadable() && !failed && ctx.channel().isActive()) {
            ctx.fireChannelRead(rest);
        } else {
            rest.release();
        }
    }
}
