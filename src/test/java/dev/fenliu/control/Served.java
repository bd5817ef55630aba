package dev.fenliu.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problems;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Token;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.ConfigReader;
import dev.fenliu.engine.FlowListener;
import dev.fenliu.engine.Kept;
import dev.fenliu.engine.Protocols;
import dev.fenliu.engine.Proxy;
import dev.fenliu.inbound.LocalType;
import dev.fenliu.inbound.dns.DnsListenerType;
import dev.fenliu.inbound.http.HttpAcceptor;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.DirectType;
import dev.fenliu.tunnel.socks5.Socks5Type;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A proxy within this process whose API is open. */
final class Served implements AutoCloseable {
    static final Protocols PROTOCOLS = Protocols.of(
            List.of(new DirectType(), new Socks5Type()),
            List.of(new LocalType("http", HttpAcceptor::new), new DnsListenerType()));

    private final EventLoopGroup loops = Sockets.loops(2);
    private final Path state;
    final Proxy proxy;

    Served(Path state, String config) throws InterruptedException {
        this(state, config, any -> List.of());
    }

    /** @param more routes beside those of the API itself */
    Served(Path state, String config, Function<Proxy, List<Route>> more) throws InterruptedException {
        this.state = state;
        this.proxy = new Proxy(
                Kept.fresh(loops, System::nanoTime, state),
                FlowListener.NONE,
                () -> {},
                Optional.of(new ControlServer("9.9", state, Steering.NONE, more)));
        Future<Proxy.Report> done = apply(config);
        assertThat(done.isSuccess()).as(() -> String.valueOf(done.cause())).isTrue();
    }

    Future<Proxy.Report> apply(String yaml) throws InterruptedException {
        Problems problems = new Problems();
        Config config = ConfigReader.read("test.yaml", Optional.empty(), yaml, PROTOCOLS, problems);
        return proxy.apply(Objects.requireNonNull(config, () -> problems.all().toString()), problems)
                .await();
    }

    int port() {
        return Objects.requireNonNull(proxy.addresses().get("api")).getPort();
    }

    String token() throws IOException {
        return Files.readString(state.resolve(Token.FILE)).strip();
    }

    /** A client that comes from 127.1.x.y, of the {@code number}, and waits at most half a minute. */
    Socket connect(int number) throws IOException {
        InetAddress from = InetAddress.getByAddress(new byte[] {127, 1, (byte) (number >> 8), (byte) number});
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port(), from, 0);
        socket.setSoTimeout(30_000);
        return socket;
    }

    /** All that comes back on a connection of its own; the client goes on listening until the server ends it. */
    String exchange(int client, String request) throws IOException {
        try (Socket socket = connect(client)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    /** The head of the answer. */
    String head(int client, String request) throws IOException {
        try (Socket socket = connect(client)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            StringBuilder head = new StringBuilder();
            for (int c;
                    head.indexOf("\r\n\r\n") < 0 && (c = socket.getInputStream().read()) >= 0; ) {
                head.append((char) c);
            }
            return head.toString();
        }
    }

    /** A request with the token for a path. */
    String request(String path) throws IOException {
        return "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port() + "\r\nAuthorization: Bearer " + token()
                + "\r\n\r\n";
    }

    @Override
    public void close() {
        proxy.drain().forEach(Future::awaitUninterruptibly);
        proxy.stop();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }
}
