package dev.fenliu.tunnel.vmess;

import dev.fenliu.model.Failure;
import dev.fenliu.net.EndOfStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;

/**
 * Payload above, sealed bytes below: each write leaves as one buffer of whole chunks, and what is read arrives as one
 * buffer, or in a session of datagrams as one for each. After input that does not open it fires one {@link Failure} and
 * swallows the rest; closing is for whoever is above. Confined to its channel's event loop.
 */
final class VmessCodec extends ChannelDuplexHandler {
    private static final int SEALED_LENGTH = 2 + Kdf.TAG_BYTES;
    /** The answer holds four bytes and what the server would like the client to do, which is at most 255. */
    private static final int MOST_ANSWER = 4 + 255 + Kdf.TAG_BYTES;

    private final VmessOutbound outbound;
    private final Session session;
    private final boolean datagrams;
    private final boolean plain;
    private final BodySealer sealer;
    private final BodyOpener opener;
    private ByteBuf answer = Unpooled.EMPTY_BUFFER;
    private int wanted = SEALED_LENGTH;
    private boolean inLength = true;
    private boolean answered;
    private boolean failed;
    private boolean inputEnded;
    private boolean starved;

    VmessCodec(VmessOutbound outbound, Session session, Session.Command command) {
        this.outbound = outbound;
        this.session = session;
        this.datagrams = command == Session.Command.DATAGRAMS;
        this.plain = session.isPlain(command);
        this.sealer = datagrams ? BodySealer.ofDatagrams(session.up()) : BodySealer.ofStream(session.up());
        this.opener = new BodyOpener(session.down());
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (plain) {
            ctx.write(msg, promise);
        } else if (msg == EndOfStream.INSTANCE) {
            ctx.write(seal(ctx, Unpooled.EMPTY_BUFFER));
            ctx.write(msg, promise);
        } else if (msg instanceof ByteBuf payload && payload.isReadable()) {
            ctx.write(seal(ctx, payload), promise);
        } else {
            ctx.write(msg, promise); // only a way to learn of a flush
        }
    }

    /** Seals and releases {@code payload}. */
    private ByteBuf seal(ChannelHandlerContext ctx, ByteBuf payload) {
        try {
            ByteBuf sealed = ctx.alloc().directBuffer(sealer.sealedBytes(payload.readableBytes()));
            sealer.seal(payload, sealed);
            return sealed;
        } finally {
            payload.release();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf sealed = (ByteBuf) msg;
        starved = true;
        try {
            if (!failed && !inputEnded && hasAnswer(ctx, sealed)) {
                open(ctx, sealed);
            }
        } catch (Failure e) {
            failed = true;
            ctx.fireExceptionCaught(outbound.garbled(e));
        } finally {
            sealed.release();
        }
    }

    private boolean hasAnswer(ChannelHandlerContext ctx, ByteBuf in) throws Failure {
        while (!answered) {
            int bytes = Math.min(wanted - answer.readableBytes(), in.readableBytes());
            answer = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), answer, in.readRetainedSlice(bytes));
            if (answer.readableBytes() < wanted) {
                return false;
            }
            byte[] part = new byte[wanted];
            answer.readBytes(part);
            if (inLength) {
                int length = session.answerLength(part);
                wanted = length + Kdf.TAG_BYTES;
                if (length < 0 || wanted > MOST_ANSWER) {
                    throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "what answers does not know this uuid");
                }
                inLength = false;
            } else if (session.isAnswer(part)) {
                answered = true;
                drop();
                outbound.doubt().proven();
            } else {
                throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "an answer to another request");
            }
        }
        return true;
    }

    private void open(ChannelHandlerContext ctx, ByteBuf sealed) throws Failure {
        if (plain) {
            if (sealed.isReadable()) {
                starved = false;
                ctx.fireChannelRead(sealed.retain());
            }
            return;
        }
        ByteBuf payload = datagrams ? Unpooled.EMPTY_BUFFER : ctx.alloc().directBuffer(opener.openedBytes(sealed));
        try {
            opener.open(sealed, (bytes, length) -> {
                if (datagrams) {
                    starved = false;
                    ctx.fireChannelRead(ctx.alloc().buffer(length).writeBytes(bytes, 0, length));
                } else {
                    payload.writeBytes(bytes, 0, length);
                }
            });
        } finally {
            if (payload.isReadable()) {
                starved = false;
                ctx.fireChannelRead(payload);
            } else {
                payload.release();
            }
        }
        if (opener.ended()) {
            end(ctx);
        }
    }

    private void end(ChannelHandlerContext ctx) {
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
        starved = false;
        ctx.fireChannelReadComplete();
    }

    /** Many servers end a stream without the chunk for it; between chunks that is taken for its end. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event != ChannelInputShutdownEvent.INSTANCE) {
            ctx.fireUserEventTriggered(event);
        } else if (failed) {
            return;
        } else if (opener.atBoundary()) {
            end(ctx);
        } else {
            failed = true;
            ctx.fireExceptionCaught(outbound.garbled(
                    new Failure(Failure.Kind.TUNNEL_PROTOCOL, "the stream was cut off inside a chunk")));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (!answered && !failed) {
            outbound.doubt().unanswered();
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        drop();
    }

    private void drop() {
        answer.release();
        answer = Unpooled.EMPTY_BUFFER;
    }
}
