package dev.fenliu.net;

import dev.fenliu.model.Failure;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the first of several addresses that answers (RFC 8305, happy eyeballs version 2): families interleaved,
 * IPv6 first, a new attempt every 250 ms or as soon as one fails; the losers are closed. Confined to one event loop.
 */
public final class AddressRace {
    private static final long STAGGER_MILLIS = 250;

    /** No host needs more; an answer with thousands must not make us knock at thousands of doors. */
    private static final int MAX_ATTEMPTS = 20;

    private final EventLoop loop;
    private final SocketOptions options;
    private final Duration timeout;
    private final Queue<InetSocketAddress> waiting;
    private final List<ChannelFuture> running = new ArrayList<>();
    private final Promise<Channel> result;
    private @Nullable ScheduledFuture<?> next;
    private @Nullable Failure last;

    private AddressRace(EventLoop loop, SocketOptions options, Duration timeout, List<InetSocketAddress> addresses) {
        this.loop = loop;
        this.options = options;
        this.timeout = timeout;
        this.waiting = new ArrayDeque<>(addresses);
        this.result = loop.newPromise();
    }

    /**
     * Connects on {@code loop}, from which it must be called.
     *
     * @param addresses at least one; the first {@value #MAX_ATTEMPTS} in the order of the race are tried
     * @param timeout for each attempt
     * @return may be cancelled; holds the connected channel with {@link EndOfStream.ToFin} in it; a failed future holds the last failure
     */
    public static Future<Channel> connect(
            List<InetAddress> addresses, int port, SocketOptions options, Duration timeout, EventLoop loop) {
        List<InetSocketAddress> order = new ArrayList<>();
        interleave(addresses).stream()
                .limit(MAX_ATTEMPTS)
                .forEach(address -> order.add(new InetSocketAddress(address, port)));
        AddressRace race = new AddressRace(loop, options, timeout, order);
        race.attempt();
        race.result.addListener(done -> race.abandon());
        return race.result;
    }

    /** Families in turn, the first IPv6 address first. */
    static List<InetAddress> interleave(List<InetAddress> addresses) {
        Queue<InetAddress> six = new ArrayDeque<>();
        Queue<InetAddress> four = new ArrayDeque<>();
        addresses.forEach(address -> (address instanceof Inet6Address ? six : four).add(address));
        List<InetAddress> order = new ArrayList<>(addresses.size());
        while (!six.isEmpty() || !four.isEmpty()) {
            if (!six.isEmpty()) {
                order.add(six.remove());
            }
            if (!four.isEmpty()) {
                order.add(four.remove());
            }
        }
        return order;
    }

    private void attempt() {
        if (next != null) {
            next.cancel(false);
        }
        InetSocketAddress address = waiting.poll();
        if (address == null || result.isDone()) {
            return;
        }
        Bootstrap bootstrap = Sockets.client(loop, options)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeout.toMillis())
                .handler(EndOfStream.ToFin.INSTANCE);
        options.source().ifPresent(source -> bootstrap.localAddress(new InetSocketAddress(source, 0)));
        ChannelFuture connecting = bootstrap.connect(address);
        running.add(connecting);
        if (!waiting.isEmpty()) {
            next = loop.schedule(this::attempt, STAGGER_MILLIS, TimeUnit.MILLISECONDS);
        }
        connecting.addListener(done -> ended(connecting, address));
    }

    /** Somebody has won, all have lost, or the caller has given up: ends what still runs. */
    private void abandon() {
        if (next != null) {
            next.cancel(false);
        }
        List.copyOf(running).forEach(loser -> loser.channel().close());
    }

    private void ended(ChannelFuture attempt, InetSocketAddress address) {
        running.remove(attempt);
        if (attempt.isSuccess()) {
            if (!result.trySuccess(attempt.channel())) {
                attempt.channel().close();
            }
            return;
        }
        if (result.isDone()) {
            return;
        }
        last = Sockets.failure(address, attempt.cause());
        if (!waiting.isEmpty()) {
            attempt();
        } else if (running.isEmpty()) {
            result.tryFailure(last);
        }
    }
}
