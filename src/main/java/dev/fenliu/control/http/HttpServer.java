package dev.fenliu.control.http;

import dev.fenliu.inbound.Acceptor;
import io.netty.channel.Channel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Serves routes to those whom the gate lets in.
 *
 * @param threads run what may not hold up an event loop
 */
public record HttpServer(Gate gate, Routes routes, Threads threads) implements Acceptor {
    /**
     * What may touch the disk, and what changes files and may wait for a reload: each one call after the other, and each
     * refuses when too much waits for it. The threads end when they have had nothing to do for a minute.
     */
    public record Threads(Executor worker, Executor editor) {
        private static final int MOST_WORK = 64;
        private static final int MOST_EDITS = 8;

        /** New ones. */
        public Threads() {
            this(one("api-worker", MOST_WORK), one("api-editor", MOST_EDITS));
        }

        private static Executor one(String name, int mostWaiting) {
            ThreadPoolExecutor thread = new ThreadPoolExecutor(
                    1,
                    1,
                    1,
                    TimeUnit.MINUTES,
                    new ArrayBlockingQueue<>(mostWaiting),
                    new DefaultThreadFactory(name, true));
            thread.allowCoreThreadTimeOut(true);
            return thread;
        }
    }

    @Override
    public void accept(Channel client) {
        ApiConnection.on(client, this);
    }
}
