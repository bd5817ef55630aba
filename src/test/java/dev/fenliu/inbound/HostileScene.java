package dev.fenliu.inbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fenliu.config.Secret;
import dev.fenliu.engine.RealEngine;
import dev.fenliu.hostile.FarSide;
import dev.fenliu.hostile.Quiet;
import dev.fenliu.inbound.http.HttpAcceptor;
import dev.fenliu.inbound.mixed.MixedAcceptor;
import dev.fenliu.inbound.socks.SocksAcceptor;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.Sockets;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Listeners on real sockets with the real engine behind them, and a watch over what they leave behind. */
public final class HostileScene {
    /** What makes a protocol for a listener. */
    public interface Protocol {
        Acceptor open(ListenerContext context) throws Exception;
    }

    /** Those who may use a listener with users. */
    public static final Map<String, Secret> USERS = Map.of("anna", new Secret("secret"), "ben", new Secret("pa:ss"));

    private final EventLoopGroup loops = Sockets.loops(1);
    private final List<Listener> listeners = new ArrayList<>();
    private final ClientLimits limits = new ClientLimits(1_000_000, 1_000_000);
    private final RealEngine engine;
    private final Dialer plain;

    public final FarSide far;

    private Quiet quiet;
    private int sockets;

    private HostileScene(boolean remote, Dialer plain) throws Exception {
        this.plain = plain;
        far = new FarSide();
        engine = remote ? RealEngine.remote(far) : RealEngine.local(far);
    }

    /** For clients of this machine. */
    public static HostileScene local() throws Exception {
        return new HostileScene(
                false, dial -> dial.loop().newFailedFuture(new AssertionError("only a tunnel's server dials a site")));
    }

    /** For users of a tunnel's server end. */
    public static HostileScene remote(Dialer plain) throws Exception {
        return new HostileScene(true, plain);
    }

    /** All that local clients may speak, on one port. */
    public static Acceptor mixed(ListenerContext context) {
        return new MixedAcceptor(List.of(new SocksAcceptor(context), new HttpAcceptor(context)));
    }

    /** A listener; its port. */
    public int listen(Protocol protocol, Map<String, Secret> users) throws Exception {
        return listen(protocol, users, Duration.ofSeconds(30));
    }

    /** A listener with a time for the handshake; its port. */
    public int listen(Protocol protocol, Map<String, Secret> users, Duration handshake) throws Exception {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        ListenerSettings settings = new ListenerSettings("hostile", "in", any, users, false);
        Acceptor acceptor = protocol.open(new ListenerContext(settings, engine.handler(), plain));
        Listener listener =
                Listener.bind(settings, acceptor, limits, handshake, loops).get();
        listeners.add(listener);
        sockets += acceptor.datagrams().isPresent() ? 2 : 1;
        return listener.address().getPort();
    }

    /** From here on nothing may be left behind. */
    public void watch() {
        quiet = Quiet.watch();
    }

    /** Waits until no flow runs. */
    public void awaitNoFlow() {
        await().until(() -> engine.running() == 0);
    }

    /** How many flows there were. */
    public int flows() {
        return engine.flows();
    }

    /** Ends the listeners: everything that was opened is closed again, and nobody complained. */
    public void assertNothingLeft() throws Exception {
        for (Listener listener : listeners) {
            listener.close().sync();
        }
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(engine.running()).isZero();
            assertThat(listeners).allMatch(listener -> listener.clients() == 0);
        });
        engine.assertBalanced();
        quiet.end(sockets);
    }

    /** Does away with the rest. */
    public void close() throws Exception {
        far.close();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    }
}
