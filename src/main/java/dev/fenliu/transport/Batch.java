package dev.fenliu.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** What is written between two flushes, and leaves as one message. Confined to its channel's event loop; owns it. */
final class Batch {
    /** Up to here a message is copied behind its header; what is larger stays where it is. */
    static final int SMALL = 4 << 10;

    private record Written(ByteBuf bytes, ChannelPromise promise) {}

    /** Changes bytes in place. */
    @FunctionalInterface
    interface Change {
        /** @param position of the first of them in the message */
        void apply(ByteBuf bytes, long position);
    }

    private final Queue<Written> written = new ArrayDeque<>(2);
    private long length;

    void add(ByteBuf bytes, ChannelPromise promise) {
        length += bytes.readableBytes();
        written.add(new Written(bytes, promise));
    }

    boolean isEmpty() {
        return written.isEmpty();
    }

    /** In bytes. */
    long length() {
        return length;
    }

    /** What a message's header needs room for. */
    int room(int header) {
        return length <= SMALL ? header + (int) length : header;
    }

    /**
     * Writes all of it behind {@code head}, which is taken over and has the {@link #room} it needs.
     *
     * @param change null if all is written as it is
     */
    void write(ChannelHandlerContext ctx, ByteBuf head, @Nullable Change change) {
        boolean small = length <= SMALL;
        length = 0;
        if (small) {
            together(ctx, head, change);
            return;
        }
        ctx.write(head, ctx.voidPromise());
        long position = 0;
        for (Written next; (next = written.poll()) != null; ) {
            ByteBuf bytes = change == null ? next.bytes : own(ctx, next.bytes);
            int count = bytes.readableBytes();
            if (change != null) {
                change.apply(bytes, position);
            }
            position += count;
            ctx.write(bytes, next.promise);
        }
    }

    private void together(ChannelHandlerContext ctx, ByteBuf message, @Nullable Change change) {
        int start = message.writerIndex();
        List<ChannelPromise> promises = new ArrayList<>(1);
        for (Written next; (next = written.poll()) != null; ) {
            message.writeBytes(next.bytes);
            next.bytes.release();
            if (!next.promise.isVoid()) {
                promises.add(next.promise);
            }
        }
        if (change != null) {
            change.apply(message.slice(start, message.writerIndex() - start), 0);
        }
        if (promises.isEmpty()) {
            ctx.write(message, ctx.voidPromise());
            return;
        }
        ctx.write(message).addListener(sent -> {
            for (ChannelPromise promise : promises) {
                if (sent.isSuccess()) {
                    promise.trySuccess();
                } else {
                    promise.tryFailure(sent.cause());
                }
            }
        });
    }

    /** Bytes that nobody else may see changed. */
    private static ByteBuf own(ChannelHandlerContext ctx, ByteBuf bytes) {
        if (!bytes.isReadOnly() && bytes.refCnt() == 1) {
            return bytes;
        }
        ByteBuf copy = ctx.alloc().directBuffer(bytes.readableBytes()).writeBytes(bytes);
        bytes.release();
        return copy;
    }

    /** Drops all of it, since it can no longer be sent. */
    void fail() {
        length = 0;
        for (Written left; (left = written.poll()) != null; ) {
            left.bytes.release();
            fail(left.promise);
        }
    }

    static void fail(ChannelPromise promise) {
        if (!promise.isVoid()) {
            promise.tryFailure(new ClosedChannelException());
        }
    }
}
