package dev.fenliu.e2e;

import static dev.fenliu.e2e.Streams.assertEchoes;
import static dev.fenliu.e2e.Streams.connect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What many flows at once must not notice, or notice at once. */
@Tag("program")
@Timeout(180)
class UnderLoadTest {
    private static final String NAMES = "dns: {hosts: {short.test: 127.0.0.1, long.test: 127.0.0.1}}\n";

    private final Streams streams = new Streams();

    @TempDir
    private Path folder;

    @AfterEach
    void stop() {
        streams.close();
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
        try (ServerSocket echo = streams.origin(Streams::echo);
                ServerSocket named = streams.origin(socket -> {
                    sources.add(socket.getInetAddress().getHostAddress());
                    socket.getOutputStream().write(1);
                });
                Fenliu proxy = Fenliu.start(folder, "home", ways.get(0))) {
            List<Socket> open = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                open.add(connect(proxy, "long.test", echo.getLocalPort()));
            }
            List<Future<Integer>> answers = new ArrayList<>();
            for (int reload = 1; reload <= 100; reload++) {
                Fenliu.write(
                        folder.resolve("home.yaml"),
                        reload % 10 == 0 ? "rules: [{to: nowhere}]" : ways.get(reload % 2));
                proxy.signal("HUP");
                for (int i = 0; i < 20; i++) {
                    answers.add(streams.submit(answer(proxy, named.getLocalPort())));
                    TimeUnit.MILLISECONDS.sleep(5);
                }
            }
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isEqualTo(1);
            }
            assertThat(sources).hasSize(answers.size()).containsOnly("127.0.0.2", "127.0.0.3");
            assertThat(sources.stream().distinct()).hasSize(2);
            for (Socket stream : open) {
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
    void a_thousand_origins_that_die_or_stall_in_mid_stream_are_told_as_they_are() throws Exception {
        AtomicInteger number = new AtomicInteger();
        AtomicInteger stalled = new AtomicInteger();
        try (ServerSocket dying = streams.origin(socket -> {
                    int n = number.getAndIncrement();
                    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                    out.writeInt(n);
                    out.write(new byte[n * 131]);
                    socket.getInputStream().read(); // the client has something
                    if (Death.of(n) == Death.STALL) {
                        try {
                            socket.getInputStream().read();
                        } finally {
                            stalled.incrementAndGet();
                        }
                    }
                    socket.setSoLinger(Death.of(n) == Death.RESET, 0);
                });
                Fenliu proxy = Fenliu.start(folder, "home", way("one", "127.0.0.2"))) {
            connect(proxy, "long.test", dying.getLocalPort()).close();
            await().until(() -> number.get() == 1);
            long before = descriptors(proxy);
            List<Future<Map<Death, Integer>>> workers = new ArrayList<>();
            for (int worker = 0; worker < 8; worker++) {
                workers.add(streams.submit(() -> {
                    Map<Death, Integer> seen = new EnumMap<>(Death.class);
                    for (int i = 0; i < 125; i++) {
                        seen.merge(death(proxy, dying.getLocalPort()), 1, Integer::sum);
                    }
                    return seen;
                }));
            }
            Map<Death, Integer> seen = new EnumMap<>(Death.class);
            for (Future<Map<Death, Integer>> worker : workers) {
                worker.get().forEach((death, times) -> seen.merge(death, times, Integer::sum));
            }
            assertThat(seen).isEqualTo(Map.of(Death.RESET, 333, Death.FIN, 334, Death.STALL, 333));
            await().untilAsserted(() -> assertThat(stalled).hasValue(333));
            await().until(() -> descriptors(proxy) <= before + 70); // the pipes are kept
        }
    }

    /** How the origin of a stream goes; from one that stalls the client goes, in one way or the other. */
    private enum Death {
        RESET,
        FIN,
        STALL;

        static Death of(int number) {
            return values()[number % values().length];
        }
    }

    /** One stream to its end, as it ended. */
    private static Death death(Fenliu proxy, int port) throws IOException {
        try (Socket socket = connect(proxy, "long.test", port)) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            int number = in.readInt();
            socket.getOutputStream().write(1);
            if (Death.of(number) == Death.STALL) {
                in.readFully(new byte[number * 131]);
                socket.setSoLinger(number % 2 == 0, 0);
                return Death.STALL;
            }
            try {
                assertThat(in.readAllBytes()).hasSize(number * 131);
                return Death.FIN;
            } catch (SocketException reset) {
                return Death.RESET;
            }
        }
    }

    @Test
    void few_descriptors_are_shared_out_and_those_who_have_one_notice_nothing() throws Exception {
        Fenliu.write(folder.resolve("home.yaml"), way("one", "127.0.0.2"));
        String run = String.join(
                " ", Fenliu.command("run", "-c", folder.resolve("home.yaml").toString()));
        try (ServerSocket echo = streams.origin(Streams::echo);
                Fenliu proxy = Fenliu.launch(folder, "home", List.of("sh", "-c", "ulimit -n 256; exec " + run))) {
            List<Socket> open = new ArrayList<>();
            int refused = 0;
            for (int i = 0; i < 300; i++) {
                try {
                    open.add(connect(proxy, "long.test", echo.getLocalPort()));
                } catch (IOException full) {
                    refused++;
                }
            }
            assertThat(open).hasSizeGreaterThan(50);
            assertThat(refused).isEqualTo(300 - open.size());
            for (Socket stream : open) {
                assertEchoes(stream);
            }
            open.remove(0).close();
            await().ignoreExceptions().untilAsserted(() -> {
                try (Socket next = connect(proxy, "long.test", echo.getLocalPort())) {
                    assertEchoes(next);
                }
            });
            assertThat(proxy.text()).containsOnlyOnce("too many clients");
            for (Socket stream : open) {
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
