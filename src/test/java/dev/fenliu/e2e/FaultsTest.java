package dev.fenliu.e2e;

import static dev.fenliu.e2e.Streams.assertEchoes;
import static dev.fenliu.e2e.Streams.connect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fenliu.model.Host;
import dev.fenliu.net.SelfSigned;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong around the program: its tunnel, its memory, its disk, and its own sudden end. */
@Tag("program")
@Timeout(600)
class FaultsTest {
    /** How often the tunnel goes; more by hand. */
    private static final int FLAPS = Integer.getInteger("fenliu.flaps", 5);

    private final Streams streams = new Streams();
    private volatile boolean stopped;

    @TempDir
    private Path folder;

    @AfterEach
    void stop() {
        streams.close();
    }

    /** The way to a server, which can be broken. */
    private final class Gate implements AutoCloseable {
        private final Set<Socket> open = ConcurrentHashMap.newKeySet();
        private final ServerSocket door;
        private volatile boolean down;

        Gate(int port) throws IOException {
            door = streams.origin(outer -> {
                if (down) {
                    outer.setSoLinger(true, 0);
                    return;
                }
                try (Socket inner = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    open.add(outer);
                    Future<?> back = streams.submit(() -> inner.getInputStream().transferTo(outer.getOutputStream()));
                    outer.getInputStream().transferTo(inner.getOutputStream());
                    inner.shutdownOutput();
                    back.get();
                } catch (InterruptedException | ExecutionException e) {
                    // it was broken
                } finally {
                    open.remove(outer);
                }
            });
        }

        void set(boolean broken) {
            down = broken;
            for (Socket socket : broken ? open : List.<Socket>of()) {
                try (socket) {
                    socket.setSoLinger(true, 0);
                } catch (IOException e) {
                    // it has ended by itself
                }
            }
        }

        @Override
        public void close() throws IOException {
            door.close();
        }
    }

    private ServerSocket echo(Queue<String> sources) throws IOException {
        return streams.origin(socket -> {
            sources.add(socket.getInetAddress().getHostAddress());
            Streams.echo(socket);
        });
    }

    @Test
    void a_tunnel_that_comes_and_goes_lets_nothing_out_and_serves_again_when_it_is_back() throws Exception {
        SelfSigned certificate = SelfSigned.generate(List.of(Host.parse("far.test")), Instant.now());
        Files.writeString(folder.resolve("cert.pem"), certificate.certificate());
        Files.writeString(folder.resolve("key.pem"), certificate.privateKey());
        Queue<String> secret = new ConcurrentLinkedQueue<>();
        Queue<String> plain = new ConcurrentLinkedQueue<>();
        try (ServerSocket hidden = echo(secret);
                ServerSocket open = echo(plain);
                Fenliu server = Fenliu.start(folder, "server", """
                        listeners: [{type: trojan, name: far, listen: "127.0.0.1:0", users: {anna: s3cret},
                                     certificate: cert.pem, private-key: key.pem, allow-private: true}]
                        outbounds: {out: {type: direct, source-address: 127.0.0.2}}
                        rules: [{to: out}]
                        dns: {hosts: {chat.openai.test: 127.0.0.1}}
                        """);
                Gate gate = new Gate(server.port("far"));
                Fenliu home =
                        Fenliu.start(folder, "home", """
                        listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
                        outbounds: {vps: {type: trojan, server: "127.0.0.1:%d", password: s3cret, sni: far.test, pin: "%s"}}
                        groups: {ai: {type: fallback, members: [vps]}}
                        rules: [{domain-suffix: openai.test, to: ai}, {to: direct}]
                        dns: {direct: ["udp://127.0.0.1:9"], hosts: {www.plain.test: 127.0.0.1, chat.openai.test: 127.0.0.1}}
                        """.formatted(gate.door.getLocalPort(), certificate.pin()))) {
            List<Future<Integer>> load = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                load.add(streams.submit(() -> work(home, "chat.openai.test", hidden.getLocalPort())));
            }
            Future<Integer> beside = streams.submit(() -> work(home, "www.plain.test", open.getLocalPort()));
            for (int i = 0; i < FLAPS; i++) {
                TimeUnit.SECONDS.sleep(1);
                gate.set(true);
                TimeUnit.SECONDS.sleep(1);
                gate.set(false);
                await().ignoreExceptionsInstanceOf(IOException.class).untilAsserted(() -> {
                    try (Socket again = connect(home, "chat.openai.test", hidden.getLocalPort())) {
                        assertEchoes(again);
                    }
                });
            }
            stopped = true;
            assertThat(beside.get()).isZero();
            int failed = 0;
            for (Future<Integer> each : load) {
                failed += each.get();
            }
            assertThat(failed).isPositive();
            assertThat(secret).isNotEmpty().containsOnly("127.0.0.2");
            assertThat(plain).isNotEmpty().containsOnly("127.0.0.1");
        }
    }

    /** Short flows, one after the other; how many failed. */
    private int work(Fenliu proxy, String name, int port) throws InterruptedException {
        int failed = 0;
        while (!stopped) {
            try (Socket socket = connect(proxy, name, port)) {
                for (int i = 0; i < 20; i++) {
                    assertEchoes(socket);
                    TimeUnit.MILLISECONDS.sleep(2);
                }
            } catch (IOException | AssertionError e) {
                failed++;
            }
        }
        return failed;
    }

    @Test
    void a_heap_that_is_nearly_full_takes_no_more_clients_and_recovers() throws Exception {
        try (ServerSocket origin = streams.origin(Streams::echo);
                Fenliu proxy = tight("-Xmx20m", """
                        listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
                        rules: [{to: direct}]
                        dns: {hosts: {www.plain.test: 127.0.0.1}}
                        """);
                Socket first = connect(proxy, "www.plain.test", origin.getLocalPort())) {
            List<Socket> crowd = new ArrayList<>();
            await().pollInterval(1, TimeUnit.MILLISECONDS).until(() -> {
                for (int i = 0; i < 100; i++) {
                    crowd.add(new Socket(InetAddress.getLoopbackAddress(), proxy.port("in")));
                }
                return proxy.text().contains("too many clients");
            });
            assertEchoes(first);
            for (Socket each : crowd) {
                each.close();
            }
            await().ignoreExceptions().untilAsserted(() -> {
                try (Socket next = connect(proxy, "www.plain.test", origin.getLocalPort())) {
                    assertEchoes(next);
                }
            });
            assertEchoes(first);
            assertThat(proxy.text()).doesNotContain("OutOfMemory");
        }
    }

    @Test
    void buffers_that_nearly_reach_their_limit_take_no_more_clients_and_recover() throws Exception {
        try (ServerSocket flood = streams.origin(FaultsTest::flood);
                ServerSocket echo = streams.origin(Streams::echo);
                Fenliu server = Fenliu.start(folder, "server", """
                        listeners: [{type: shadowsocks, name: far, listen: "127.0.0.1:0", method: aes-128-gcm, password: s3cret,
                                     allow-private: true}]
                        rules: [{to: direct}]
                        dns: {hosts: {www.plain.test: 127.0.0.1}}
                        """);
                Fenliu proxy = tight("-XX:MaxDirectMemorySize=40m", """
                        listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
                        outbounds: {far: {type: shadowsocks, server: "127.0.0.1:%d", method: aes-128-gcm, password: s3cret}}
                        rules: [{to: far}]
                        """.formatted(server.port("far")));
                Socket first = connect(proxy, "www.plain.test", echo.getLocalPort())) {
            assertEchoes(first);
            List<Future<Socket>> crowd = new ArrayList<>();
            await().atMost(60, TimeUnit.SECONDS).until(() -> {
                for (int i = 0; i < 20; i++) { // which never read
                    crowd.add(streams.submit(() -> connect(proxy, "www.plain.test", flood.getLocalPort())));
                }
                return proxy.text().contains("too many clients");
            });
            assertEchoes(first);
            for (Future<Socket> each : crowd) {
                try {
                    each.get().close();
                } catch (ExecutionException e) {
                    // one too many
                }
            }
            await().ignoreExceptions().untilAsserted(() -> {
                try (Socket next = connect(proxy, "www.plain.test", echo.getLocalPort())) {
                    assertEchoes(next);
                }
            });
            assertEchoes(first);
            assertThat(proxy.text()).doesNotContain("OutOf");
        }
    }

    private static void flood(Socket socket) throws IOException {
        byte[] bytes = new byte[1 << 16];
        while (true) {
            socket.getOutputStream().write(bytes);
        }
    }

    private Fenliu tight(String limit, String config) throws IOException {
        Fenliu.write(folder.resolve("home.yaml"), config);
        List<String> command = new ArrayList<>(
                Fenliu.command("run", "-c", folder.resolve("home.yaml").toString()));
        command.addAll(1, List.of(limit, "-XX:+UseSerialGC"));
        return Fenliu.launch(folder, "home", command);
    }

    /** A list of a web server, whose every copy has one entry more; it blocks what it names. */
    private ServerSocket lists(AtomicInteger version) throws IOException {
        return streams.origin(socket -> {
            socket.getInputStream().read(new byte[4096]);
            int entries = 2000 + version.incrementAndGet();
            StringBuilder list = new StringBuilder("bad.test\n");
            IntStream.range(0, entries).forEach(i -> list.append("n").append(i).append(".example\n"));
            socket.getOutputStream()
                    .write(("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + list.length() + "\r\n\r\n"
                                    + list)
                            .getBytes(StandardCharsets.US_ASCII));
        });
    }

    private static String listed(int web, int change) {
        return """
                listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
                rule-sets: {bad: {url: "http://127.0.0.1:%d/bad", every: 1h}}
                rules: [{rule-set: bad, to: block}, {domain: n%d.test, to: block}, {to: direct}]
                dns: {hosts: {bad.test: 127.0.0.1, www.plain.test: 127.0.0.1}}
                """.formatted(web, change);
    }

    @Test
    void a_disk_that_is_full_costs_a_warning_and_nothing_else() throws Exception {
        Programs.require("unshare");
        Programs.requireFact("root".equals(System.getProperty("user.name")), "only root may mount");
        Path state = Files.createDirectories(folder.resolve("state"));
        AtomicInteger version = new AtomicInteger();
        try (ServerSocket origin = streams.origin(Streams::echo);
                ServerSocket web = lists(version)) {
            Fenliu.write(folder.resolve("home.yaml"), listed(web.getLocalPort(), 0));
            String run = String.join(
                    " ", Fenliu.command("run", "-c", folder.resolve("home.yaml").toString()));
            String script = "mount -t tmpfs -o size=64k,mode=700 full " + state + " && (head -c 64k /dev/zero > "
                    + state + "/filler; true) && exec " + run;
            try (Fenliu proxy = Fenliu.launch(folder, "home", List.of("unshare", "-m", "sh", "-c", script))) {
                proxy.awaitText("No space left on device");
                try (Socket socket = connect(proxy, "www.plain.test", origin.getLocalPort())) {
                    assertEchoes(socket);
                    proxy.signal("HUP");
                    proxy.awaitText("generation 2 is in force");
                    assertEchoes(socket);
                }
            }
        }
    }

    @Test
    void a_sudden_end_during_reloads_and_downloads_leaves_nothing_torn() throws Exception {
        AtomicInteger version = new AtomicInteger();
        try (ServerSocket origin = streams.origin(Streams::echo);
                ServerSocket web = lists(version)) {
            for (int round = 0; round < 50; round++) {
                String config = listed(web.getLocalPort(), round);
                try (Fenliu proxy = Fenliu.start(folder, "home", config)) {
                    if (round > 0) {
                        assertThat(refusal(proxy, origin.getLocalPort()))
                                .as(proxy.text())
                                .isNotNull();
                    }
                    makeOld(folder.resolve("state"));
                    proxy.signal("HUP");
                    TimeUnit.MILLISECONDS.sleep(round == 0 ? 2000 : round * 7 % 160);
                    proxy.process().destroyForcibly().waitFor();
                }
            }
            assertThat(version.get()).isGreaterThan(2);
        }
    }

    /** Every copy's time has come. */
    private static void makeOld(Path state) throws IOException {
        try (Stream<Path> files = Files.walk(state)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
            }
        } catch (NoSuchFileException | UncheckedIOException e) {
            // just replaced
        }
    }

    private static @Nullable String refusal(Fenliu proxy, int port) {
        try (Socket socket = connect(proxy, "bad.test", port)) {
            return null;
        } catch (IOException e) {
            return e.getMessage();
        }
    }
}
