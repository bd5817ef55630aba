package dev.fenliu.outbound;

import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.net.AddressRace;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.Resolver;
import dev.fenliu.net.SocketOptions;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Connects straight to the destination, optionally through a network interface of this machine. The only outbound that
 * holds a resolver for origins.
 */
public final class Direct implements Outbound {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

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
        Promise<Channel> result = dial.loop().newPromise();
        addresses(dial).addListener((Future<List<InetAddress>> found) -> {
            if (result.isDone()) {
                return; // the caller gave up while the name was asked for
            }
            if (found.isSuccess()) {
                race(dial, found.getNow(), result);
            } else {
                result.tryFailure(Failure.of(found.cause()));
            }
        });
        return result;
    }

    private void race(Dial dial, List<InetAddress> addresses, Promise<Channel> result) {
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
            return;
        }
        Future<Channel> racing = AddressRace.connect(allowed, port, options, CONNECT_TIMEOUT, dial.loop());
        racing.addListener((Future<Channel> connected) -> {
            if (!connected.isSuccess()) {
                result.tryFailure(connected.cause());
            } else if (!result.trySuccess(connected.getNow())) {
                connected.getNow().close();
            }
        });
        result.addListener(done -> racing.cancel(false)); // when the caller gives up; else a no-op
    }

    private Future<List<InetAddress>> addresses(Dial dial) {
        if (dial.destination().host() instanceof Host.Name name) {
            return resolver.resolve(name, dial.loop());
        }
        return dial.loop()
                .newSucceededFuture(List.of(((Host.Address) dial.destination().host()).value()));
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        return DirectPackets.open(dial, options, resolver, sink);
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
