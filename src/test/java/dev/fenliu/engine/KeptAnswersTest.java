package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problems;
import dev.fenliu.e2e.FakeDns;
import dev.fenliu.net.Sockets;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of kept answers when the rules change, with real resolvers, clients and origins. */
@Timeout(60)
class KeptAnswersTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private final EventLoopGroup loops = Sockets.loops(2);

    @TempDir
    private Path state;

    private ServerSocket origin;
    private FakeDns plain;
    private FakeDns tunnelled;
    private Proxy proxy;

    @BeforeEach
    void open() throws IOException {
        origin = new ServerSocket(0, 50, HERE);
        plain = new FakeDns();
        tunnelled = new FakeDns();
        proxy = new Proxy(Kept.fresh(loops, System::nanoTime, state), new RecordedEvents(), () -> {});
    }

    @AfterEach
    void close() throws IOException {
        proxy.stop();
        Awaitility.await().until(() -> proxy.running() == 0);
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        plain.close();
        tunnelled.close();
        origin.close();
    }

    /** Another address of this machine counts as a tunnel that asks for names itself. */
    private void apply(String rules) throws InterruptedException {
        String yaml = """
                listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
                outbounds:
                  far: {type: direct, source-address: 127.0.0.2}
                  vps: {type: socks5, server: "vps.test:%d"}
                dns: {direct: "udp://127.0.0.1:%d", tunnel: "udp://127.0.0.1:%d", ipv6: no}
                rules: [%s]
                """.formatted(origin.getLocalPort(), plain.port(), tunnelled.port(), rules);
        Problems problems = new Problems();
        Config config = ConfigReader.read("test.yaml", Optional.empty(), yaml, Built.PROTOCOLS, problems);
        assertThat(config).as(problems.all().toString()).isNotNull();
        Future<Proxy.Report> done = proxy.apply(config, problems).await();
        assertThat(done.isSuccess()).as(problems.all() + " " + done.cause()).isTrue();
    }

    /** Connects to the origin by a name. */
    private void visit(String host) throws IOException {
        try (Socket client = new Socket(HERE, proxy.addresses().get("in").getPort())) {
            String authority = host + ":" + origin.getLocalPort();
            client.getOutputStream()
                    .write(("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            origin.accept().close();
            client.getInputStream().read();
        }
    }

    /** The names that were asked for since the last call. */
    private static List<String> asked(FakeDns resolver) {
        Queue<String> asked = resolver.asked();
        List<String> all = List.copyOf(asked);
        asked.clear();
        return all;
    }

    @Test
    void a_name_that_moves_to_a_tunnel_and_back_is_asked_anew_each_time() throws Exception {
        apply("{to: direct}");
        visit("moves.test");
        visit("stays.test");
        assertThat(asked(plain)).containsExactly("moves.test", "stays.test");

        apply("{domain: moves.test, to: far}, {to: direct}");
        visit("moves.test");
        visit("stays.test");
        assertThat(asked(tunnelled)).containsExactly("moves.test");
        assertThat(asked(plain)).isEmpty();

        apply("{to: direct}");
        visit("moves.test");
        visit("stays.test");
        assertThat(asked(plain))
                .as("the answer of before the move is forgotten")
                .containsExactly("moves.test");
        assertThat(asked(tunnelled)).isEmpty();
    }

    @Test
    void the_names_of_tunnel_servers_are_kept_wherever_the_rules_send_them() throws Exception {
        apply("{to: vps}");
        visit("a.test");
        assertThat(asked(plain)).containsExactly("vps.test");
        apply("{domain: direct.test, to: direct}, {to: vps}");
        visit("b.test");
        assertThat(asked(plain)).isEmpty();
    }
}
