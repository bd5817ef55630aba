package dev.fenliu.inbound.http;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.net.AddressRace;
import dev.fenliu.net.Relay;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The listener with an engine of a few lines behind it: every name is this machine, {@code *.blocked.test} is refused. */
final class ToyProxy implements FlowHandler, AutoCloseable {
    final EventLoopGroup loops = Sockets.loops(1);
    final List<Flow> flows = new CopyOnWriteArrayList<>();
    final List<Channel> upstreams = new CopyOnWriteArrayList<>();
    final List<Relay.Totals> ended = new CopyOnWriteArrayList<>();
    final Channel listener;
    private final AtomicLong ids = new AtomicLong();

    ToyProxy(Map<String, Secret> users) throws Exception {
        this(users, 0);
    }

    ToyProxy(Map<String, Secret> users, int port) throws Exception {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        ListenerSettings settings = new ListenerSettings("http", "web", address, users, false);
        Acceptor acceptor = new HttpAcceptor(new ListenerContext(
                settings, this, dial -> dial.loop().newFailedFuture(new Failure(Failure.Kind.INTERNAL, "not here"))));
        listener = Sockets.server(loops, address.getAddress(), acceptor::accept)
                .bind(address)
                .sync()
                .channel();
    }

    int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    @Override
    public void stream(InboundStream stream) {
        flows.add(stream.flow());
        Relay relay = Relay.hold(stream.channel());
        String host = stream.flow().destination().host().toString();
        if (host.endsWith("blocked.test")) {
            stream.refuse(new Failure(Failure.Kind.BLOCKED, "rule <1> says \"block\""));
            return;
        }
        List<InetAddress> addresses = List.of(
                stream.flow().destination().host() instanceof Host.Address literal
                        ? literal.value()
                        : InetAddress.getLoopbackAddress());
        AddressRace.connect(
                        addresses,
                        stream.flow().destination().port(),
                        SocketOptions.DEFAULT,
                        Duration.ofSeconds(5),
                        stream.channel().eventLoop())
                .addListener((io.netty.util.concurrent.Future<Channel> dialed) -> {
                    if (!dialed.isSuccess()) {
                        stream.refuse(Failure.of(dialed.cause()));
                    } else if (!stream.channel().isActive()) {
                        dialed.getNow().close();
                    } else {
                        upstreams.add(dialed.getNow());
                        stream.accept();
                        relay.join(dialed.getNow())
                                .addListener(
                                        (io.netty.util.concurrent.Future<Relay.Totals> end) -> ended.add(end.getNow()));
                    }
                });
    }

    @Override
    public PacketFlow packets(InboundPackets packets) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String autoConfig(Destination proxy, boolean direct) {
        return "// " + proxy + " " + direct + "\n";
    }

    @Override
    public long nextId() {
        return ids.incrementAndGet();
    }

    @Override
    public void close() throws Exception {
        listener.close().sync();
        // time for what closing sets off, such as handlers that release what they held
        loops.shutdownGracefully(30, 2000, TimeUnit.MILLISECONDS).sync();
    }

    /** Takes no flow. */
    static final class Nothing implements FlowHandler {
        @Override
        public void stream(InboundStream stream) {
            throw new UnsupportedOperationException();
        }

        @Override
        public PacketFlow packets(InboundPackets packets) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long nextId() {
            return 0;
        }
    }

    /** For trying it by hand: a port, and optionally a user and a password. */
    public static void main(String[] args) throws Exception {
        Map<String, Secret> users = args.length > 2 ? Map.of(args[1], new Secret(args[2])) : Map.of();
        ToyProxy proxy = new ToyProxy(users, Integer.parseInt(args[0]));
        proxy.listener.closeFuture().sync();
    }
}
