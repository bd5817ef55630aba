package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The history of traffic where one process takes over from another that still has a flow. */
@Tag("program")
@Timeout(120)
class TakenOverTrafficTest {
    private static final int BEFORE = 100_000;
    private static final int AFTER = 1_000_000;

    @TempDir
    private Path folder;

    private Fenliu serve(String name, String... more) throws IOException {
        String[] command = {"serve", "--folder", folder.resolve("server").toString(), "--address", "127.0.0.1"};
        return Fenliu.launch(
                folder,
                name,
                Fenliu.command(
                        Stream.concat(Stream.of(command), Stream.of(more)).toArray(String[]::new)));
    }

    /** What went direct, as the program that has that port now tells it. */
    private JsonObject direct(int api) throws Exception {
        String token =
                Files.readString(folder.resolve("state/fenliu/api.token")).strip();
        String answer = Programs.output(
                Programs.require("curl"),
                "-sS",
                "--noproxy",
                "*",
                "-H",
                "Authorization: Bearer " + token,
                "http://127.0.0.1:" + api + "/api/v1/traffic?by=outbound");
        JsonObject traffic = JsonParser.parseString(answer).getAsJsonObject();
        return traffic.getAsJsonArray("series").asList().stream()
                .map(series -> series.getAsJsonObject())
                .filter(series -> series.get("name").getAsString().equals("direct"))
                .findFirst()
                .orElseGet(JsonObject::new);
    }

    private void awaitDirect(int api, long bytes, int flows) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(300))
                .untilAsserted(() -> {
                    JsonObject direct = direct(api);
                    assertThat(direct.has("down")).isTrue();
                    assertThat(direct.get("down").getAsLong()).isEqualTo(bytes);
                    assertThat(direct.get("flows").getAsInt()).isEqualTo(flows);
                });
    }

    private static Socket connect(Fenliu server, int origin) throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port("local"));
        String there = "127.0.0.1:" + origin;
        client.getOutputStream()
                .write(("CONNECT " + there + " HTTP/1.1\r\nHost: " + there + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        InputStream in = client.getInputStream();
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            head.append((char) in.read());
        }
        assertThat(head.toString()).startsWith("HTTP/1.1 200 ");
        return client;
    }

    private List<Path> left() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("state/fenliu"))) {
            return files.filter(file -> file.toString().endsWith(".left")).toList();
        }
    }

    @Test
    void what_a_flow_carries_after_a_take_over_is_in_the_history_of_the_process_that_follows_and_once()
            throws Exception {
        serve("first", "--port", Integer.toString(Programs.freePort())).close();
        int api = Programs.freePort();
        Path config = folder.resolve("server/config.yaml");
        String local = "  - {type: mixed, name: local, listen: \"127.0.0.1:0\"}\n";
        Fenliu.write(
                config,
                Files.readString(config).replace("listeners:\n", "listeners:\n" + local) + "api: {listen: \"127.0.0.1:"
                        + api + "\"}\nhistory: disk\n");
        try (Fenliu old = serve("old");
                ServerSocket origin = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            try (Socket client = connect(old, origin.getLocalPort());
                    Socket far = origin.accept()) {
                far.getOutputStream().write(new byte[BEFORE]);
                assertThat(client.getInputStream().readNBytes(BEFORE)).hasSize(BEFORE);
                awaitDirect(api, BEFORE, 0);
                try (Fenliu next = serve("next", "--take-over")) {
                    old.awaitText("stopping: ");
                    awaitDirect(api, BEFORE, 0); // by the new process, of the file of the old one
                    try (Socket second = connect(next, origin.getLocalPort());
                            Socket other = origin.accept()) {
                        other.getOutputStream().write(new byte[BEFORE]);
                        assertThat(second.getInputStream().readNBytes(BEFORE)).hasSize(BEFORE);
                    }
                    far.getOutputStream().write(new byte[AFTER]);
                    assertThat(client.getInputStream().readNBytes(AFTER)).hasSize(AFTER);
                    far.close();
                    client.close();
                    assertThat(old.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
                    assertThat(old.process().exitValue()).isZero();
                    assertThat(left()).hasSize(1); // which the new process takes within ten minutes, or when it ends
                }
                assertThat(left()).isEmpty();
                try (Fenliu last = serve("last")) {
                    awaitDirect(api, 2 * BEFORE + AFTER, 2);
                    assertThat(last.process().isAlive()).isTrue();
                }
            }
        }
    }
}
