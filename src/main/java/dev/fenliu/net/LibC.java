package dev.fenliu.net;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** The C library, for the few calls that Netty has no name for. Thread-safe. */
final class LibC {
    /** As they are declared in C, on 64-bit Linux. */
    interface Calls extends Library {
        int fcntl(int fd, int command, int argument);

        long recvmsg(int fd, Pointer header, int flags);

        int socket(int domain, int type, int protocol);

        long send(int fd, byte[] bytes, long length, int flags);

        long sendto(int fd, byte[] bytes, long length, int flags, byte[] name, int nameLength);

        long recv(int fd, byte[] bytes, long length, int flags);

        int close(int fd);
    }

    /** Loading takes long, so it is done elsewhere when the first call is asked for; until then there is none. */
    private static final CompletableFuture<Optional<Calls>> LOADING = CompletableFuture.supplyAsync(LibC::load);

    private LibC() {}

    private static Optional<Calls> load() {
        try {
            if (System.getProperty("jna.tmpdir") == null) {
                System.setProperty("jna.tmpdir", System.getProperty("java.io.tmpdir")); // not the user's home
            }
            return Optional.of(Native.load("c", Calls.class));
        } catch (LinkageError e) {
            LoggerFactory.getLogger(LibC.class).debug("no calls of the C library", e);
            return Optional.empty();
        }
    }

    /** Begins to load it. */
    static void begin() {} // this class is being initialised

    /** Whether it is still to be loaded; asking begins it. */
    static boolean isLoading() {
        return !LOADING.isDone();
    }

    /** Waits until it is loaded, so not for an event loop; null when it cannot be. */
    static @Nullable Calls loaded() {
        try {
            return LOADING.get().orElse(null);
        } catch (InterruptedException | ExecutionException e) {
            return null;
        }
    }

    /** Null while it is loading, and when it cannot be loaded. */
    static @Nullable Calls calls() {
        return LOADING.getNow(Optional.empty()).orElse(null);
    }
}
