package dev.fenliu.e2e;

import static dev.fenliu.e2e.Streams.assertEchoes;
import static dev.fenliu.e2e.Streams.connect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Too many clients for the memory there is: on the heap, and outside it. */
@Tag("program")
@Timeout(300)
class FullMemoryTest {
    private final Streams streams = new Streams();

    @TempDir
    private Path folder;

    @AfterEach
    void stop() {
        streams.close();
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
            await().atMost(60, TimeUnit.SECONDS)
                    .pollInterval(1, TimeUnit.MILLISECONDS)
                    .until(() -> {
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
        try (ServerSocket flood = streams.origin(FullMemoryTest::flood);
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
}
