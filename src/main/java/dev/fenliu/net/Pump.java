package dev.fenliu.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.epoll.Native;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Moves one direction of a flow from one plain TCP socket to another with nothing in between: small pieces through a
 * buffer that all flows of the event loop share, bulk through a pipe that the bytes enter and leave inside the kernel
 * (splice(2)). What the receiver does not take at once is kept, and no more is read until it is gone. Confined to the
 * event loop of both sockets.
 */
final class Pump {
    /** In one turn, so that other flows get theirs. */
    private static final int MOST_ROUNDS = 4;

    private static final int BUFFER = 64 << 10;

    private static final FastThreadLocal<ByteBuf> SHARED = new FastThreadLocal<>() {
        @Override
        protected ByteBuf initialValue() {
            return Unpooled.directBuffer(BUFFER, BUFFER);
        }

        @Override
        protected void onRemoval(ByteBuf buffer) {
            buffer.release();
        }
    };

    /** What a pump tells the relay; each is called from within {@link #pump}, the last two once at most. */
    interface Report {
        /** Bytes have been taken from the sender. */
        void taken(int bytes);

        /** The sender has ended its stream, and the receiver has all of it. */
        void ended();

        /** A socket is dead. */
        void broken(boolean sender);
    }

    private final EpollStream from;
    private final EpollStream to;
    private final Report report;
    private Pipes.@Nullable Pipe pipe;
    private int piped;
    private @Nullable ByteBuf kept;
    private boolean borrowed; // what is kept is the shared buffer: only within a round
    private boolean bulk;
    private boolean over;

    Pump(EpollStream from, EpollStream to, Report report) {
        this.from = from;
        this.to = to;
        this.report = report;
    }

    /** Bytes that were taken and that the receiver has not got. */
    int pending() {
        ByteBuf rest = kept;
        return piped + (rest == null ? 0 : rest.readableBytes());
    }

    /** Moves what can be moved now. */
    void pump() {
        for (int round = 0; round < MOST_ROUNDS && !over; round++) {
            int moved;
            try {
                moved = fill();
            } catch (IOException e) {
                broken(true);
                return;
            }
            if (moved > 0) {
                report.taken(moved);
            }
            try {
                if (!drain()) {
                    from.reads(false);
                    to.writes(true);
                    return;
                }
            } catch (IOException | OutOfMemoryError e) { // the latter: what the receiver did not take cannot be kept
                broken(false);
                return;
            }
            to.writes(false);
            from.reads(moved >= 0);
            if (moved < 0) {
                over = true;
                report.ended();
            }
            if (moved < BUFFER) {
                return; // that was all there was; if not, we are told
            }
        }
    }

    /** Takes bytes from the sender unless some are pending: how many; 0 for none; negative at its end. */
    private int fill() throws IOException {
        if (pending() > 0) {
            return 0;
        }
        if (bulk) {
            pipe = Pipes.take();
        }
        Pipes.Pipe bulky = pipe;
        if (bulky != null) {
            piped = Native.splice(from.fd().intValue(), -1, bulky.in().intValue(), -1, bulky.size());
            bulk = piped >= BUFFER;
            if (piped > 0) {
                return piped;
            }
            release(); // nothing there, or the end: splice(2) does not tell which
        }
        ByteBuf shared = SHARED.get();
        int read = from.fd().readAddress(shared.memoryAddress(), 0, BUFFER);
        if (read > 0) {
            kept = shared.setIndex(0, read);
            borrowed = true;
            bulk = read == BUFFER;
        }
        return read;
    }

    /** Gives the receiver what is pending; whether it took all. */
    private boolean drain() throws IOException {
        Pipes.Pipe bulky = pipe;
        if (bulky != null) {
            piped -= Native.splice(bulky.out().intValue(), -1, to.fd().intValue(), -1, piped);
            if (piped > 0) {
                return false;
            }
            release();
        }
        ByteBuf bytes = kept;
        if (bytes != null) {
            int written = to.fd().writeAddress(bytes.memoryAddress(), bytes.readerIndex(), bytes.writerIndex());
            bytes.skipBytes(Math.max(0, written));
            if (bytes.isReadable()) {
                kept = borrowed ? Unpooled.directBuffer(bytes.readableBytes()).writeBytes(bytes) : bytes;
                borrowed = false;
                return false;
            }
            release();
        }
        return true;
    }

    private void broken(boolean sender) {
        over = true;
        report.broken(sender);
    }

    /** Lets go of everything; what is pending is lost. */
    void close() {
        over = true;
        release();
    }

    private void release() {
        Pipes.Pipe bulky = pipe;
        if (bulky != null) {
            pipe = null;
            Pipes.give(bulky, piped == 0);
            piped = 0;
        }
        ByteBuf bytes = kept;
        kept = null;
        if (bytes != null && !borrowed) {
            bytes.release();
        }
        borrowed = false;
    }
}
