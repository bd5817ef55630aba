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

/** What goes wrong around the program: its tunnel, its resolver, its disk, and its own sudden end. */
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
    void a_resolver_that_is_slow_lied_about_or_silent_holds_up_only_what_needs_it() throws Exception {
        try (FakeDns dns = new FakeDns();
                ServerSocket origin = streams.origin(Streams::echo);
                Fenliu home = Fenliu.start(folder, "home", """
                        listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
                        rules: [{to: direct}]
                        log: {flows: on}
                        dns: {direct: ["udp://127.0.0.1:%d"], hosts: {www.plain.test: 127.0.0.1}}
                        """.formatted(dns.port()));
                Socket first = connect(home, "known.dns.test", origin.getLocalPort())) {
            Future<Integer> beside = streams.submit(() -> work(home, "www.plain.test", origin.getLocalPort()));
            for (FakeDns.Mood mood : FakeDns.Mood.values()) {
                dns.set(mood);
                List<Future<Boolean>> fresh = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    String name = "n" + i + "." + mood.name().replace('_', '-') + ".test";
                    fresh.add(streams.submit(() -> echoes(home, name, origin.getLocalPort())));
                }
                for (int i = 0; i < 40; i++) {
                    assertThat(echoes(home, "known.dns.test", origin.getLocalPort()))
                            .as(mood.name())
                            .isTrue();
                }
                for (Future<Boolean> each : fresh) {
                    assertThat(each.get()).as(mood.name()).isEqualTo(mood != FakeDns.Mood.SILENT);
                }
                assertEchoes(first);
            }
            dns.set(FakeDns.Mood.HONEST);
            await().until(() -> echoes(home, "n0.silent.test", origin.getLocalPort()));
            stopped = true;
            assertThat(beside.get()).isZero();
            assertThat(home.text())
                    .contains("n7.silent.test could not be looked up")
                    .contains("no answer in 2000 ms");
        }
    }

    private static boolean echoes(Fenliu proxy, String name, int port) {
        try (Socket socket = connect(proxy, name, port)) {
            assertEchoes(socket);
            return true;
        } catch (IOException e) {
            return false;
        }
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
                assertThat(proxy.text()).doesNotContain("traffic.bad"); // a good file is not set aside for that
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
