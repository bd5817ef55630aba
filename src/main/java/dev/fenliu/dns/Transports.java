package dev.fenliu.dns;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.ClientTls;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.SocketOptions;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Makes servers of upstreams: the one place that knows which transport is which. */
final class Transports {
    private static final Duration TLS_TIMEOUT = Duration.ofMillis(1_500);
    private static final int PORT = 53;

    private final EventLoop loop;
    private final SocketOptions options;
    private final List<InetAddress> system;
    private final LongSupplier clock;
    private final RebindingGuard guard;
    private final Random random = new SecureRandom();

    /**
     * @param loop where all connections live
     * @param options of UDP sockets, which no dialer opens
     * @param system the resolvers of the operating system
     * @param clock monotonic nanoseconds
     * @param guard looks at the answers of public upstreams
     */
    Transports(
            EventLoop loop, SocketOptions options, List<InetAddress> system, LongSupplier clock, RebindingGuard guard) {
        this.loop = loop;
        this.options = options;
        this.system = system;
        this.clock = clock;
        this.guard = guard;
    }

    /**
     * The servers of a list of upstreams.
     *
     * @param streams opens what is not UDP
     * @throws IOException if the TLS settings of one cannot be used
     */
    ServerGroup group(List<Upstream> upstreams, Dialer streams) throws IOException {
        return group("", upstreams, streams);
    }

    /** The same with something before its name, which sets its cached answers apart. */
    ServerGroup group(String way, List<Upstream> upstreams, Dialer streams) throws IOException {
        List<Server> servers = new ArrayList<>();
        for (Upstream upstream : upstreams) {
            if (upstream.scheme() == Upstream.Scheme.SYSTEM) {
                for (InetAddress address : system) {
                    Destination there = new Destination(Host.of(address), PORT);
                    servers.add(
                            server("system (" + Addresses.text(address) + ")", udp(there, streams), upstream, there));
                }
            } else {
                Destination there = upstream.host().orElseThrow();
                servers.add(server(upstream.text(), exchanger(upstream, streams), upstream, there));
            }
        }
        return new ServerGroup(way, servers, loop);
    }

    private Server server(String name, Exchanger exchanger, Upstream upstream, Destination there) {
        boolean system = upstream.scheme() == Upstream.Scheme.SYSTEM;
        boolean near = there.host() instanceof Host.Address address
                ? address.value().isLoopbackAddress() || Addresses.isPrivate(address.value())
                : LocalNames.isLocal(there.host().toString());
        Server.Traits traits = new Server.Traits(system, system || near, Edns.with(upstream.subnet()));
        return new Server(name, exchanger, traits, loop, clock, guard);
    }

    /** The transport of an upstream that is not {@code system}. */
    Exchanger exchanger(Upstream upstream, Dialer streams) throws IOException {
        Destination there = upstream.host().orElseThrow();
        return switch (upstream.scheme()) {
            case SYSTEM, UDP -> udp(there, streams);
            case TCP -> tcp(there, streams);
            case TLS -> encrypted(upstream, streams, channel -> PipelinedCarrier.on(channel, true));
            case HTTPS -> {
                Destination certified = upstream.certified();
                String authority = certified.port() == 443 ? hostText(certified) : certified.toString();
                yield encrypted(upstream, streams, channel -> HttpsCarrier.on(channel, authority, upstream.path()));
            }
        };
    }

    private static String hostText(Destination there) {
        String text = there.toString();
        return text.substring(0, text.lastIndexOf(':'));
    }

    private Exchanger udp(Destination there, Dialer streams) {
        InetAddress address = ((Host.Address) there.host()).value();
        InetSocketAddress server = new InetSocketAddress(address, there.port());
        return new UdpExchanger(loop, server, options, tcp(there, streams), random);
    }

    private Exchanger tcp(Destination there, Dialer streams) {
        Protocol protocol = channel -> {
            channel.pipeline().addLast(ReadAlways.INSTANCE);
            return PipelinedCarrier.on(channel, false);
        };
        return new StreamExchanger(loop, () -> carrier(streams.connect(Dial.own(there, loop)), protocol));
    }

    private Exchanger encrypted(Upstream upstream, Dialer streams, Protocol protocol) throws IOException {
        ClientTls tls = new ClientTls(upstream.tls());
        Destination there = upstream.host().orElseThrow();
        Supplier<Future<Carrier>> opener = () -> {
            tls.prepare(); // while the connection is made
            Promise<Channel> secured = loop.newPromise();
            streams.connect(Dial.own(there, loop)).addListener((Future<Channel> connected) -> {
                if (connected.isSuccess()) {
                    Future<Channel> securing = tls.secure(connected.getNow(), there, TLS_TIMEOUT);
                    connected.getNow().pipeline().addLast(ReadAlways.INSTANCE);
                    securing.addListener((Future<Channel> done) -> pass(done, secured));
                } else {
                    pass(connected, secured);
                }
            });
            return carrier(secured, protocol);
        };
        return new StreamExchanger(loop, opener);
    }

    /** Puts a protocol on a connected channel. */
    private interface Protocol {
        Carrier on(Channel channel) throws Failure;
    }

    private Future<Carrier> carrier(Future<Channel> connecting, Protocol protocol) {
        Promise<Carrier> result = loop.newPromise();
        connecting.addListener((Future<Channel> connected) -> {
            if (!connected.isSuccess()) {
                result.setFailure(connected.cause());
                return;
            }
            try {
                result.setSuccess(protocol.on(connected.getNow()));
            } catch (Failure e) {
                result.setFailure(e);
            }
        });
        return result;
    }

    private static void pass(Future<Channel> from, Promise<Channel> to) {
        if (from.isSuccess()) {
            to.setSuccess(from.getNow());
        } else {
            to.setFailure(from.cause());
        }
    }
}
