package dev.fenliu.net;

import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The pipes through which {@link Pump}s move bulk inside the kernel, in few and large pieces. A pump holds one only while
 * bytes are in it, so a few serve all flows; their number is bounded so that neither the descriptors nor the pipe memory
 * that Linux grants a user (64 MiB, pipe(7)) run out. Each event loop keeps its own.
 */
final class Pipes {
    /** What an unprivileged process may ask for, unless the administrator says otherwise (pipe(7)). */
    private static final int SIZE = 1 << 20;

    private static final int MOST = 32;
    private static final int KEPT = 8;
    private static final int F_SETPIPE_SZ = 1031;
    private static final AtomicInteger OPEN = new AtomicInteger();
    private static final FastThreadLocal<ArrayDeque<Pipe>> FREE = new FastThreadLocal<>() {
        @Override
        protected ArrayDeque<Pipe> initialValue() {
            return new ArrayDeque<>();
        }

        @Override
        protected void onRemoval(ArrayDeque<Pipe> free) {
            free.forEach(Pipes::close);
        }
    };

    /** Both ends of a pipe, and the most bytes to ask for at a time. */
    record Pipe(FileDescriptor out, FileDescriptor in, int size) {}

    private Pipes() {}

    /** An empty pipe for the caller's event loop, or null if there is none to be had now. */
    static @Nullable Pipe take() {
        if (LibC.isLoading()) {
            return null;
        }
        Pipe free = FREE.get().poll();
        if (free != null) {
            return free;
        }
        if (OPEN.incrementAndGet() > MOST) {
            OPEN.decrementAndGet();
            return null;
        }
        try {
            FileDescriptor[] ends = FileDescriptor.pipe();
            LibC.Calls libc = LibC.calls();
            int granted = libc == null ? -1 : libc.fcntl(ends[1].intValue(), F_SETPIPE_SZ, SIZE);
            return new Pipe(ends[0], ends[1], granted > 0 ? granted : 64 << 10);
        } catch (IOException e) {
            OPEN.decrementAndGet();
            return null; // no descriptor left
        }
    }

    /** Takes back a pipe, on the event loop that took it. */
    static void give(Pipe pipe, boolean empty) {
        ArrayDeque<Pipe> free = FREE.get();
        if (empty && free.size() < KEPT) {
            free.push(pipe);
        } else {
            close(pipe);
        }
    }

    private static void close(Pipe pipe) {
        OPEN.decrementAndGet();
        try {
            pipe.out().close();
            pipe.in().close();
        } catch (IOException e) {
            // gone all the same
        }
    }
}
