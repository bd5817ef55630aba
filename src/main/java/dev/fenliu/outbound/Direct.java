package dev.fenliu.outbound;

import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.net.AddressRace;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Interfaces;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.Resolver;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Connects straight to the destination, optionally through a network interface of this machine. The only outbound that
 * holds a resolver for origins.
 */
public final class Direct implements Outbound {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    /** When an address that says nothing is doubted: by then the lost first packet of a connect has been sent again. */
    private static final long SILENCE_MILLIS = 1_000;

    private final String name;
    private final SocketOptions options;
    private final Resolver resolver;

    public Direct(String name, SocketOptions options, Resolver resolver) {
        this.name = name;
        this.options = options;
        this.resolver = resolver;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Set<Transport> transports() {
        return Set.of(Transport.TCP, Transport.UDP);
    }

    @Override
    public Future<Channel> connect(Dial dial) {
        Failure down = down();
        if (down != null) {
            return dial.loop().newFailedFuture(down);
        }
        Promise<Channel> result = dial.loop().newPromise();
        if (dial.destination().host() instanceof Host.Name name) {
            resolver.resolve(name, dial.loop()).addListener((Future<List<InetAddress>> found) -> {
                if (found.isSuccess()) {
                    dial.steps().resolved();
                    List<InetAddress> tried = found.getNow();
                    Future<Channel> racing = race(dial, tried, result, why -> retry(dial, name, tried, result, why));
                    doubt(dial, name, tried, result, racing);
                } else {
                    result.tryFailure(Failure.of(found.cause()));
                }
            });
        } else {
            InetAddress address = ((Host.Address) dial.destination().host()).value();
            race(dial, List.of(address), result, result::tryFailure);
        }
        return result;
    }

    /** What could not be reached may come from an expired answer: tries what a new one has beside it. */
    private void retry(
            Dial dial, Host.Name name, List<InetAddress> tried, Promise<Channel> result, Throwable unreached) {
        if (result.isDone()) {
            return;
        }
        resolver.resolveAnew(name, dial.loop()).addListener((Future<List<InetAddress>> found) -> {
            List<InetAddress> others = others(found, tried);
            if (others.isEmpty()) {
                result.tryFailure(unreached);
            } else {
                race(dial, others, result, result::tryFailure);
            }
        });
    }

    private static List<InetAddress> others(Future<List<InetAddress>> found, List<InetAddress> tried) {
        List<InetAddress> others = new ArrayList<>(found.isSuccess() ? found.getNow() : List.of());
        others.removeAll(Set.copyOf(tried));
        return others;
    }

    /** What does not answer may come from an expired answer too: goes on with the new one if that has something else. */
    private void doubt(
            Dial dial, Host.Name name, List<InetAddress> tried, Promise<Channel> result, Future<Channel> racing) {
        Runnable ask = () -> resolver.resolveAnew(name, dial.loop()).addListener((Future<List<InetAddress>> found) -> {
            List<InetAddress> others = others(found, tried);
            if (!others.isEmpty() && racing.cancel(false)) {
                found.getNow().stream().filter(tried::contains).forEach(others::add);
                race(dial, others, result, result::tryFailure);
            }
        });
        Future<?> silence = dial.loop().schedule(ask, SILENCE_MILLIS, TimeUnit.MILLISECONDS);
        racing.addListener(done -> silence.cancel(false));
    }

    /** The connecting under way; it may be cancelled in favour of another. */
    private Future<Channel> race(
            Dial dial, List<InetAddress> addresses, Promise<Channel> result, Consumer<Throwable> unreached) {
        if (result.isDone()) {
            return result; // the caller gave up during the look-up
        }
        int port = dial.destination().port();
        List<InetAddress> allowed = new ArrayList<>(addresses.size());
        Failure forbidden = null;
        for (InetAddress address : addresses) {
            Failure refusal = dial.guard().check(new InetSocketAddress(address, port), Transport.TCP);
            if (refusal == null) {
                allowed.add(address);
            } else {
                forbidden = refusal;
            }
        }
        if (allowed.isEmpty()) {
            result.tryFailure(forbidden == null ? new Failure(Failure.Kind.UNRESOLVED, "no address") : forbidden);
            return result;
        }
        Future<Channel> racing = AddressRace.connect(allowed, port, options, CONNECT_TIMEOUT, dial.loop());
        racing.addListener((Future<Channel> connected) -> {
            if (connected.isCancelled()) {
                return; // nobody wants it, or another has begun
            }
            if (!connected.isSuccess()) {
                unreached.accept(connected.cause());
                return;
            }
            dial.steps().connected(connected.getNow().remoteAddress());
            if (!result.trySuccess(connected.getNow())) {
                connected.getNow().close();
            }
        });
        result.addListener(done -> racing.cancel(false)); // when the caller gives up; else a no-op
        return racing;
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        Failure down = down();
        return down == null
                ? DirectPackets.open(dial, options, resolver, sink)
                : dial.loop().newFailedFuture(down);
    }

    /** Why the interface that all must leave by cannot be used, or null. The sockets are bound to it in any case. */
    private @Nullable Failure down() {
        Failure fault = options.device().map(Interfaces::fault).orElse(null);
        return fault == null ? null : new Failure(fault.kind(), "outbound \"" + name + "\": " + fault.text());
    }

    /** From the first address that lets itself be connected to, as one of a family that is not routed here does not. */
    @Override
    public Future<Channel> datagrams(Dial dial) {
        Promise<Channel> result = dial.loop().newPromise();
        if (dial.destination().host() instanceof Host.Name name) {
            resolver.resolve(name, dial.loop()).addListener((Future<List<InetAddress>> found) -> {
                if (found.isSuccess()) {
                    socket(dial, new ArrayDeque<>(found.getNow()), null, result);
                } else {
                    result.tryFailure(Failure.of(found.cause()));
                }
            });
        } else {
            InetAddress address = ((Host.Address) dial.destination().host()).value();
            socket(dial, new ArrayDeque<>(List.of(address)), null, result);
        }
        return result;
    }

    private void socket(Dial dial, Queue<InetAddress> addresses, @Nullable Failure last, Promise<Channel> result) {
        InetAddress address = addresses.poll();
        if (address == null || result.isDone()) {
            result.tryFailure(last == null ? new Failure(Failure.Kind.UNRESOLVED, "no address") : last);
            return;
        }
        InetSocketAddress peer =
                new InetSocketAddress(address, dial.destination().port());
        Failure forbidden = dial.guard().check(peer, Transport.UDP);
        if (forbidden != null) {
            socket(dial, addresses, forbidden, result);
            return;
        }
        Bootstrap bootstrap = Sockets.datagrams(dial.loop(), options, new ChannelInboundHandlerAdapter());
        options.source().ifPresent(source -> bootstrap.localAddress(new InetSocketAddress(source, 0)));
        ChannelFuture connecting = bootstrap.connect(peer);
        connecting.addListener(done -> {
            if (!done.isSuccess()) {
                socket(dial, addresses, Sockets.failure(peer, done.cause()), result);
            } else if (!result.trySuccess(connecting.channel())) {
                connecting.channel().close();
            }
        });
    }

    /** The address family rule of a UDP socket: the first address that the guard lets through, or null. */
    static @Nullable InetSocketAddress first(List<InetAddress> addresses, int port, Dial.Guard guard) {
        for (InetAddress address : addresses) {
            InetSocketAddress socket = new InetSocketAddress(address, port);
            if (guard.check(socket, Transport.UDP) == null) {
                return socket;
            }
        }
        return null;
    }
}
