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
 * @param worker runs what may touch the disk; refuses when it has too much to do
 */
public record HttpServer(Gate gate, Routes routes, Executor worker) implements Acceptor {
    private static final int MOST_WAITING = 64;

    @Override
    public void accept(Channel client) {
        ApiConnection.on(client, this);
    }

    /** One thread, which ends when it has had nothing to do for a minute. */
    public static Executor oneThread() {
        ThreadPoolExecutor worker = new ThreadPoolExecutor(
                1,
                1,
                1,
                TimeUnit.MINUTES,
                new ArrayBlockingQueue<>(MOST_WAITING),
                new DefaultThreadFactory("api-worker", true));
        worker.allowCoreThreadTimeOut(true);
        return worker;
    }
}
