package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What many flows at once must not notice, or notice at once. */
@Tag("program")
@Timeout(180)
class UnderLoadTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final String NAMES = "dns: {hosts: {short.test: 127.0.0.1, long.test: 127.0.0.1}}\n";

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @TempDir
    private Path folder;

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    /** An origin whose connections are served on threads of their own. */
    private ServerSocket origin(Service service) throws IOException {
        ServerSocket origin = new ServerSocket(0, 500, HERE);
        threads.execute(() -> {
            try {
                while (true) {
                    Socket socket = origin.accept();
                    threads.execute(() -> {
                        try (socket) {
                            service.serve(socket);
                        } catch (IOException e) {
                            // the client is gone
                        }
                    });
                }
            } catch (IOException e) {
                // the test is over
            }
        });
        return origin;
    }

    @FunctionalInterface
    private interface Service {
        void serve(Socket socket) throws IOException;
    }

    private static void echo(Socket socket) throws IOException {
        socket.getInputStream().transferTo(socket.getOutputStream());
    }

    /** A stream by SOCKS 5, whose request says the name. */
    private static Socket connect(Fenliu proxy, String name, int port) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(HERE, proxy.port("in")), 5000);
            socket.setSoTimeout(10_000);
            byte[] host = name.getBytes(StandardCharsets.US_ASCII);
            byte[] request = new byte[10 + host.length];
            System.arraycopy(new byte[] {5, 1, 0, 5, 1, 0, 3, (byte) host.length}, 0, request, 0, 8);
            System.arraycopy(host, 0, request, 8, host.length);
            request[8 + host.length] = (byte) (port >> 8);
            request[9 + host.length] = (byte) port;
            socket.getOutputStream().write(request);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] reply = new byte[12];
            in.readFully(reply);
            if (reply[3] != 0) {
                throw new IOException("reply " + reply[3]);
            }
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static void assertEchoes(Socket socket) throws IOException {
        socket.getOutputStream().write(7);
        assertThat(socket.getInputStream().read()).isEqualTo(7);
    }

    /** Two configs that have no way out in common but direct: a flow decided by a mixture finds none. */
    private static String way(String outbound, String address) {
        return "listeners: [{type: mixed, name: in, listen: \"127.0.0.1:0\"}]\n" + NAMES
                + "outbounds: {" + outbound + ": {type: direct, source-address: " + address + "}}\n"
                + "rules: [{domain: long.test, to: direct}, {domain: short.test, to: " + outbound + "}, {to: block}]\n";
    }

    @Test
    void a_hundred_reloads_fail_no_connection_and_end_no_stream() throws Exception {
        List<String> ways = List.of(way("one", "127.0.0.2"), way("two", "127.0.0.3"));
        Queue<String> sources = new ConcurrentLinkedQueue<>();
        try (ServerSocket echo = origin(UnderLoadTest::echo);
                ServerSocket named = origin(socket -> {
                    sources.add(socket.getInetAddress().getHostAddress());
                    socket.getOutputStream().write(1);
                });
                Fenliu proxy = Fenliu.start(folder, "home", ways.get(0))) {
            List<Socket> streams = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                streams.add(connect(proxy, "long.test", echo.getLocalPort()));
            }
            List<Future<Integer>> answers = new ArrayList<>();
            for (int reload = 1; reload <= 100; reload++) {
                Fenliu.write(
                        folder.resolve("home.yaml"),
                        reload % 10 == 0 ? "rules: [{to: nowhere}]" : ways.get(reload % 2));
                proxy.signal("HUP");
                for (int i = 0; i < 20; i++) {
                    answers.add(threads.submit(answer(proxy, named.getLocalPort())));
                    TimeUnit.MILLISECONDS.sleep(5);
                }
            }
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isEqualTo(1);
            }
            assertThat(sources).hasSize(answers.size()).containsOnly("127.0.0.2", "127.0.0.3");
            assertThat(sources.stream().distinct()).hasSize(2);
            for (Socket stream : streams) {
                assertEchoes(stream);
                stream.close();
            }
        }
    }

    private static Callable<Integer> answer(Fenliu proxy, int port) {
        return () -> {
            try (Socket socket = connect(proxy, "short.test", port)) {
                return socket.getInputStream().read();
            }
        };
    }

    @Test
    void a_thousand_origins_that_die_in_mid_stream_are_told_as_they_died() throws Exception {
        AtomicInteger number = new AtomicInteger();
        AtomicInteger resets = new AtomicInteger();
        try (ServerSocket dying = origin(socket -> {
                    int n = number.getAndIncrement();
                    socket.getOutputStream().write(new byte[1 + n * 131]);
                    socket.getInputStream().read(); // the client has something
                    socket.setSoLinger(n % 2 == 0, 0);
                });
                Fenliu proxy = Fenliu.start(folder, "home", way("one", "127.0.0.2"))) {
            connect(proxy, "long.test", dying.getLocalPort()).close();
            await().until(() -> number.get() == 1);
            long before = descriptors(proxy);
            List<Future<String>> deaths = new ArrayList<>();
            for (int worker = 0; worker < 8; worker++) {
                deaths.add(threads.submit(() -> {
                    for (int i = 0; i < 125; i++) {
                        String wrong = death(proxy, dying.getLocalPort(), resets);
                        if (wrong != null) {
                            return wrong;
                        }
                    }
                    return "";
                }));
            }
            for (Future<String> death : deaths) {
                assertThat(death.get()).isEmpty();
            }
            assertThat(resets).hasValue(500);
            await().until(() -> descriptors(proxy) <= before + 70); // the pipes are kept
        }
    }

    /** What is wrong with the end of one stream; null for nothing. */
    private static @Nullable String death(Fenliu proxy, int port, AtomicInteger resets) throws IOException {
        try (Socket socket = connect(proxy, "long.test", port)) {
            InputStream in = socket.getInputStream();
            if (in.read() < 0) {
                return "no byte";
            }
            socket.getOutputStream().write(1);
            long length = 1;
            try {
                byte[] block = new byte[65536];
                for (int n; (n = in.read(block)) >= 0; ) {
                    length += n;
                }
                return (length - 1) % 131 == 0 && (length - 1) / 131 % 2 == 1 ? null : "an end after " + length;
            } catch (SocketException reset) {
                resets.incrementAndGet();
                return null;
            }
        }
    }

    @Test
    void few_descriptors_are_shared_out_and_those_who_have_one_notice_nothing() throws Exception {
        Fenliu.write(folder.resolve("home.yaml"), way("one", "127.0.0.2"));
        String run = String.join(
                " ", Fenliu.command("run", "-c", folder.resolve("home.yaml").toString()));
        try (ServerSocket echo = origin(UnderLoadTest::echo);
                Fenliu proxy = Fenliu.launch(folder, "home", List.of("sh", "-c", "ulimit -n 256; exec " + run))) {
            List<Socket> streams = new ArrayList<>();
            int refused = 0;
            for (int i = 0; i < 300; i++) {
                try {
                    streams.add(connect(proxy, "long.test", echo.getLocalPort()));
                } catch (IOException full) {
                    refused++;
                }
            }
            assertThat(streams).hasSizeGreaterThan(50);
            assertThat(refused).isEqualTo(300 - streams.size());
            for (Socket stream : streams) {
                assertEchoes(stream);
            }
            streams.remove(0).close();
            await().ignoreExceptions().untilAsserted(() -> {
                try (Socket next = connect(proxy, "long.test", echo.getLocalPort())) {
                    assertEchoes(next);
                }
            });
            assertThat(proxy.text()).containsOnlyOnce("too many clients");
            for (Socket stream : streams) {
                stream.close();
            }
        }
    }

    private static long descriptors(Fenliu proxy) throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/" + proxy.pid() + "/fd"))) {
            return open.count();
        }
    }
}
