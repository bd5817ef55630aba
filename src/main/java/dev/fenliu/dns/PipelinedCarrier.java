package dev.fenliu.dns;

import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.List;

/**
 * DNS over TCP (RFC 7766) and over TLS (RFC 7858): messages with a length of two bytes in front, pipelined, answers in
 * any order. Owns the channel.
 */
final class PipelinedCarrier extends SimpleChannelInboundHandler<ByteBuf> implements Carrier {
    private static final int MAX_MESSAGE = 65_535;

    private record Slot(Query query, Promise<byte[]> answer) {}

    private final Channel channel;
    private final boolean encrypted;
    private final IntObjectMap<Slot> pending = new IntObjectHashMap<>();
    private int lastId;
    private boolean mixedUp;

    private PipelinedCarrier(Channel channel, boolean encrypted) {
        this.channel = channel;
        this.encrypted = encrypted;
    }

    /** Takes over a connected channel that {@link ReadAlways} reads, on whose event loop it must be called. */
    static Carrier on(Channel channel, boolean encrypted) {
        PipelinedCarrier carrier = new PipelinedCarrier(channel, encrypted);
        channel.pipeline()
                .addLast(new LengthFieldBasedFrameDecoder(MAX_MESSAGE + 2, 0, 2, 0, 2))
                .addLast(carrier);
        return carrier;
    }

    @Override
    public Future<byte[]> ask(Query query, Edns edns) {
        Promise<byte[]> answer = channel.eventLoop().newPromise();
        if (spent()) {
            return answer.setFailure(LOST);
        }
        do {
            lastId = lastId + 1 & 0xffff; // the connection itself says who sends: ids need not be random
        } while (pending.containsKey(lastId));
        int id = lastId;
        byte[] message = query.encode(id, query.nameBytes(), edns, encrypted);
        pending.put(id, new Slot(query, answer));
        answer.addListener(done -> pending.remove(id));
        ByteBuf frame = channel.alloc().buffer(2 + message.length);
        channel.writeAndFlush(frame.writeShort(message.length).writeBytes(message));
        return answer;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
        byte[] message = ByteBufUtil.getBytes(frame);
        Slot slot = message.length < 12 ? null : pending.get(Query.u16(message, 0));
        if (slot == null || spent()) {
            return; // the answer to a query that was given up, or what came along with an answer that was mixed up
        }
        Query.Fit fit =
                slot.query().fit(message, Query.u16(message, 0), slot.query().nameBytes());
        if (fit == Query.Fit.NO || Query.truncated(message)) {
            mixedUp = true; // whoever mixes up answers cannot be trusted with the rest
            slot.answer()
                    .tryFailure(new Failure(
                            Failure.Kind.RESOLVER_FAILED,
                            fit == Query.Fit.NO ? "answered another question" : "cut its answer short"));
            lose();
            ctx.close();
            return;
        }
        slot.answer().trySuccess(message);
    }

    @Override
    public boolean spent() {
        return mixedUp || !channel.isActive(); // TLS says goodbye before it is not
    }

    @Override
    public void close() {
        channel.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        lose();
        ctx.fireChannelInactive();
    }

    private void lose() {
        List.copyOf(pending.values()).forEach(slot -> slot.answer().tryFailure(LOST));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
