package dev.fenliu.dns;

import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;

/** An event loop on the test's own thread whose time stands still until it is told to pass. */
final class StillLoop {
    private final EmbeddedChannel channel = new EmbeddedChannel();

    StillLoop() {
        channel.freezeTime();
    }

    EventLoop loop() {
        return channel.eventLoop();
    }

    long nanos() {
        return loop().ticker().nanoTime();
    }

    /** Runs what is due now. */
    void run() {
        channel.runPendingTasks();
    }

    void pass(long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        run();
    }
}
