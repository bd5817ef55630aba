package dev.fenliu.app;

import dev.fenliu.engine.Proxy;
import dev.fenliu.net.Handover;
import dev.fenliu.net.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a process takes the place of another that serves the same, so that no client is refused, see {@link Handover}. */
final class Succession {
    /**
     * Why a process serves nobody new any more, and for how long it stays.
     *
     * @param flows until those that run are ended
     * @param handshakes for clients whom we accepted in the place of those who follow us
     * @param answers for datagrams of such clients, at least
     */
    record Leave(Duration flows, Duration handshakes, Duration answers) {
        static final Leave STOPPED = new Leave(Duration.ofSeconds(10), Duration.ZERO, Duration.ZERO);
        static final Leave HANDED_OVER = new Leave(Duration.ofHours(1), Duration.ofSeconds(15), Duration.ofSeconds(5));

        /** Whether there is something to stay for. */
        boolean lasts(Duration since, Proxy proxy) {
            return proxy.running() > 0 && since.compareTo(flows) < 0
                    || since.compareTo(answers) < 0
                    || proxy.clients() > 0 && since.compareTo(handshakes) < 0;
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(Succession.class);

    private final EventLoopGroup loops;
    private final Proxy proxy;
    private final Runnable succeeded;

    /** @param succeeded called when another process serves in our place, on any thread */
    Succession(EventLoopGroup loops, Proxy proxy, Runnable succeeded) {
        this.loops = loops;
        this.proxy = proxy;
        this.succeeded = succeeded;
    }

    /**
     * Serves what another process has bound, if there is one that offers it; before the start.
     *
     * @return whether there is
     */
    boolean inherit(Path socket) throws InterruptedException {
        Future<List<Channel>> taken = Handover.take(socket, loops.next()).await();
        if (taken.isSuccess()) {
            proxy.inherit(taken.getNow());
        }
        return taken.isSuccess();
    }

    /** Tells that process to go when its flows have ended. */
    void confirm(Path socket) throws InterruptedException {
        Handover.confirm(socket, loops.next()).await();
    }

    /** Lets another process take over. */
    void offer(Path socket) throws IOException, InterruptedException {
        if (Sockets.EPOLL) {
            Future<Channel> offered =
                    Handover.offer(socket, loops, proxy::sockets, succeeded).await();
            if (!offered.isSuccess()) {
                LOG.warn(
                        "no other process will be able to take over: {}",
                        offered.cause().getMessage());
            }
        }
    }
}
