package dev.fenliu.tunnel.hysteria2;

import static org.awaitility.Awaitility.await;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ServerIdentity;
import dev.fenliu.model.Destination;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.Resolver;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.outbound.Direct;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TunnelContext;
import dev.fenliu.tunnel.Loopback;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Both ends of the tunnel as a program would run them. */
public record Hysteria2Ends(Loopback here, List<Channel> servers) {
    public static final String PASSWORD = "a password of the test";

    public Hysteria2Ends(Loopback here) {
        this(here, new CopyOnWriteArrayList<>());
    }

    /** Before the event loops, which might end too soon for what is native to be freed. */
    public void close() throws Exception {
        for (Channel server : servers) {
            server.close().sync();
            await().until(() -> server.pipeline().get(ServerQuic.class) == null);
        }
        here.close();
    }

    /** A server end with the usual password and without a site; its port. */
    public int server() throws Exception {
        return port(server(0, Map.of(), Optional.empty(), Optional.empty()));
    }

    /** The socket of a server end with the usual password. */
    public Channel server(int port, Map<String, Secret> users, Optional<Secret> obfs, Optional<Destination> fallback)
            throws Exception {
        Hysteria2ListenerOptions options = new Hysteria2ListenerOptions(
                Optional.of(new Secret(PASSWORD)),
                obfs,
                new ServerIdentity(
                        TestCertificates.text("server.pem"), new Secret(TestCertificates.text("server.key"))),
                fallback,
                false);
        Acceptor acceptor = new Hysteria2ListenerType().open(options, here.listener(Hysteria2Type.NAME, users));
        Channel server = Sockets.datagrams(
                        here.loops().next(),
                        Loopback.LOCAL,
                        acceptor.datagrams().orElseThrow())
                .bind(new InetSocketAddress(Loopback.LOCAL, port))
                .sync()
                .channel();
        servers.add(server);
        return server;
    }

    public static int port(Channel socket) {
        return ((InetSocketAddress) socket.localAddress()).getPort();
    }

    public Outbound client(int server) throws IOException {
        return client(server, PASSWORD, Optional.empty());
    }

    public Outbound client(int server, String password, Optional<Secret> obfs) throws IOException {
        return client(new Hysteria2Options(Loopback.local(server), new Secret(password), obfs, tls()));
    }

    public Outbound client(Hysteria2Options options) throws IOException {
        Resolver none = here.context().origins();
        Direct direct = new Direct("bootstrap", SocketOptions.DEFAULT, none);
        return new Hysteria2Type().open("vps", options, new TunnelContext(direct, none));
    }

    /** One whose packets go through another outbound. */
    public Outbound chained(int server) throws IOException {
        return chained(server, here.context().server());
    }

    /** The same through {@code via}. */
    public Outbound chained(int server, Dialer via) throws IOException {
        Hysteria2Options options =
                new Hysteria2Options(Loopback.local(server), new Secret(PASSWORD), Optional.empty(), tls());
        return new Hysteria2Type()
                .open("vps", options, new TunnelContext(via, here.context().origins()));
    }

    /** Trusts the certificate of {@link #server()}. */
    public static TlsOptions tls() {
        TlsOptions tcp = TestCertificates.client();
        return new TlsOptions(
                tcp.serverName(), List.of("h3"), tcp.authorities(), tcp.pin(), tcp.certificate(), tcp.key());
    }
}
