package dev.fenliu.dns;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.AddressRace;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.Resolver;
import dev.fenliu.net.SocketOptions;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseNotifier;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Streams to upstream resolvers without a tunnel; their own names are found by the bootstrap resolver. Thread-safe. */
final class DirectStreams implements Dialer {
    private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(1_500);

    private final SocketOptions options;
    private final @Nullable Resolver bootstrap;

    /** @param bootstrap null when all upstreams have addresses */
    DirectStreams(SocketOptions options, @Nullable Resolver bootstrap) {
        this.options = options;
        this.bootstrap = bootstrap;
    }

    /** Must be called on {@code dial.loop()}. */
    @Override
    public Future<Channel> connect(Dial dial) {
        Destination there = dial.destination();
        if (there.host() instanceof Host.Address address) {
            return race(List.of(address.value()), dial);
        }
        if (bootstrap == null) {
            return dial.loop()
                    .newFailedFuture(new Failure(Failure.Kind.RESOLVER_FAILED, "nothing may resolve " + there.host()));
        }
        Promise<Channel> connected = dial.loop().newPromise();
        bootstrap.resolve((Host.Name) there.host(), dial.loop()).addListener((Future<List<InetAddress>> found) -> {
            if (found.isSuccess()) {
                race(found.getNow(), dial).addListener(new PromiseNotifier<Channel, Future<Channel>>(false, connected));
            } else {
                connected.setFailure(found.cause());
            }
        });
        return connected;
    }

    private Future<Channel> race(List<InetAddress> addresses, Dial dial) {
        return AddressRace.connect(addresses, dial.destination().port(), options, CONNECT_TIMEOUT, dial.loop());
    }
}
