package dev.fenliu.dns;

import dev.fenliu.model.Failure;
import dev.fenliu.net.SocketOptions;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.PromiseNotifier;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Plain DNS over UDP (RFC 1035 section 4.2.1), hard to forge: sockets with ports that the kernel draws, replaced every
 * few seconds, random ids, names in random case (RFC 5452, draft-vixie-dnsext-dns0x20). A datagram that does not fit is
 * ignored and the right one waited for. A truncated answer is asked for again over TCP. Confined to one event loop.
 */
final class UdpExchanger implements Exchanger {
    /** More at once and the server's receive buffer overflows. */
    static final int MAX_IN_FLIGHT = 200;

    private static final int MAX_WAITING = 1000;
    private static final int SOCKETS = 8;
    private static final long[] REPEAT_MILLIS = {400, 1200};

    private final EventLoop loop;
    private final InetSocketAddress server;
    private final SocketOptions options;
    private final Exchanger tcp;
    private final Random random;
    private final @Nullable UdpSocket[] sockets = new UdpSocket[SOCKETS];
    private final Queue<UdpExchange> waiting = new ArrayDeque<>();
    private int inFlight;
    private boolean closed;

    /**
     * @param tcp the same server, for answers that no datagram holds; closed with this one
     * @param random not predictable
     */
    UdpExchanger(EventLoop loop, InetSocketAddress server, SocketOptions options, Exchanger tcp, Random random) {
        this.loop = loop;
        this.server = server;
        this.options = options;
        this.tcp = tcp;
        this.random = random;
    }

    @Override
    public Future<byte[]> exchange(Query query, Edns edns, long millis) {
        UdpExchange exchange = new UdpExchange(
                query,
                edns,
                query.randomCase(random),
                loop.newPromise(),
                loop.ticker().nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
        if (closed || waiting.size() >= MAX_WAITING) {
            return loop.newFailedFuture(
                    new Failure(Failure.Kind.RESOLVER_FAILED, closed ? "closed" : "too many queries at once"));
        }
        exchange.timers.add(
                loop.schedule(() -> exchange.answer.tryFailure(Exchanger.late(millis)), millis, TimeUnit.MILLISECONDS));
        exchange.answer.addListener(done -> ended(exchange));
        if (inFlight < MAX_IN_FLIGHT) {
            start(exchange);
        } else {
            waiting.add(exchange);
        }
        return exchange.answer;
    }

    private void start(UdpExchange exchange) {
        inFlight++;
        int slot = random.nextInt(SOCKETS);
        UdpSocket socket = sockets[slot];
        if (socket == null || socket.spent()) {
            socket = UdpSocket.open(loop, server, options, random, this::overTcp);
            sockets[slot] = socket;
        }
        UdpSocket chosen = socket;
        chosen.send(exchange);
        for (long delay : REPEAT_MILLIS) {
            exchange.timers.add(loop.schedule(() -> chosen.repeat(exchange), delay, TimeUnit.MILLISECONDS));
        }
    }

    private void ended(UdpExchange exchange) {
        exchange.timers.forEach(timer -> timer.cancel(false));
        if (!exchange.started()) {
            waiting.remove(exchange);
            return;
        }
        inFlight--;
        UdpExchange next = waiting.poll();
        if (next != null) {
            start(next);
        }
    }

    private void overTcp(UdpExchange exchange) {
        exchange.timers.forEach(timer -> timer.cancel(false));
        long left =
                TimeUnit.NANOSECONDS.toMillis(exchange.deadline - loop.ticker().nanoTime());
        tcp.exchange(exchange.query, exchange.edns, Math.max(1, left))
                .addListener(new PromiseNotifier<byte[], Future<byte[]>>(false, exchange.answer));
    }

    @Override
    public void close() {
        tcp.close();
        loop.execute(() -> {
            closed = true;
            for (UdpSocket socket : sockets) {
                if (socket != null) {
                    socket.close();
                }
            }
            for (UdpExchange left : waiting.toArray(new UdpExchange[0])) {
                left.fail("closed");
            }
        });
    }
}
