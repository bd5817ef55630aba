package dev.fenliu.net.http2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Below the codec, which waits for whole frames and copies all that comes meanwhile into one buffer: makes of a DATA frame
 * that has not come whole several that have, one for each part (RFC 9113 section 6.1), so that payload is handed on as it
 * comes and is never copied. All other frames pass as they are. Confined to the event loop.
 */
final class DataPieces extends ChannelInboundHandlerAdapter {
    private static final int HEADER = 9;
    private static final int PREFACE = 24;
    private static final int DATA = 0;
    private static final int END_STREAM = 1;
    private static final int PADDED = 8;

    private final Header header = new Header();
    private int left;
    private boolean cut;

    /** @param server whether the client's preface comes first (RFC 9113 section 3.4) */
    DataPieces(boolean server) {
        this.left = server ? PREFACE : 0;
    }

    /** The header of the frame under way, or as much of it as has come. */
    private static final class Header {
        private final byte[] bytes = new byte[HEADER];
        private int have;

        /** Takes bytes; whether it is whole. */
        boolean fill(ByteBuf in) {
            int count = Math.min(HEADER - have, in.readableBytes());
            in.readBytes(bytes, have, count);
            have += count;
            return whole();
        }

        boolean whole() {
            return have == HEADER;
        }

        int length() {
            return (bytes[0] & 0xff) << 16 | (bytes[1] & 0xff) << 8 | bytes[2] & 0xff;
        }

        int flags() {
            return bytes[4] & 0xff;
        }

        boolean severable() {
            return severable(length(), bytes[3], flags());
        }

        /** Whether such a frame may be made into several; one that is too long is the codec's to refuse. */
        static boolean severable(int length, int type, int flags) {
            return type == DATA && (flags & PADDED) == 0 && length <= CodecBuilder.MAX_FRAME;
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (header.have > 0 && !header.whole()) {
            if (!header.fill(in)) {
                in.release();
                return;
            }
            begin(ctx);
        }
        if (cut && in.isReadable()) {
            int part = Math.min(left, in.readableBytes());
            fire(ctx, part, part == left ? header.flags() : header.flags() & ~END_STREAM);
            cut = false;
        }
        scan(in);
        if (in.isReadable()) {
            ctx.fireChannelRead(in);
        } else {
            in.release();
        }
    }

    /** A header that came in pieces is whole. */
    private void begin(ChannelHandlerContext ctx) {
        left = header.length();
        cut = left > 0 && header.severable();
        if (!cut) {
            fire(ctx, left, header.flags());
        }
    }

    private void fire(ChannelHandlerContext ctx, int length, int flags) {
        ByteBuf frame = ctx.alloc().buffer(HEADER);
        frame.writeMedium(length).writeByte(header.bytes[3]).writeByte(flags).writeBytes(header.bytes, 5, 4);
        ctx.fireChannelRead(frame);
    }

    /** Walks over the frames, and ends {@code in} with whatever can be handed on. */
    private void scan(ByteBuf in) {
        int at = in.readerIndex();
        int end = in.writerIndex();
        while (true) {
            int step = Math.min(left, end - at);
            at += step;
            left -= step;
            if (left > 0) {
                cut = header.whole() && header.severable();
                return;
            }
            header.have = 0;
            int there = end - at;
            if (there == 0) {
                return;
            }
            in.getBytes(at, header.bytes, 0, Math.min(HEADER, there));
            header.have = Math.min(HEADER, there);
            int payload = there - HEADER;
            if (payload < 0) {
                in.writerIndex(at);
                return;
            }
            left = header.length();
            if (left > payload && header.severable()) {
                cut = true;
                if (payload == 0) {
                    in.writerIndex(at);
                } else {
                    in.setMedium(at, payload).setByte(at + 4, header.flags() & ~END_STREAM);
                    left -= payload;
                }
                return;
            }
            at += HEADER;
        }
    }
}
