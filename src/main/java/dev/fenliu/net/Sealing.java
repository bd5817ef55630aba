package dev.fenliu.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One flush of {@link NativeRecords}: seals all that is written into as few records and buffers as can be. What was
 * written in pieces leaves in one record, so that the pieces do not show; what was flushed apart does not, since there
 * are servers that overlook the second request of a record (dnsdist 1.7).
 */
final class Sealing {
    /** A close_notify whatever the version, for a connection that is about to be closed. */
    static final Object LAST = new Object();

    /** The end of what was flushed at once, if that had to wait for the handshake. */
    static final Object FLUSHED = new Object();

    /** @param message a {@link ByteBuf}, {@link EndOfStream}, {@link #LAST} or {@link #FLUSHED} */
    record Written(Object message, ChannelPromise promise) {}

    private final ChannelHandlerContext ctx;
    private final NativeSession to;
    private final boolean client;
    private final Queue<Written> written;
    private final List<ChannelPromise> promises = new ArrayList<>(1);
    private @Nullable ByteBuf out;
    private long left;

    /** @param client whether this is the client end */
    Sealing(ChannelHandlerContext ctx, NativeSession to, boolean client, Queue<Written> written) {
        this.ctx = ctx;
        this.to = to;
        this.client = client;
        this.written = written;
        for (Written each : written) {
            left += each.message() instanceof ByteBuf payload ? payload.readableBytes() : 0;
        }
    }

    /** Returns whether a close_notify was among it, after which nothing can be sealed. */
    boolean run() throws SSLException {
        boolean ended = false;
        try {
            to.answer(room());
            for (Written next; (next = written.peek()) != null; ) {
                if (next.message() instanceof ByteBuf bytes) {
                    seal(bytes);
                } else {
                    written.remove();
                    promises.add(next.promise());
                    if (next.message() == FLUSHED) {
                        continue;
                    }
                    if (next.message() == LAST || !client || to.halfCloses()) {
                        ended = true;
                        to.end(room());
                    }
                }
            }
        } finally {
            send();
        }
        return ended;
    }

    /** Seals a record or more, from the first of {@link #written} on. */
    private void seal(ByteBuf first) throws SSLException {
        boolean whole = first.readableBytes() >= NativeSession.RECORD || written.size() == 1;
        if (whole && NativeSession.isDirect(first)) {
            while (first.isReadable() && !(first.readableBytes() < NativeSession.RECORD && written.size() > 1)) {
                left -= to.seal(first, room());
            }
            dropEmpty();
            return;
        }
        ByteBuf record = ctx.alloc().directBuffer(NativeSession.RECORD);
        try {
            while (record.isWritable()
                    && written.peek() != null
                    && written.peek().message() instanceof ByteBuf next) {
                record.writeBytes(next, Math.min(next.readableBytes(), record.writableBytes()));
                if (!dropEmpty()) {
                    break;
                }
            }
            while (record.isReadable()) {
                left -= to.seal(record, room());
            }
        } finally {
            record.release();
        }
    }

    private boolean dropEmpty() {
        Written first = written.element();
        if (((ByteBuf) first.message()).isReadable()) {
            return false;
        }
        written.remove();
        ReferenceCountUtil.release(first.message());
        promises.add(first.promise());
        return true;
    }

    /** A buffer with room for a record and more. */
    private ByteBuf room() {
        ByteBuf buffer = out;
        if (buffer != null && buffer.writableBytes() < NativeSession.SLACK) {
            ctx.write(buffer, ctx.voidPromise());
            buffer = null;
        }
        if (buffer == null) {
            buffer = ctx.alloc().directBuffer(NativeSession.sealedBytes(left));
            out = buffer;
        }
        return buffer;
    }

    private void send() {
        ByteBuf last = room();
        out = null;
        promises.removeIf(ChannelPromise::isVoid);
        if (promises.isEmpty()) {
            ctx.write(last, ctx.voidPromise());
            return;
        }
        ctx.write(last).addListener(sent -> {
            for (ChannelPromise promise : promises) {
                if (sent.isSuccess()) {
                    promise.trySuccess();
                } else {
                    promise.tryFailure(sent.cause());
                }
            }
        });
    }
}
