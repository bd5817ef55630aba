package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the real program starts and ends. */
@Tag("program")
@Timeout(120)
class LifeTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final String CONFIG = """
            listeners: [{type: mixed, name: in, listen: "127.0.0.1:%d"}]
            api: {listen: "127.0.0.1:0"}
            dns: {direct: ["udp://127.0.0.1:9"], hosts: {plain.test: 127.0.0.1}}
            """;

    @TempDir
    private Path folder;

    private static Socket connect(int proxy, String authority) throws IOException {
        Socket socket = new Socket(HERE, proxy);
        socket.setSoTimeout(15_000);
        socket.getOutputStream()
                .write(("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String head(Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        InputStream in = socket.getInputStream();
        for (int c; head.indexOf("\r\n\r\n") < 0 && (c = in.read()) >= 0; ) {
            head.append((char) c);
        }
        return head.toString();
    }

    private static boolean isRefused(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(HERE, port), 1000);
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void a_download_that_runs_when_it_is_told_to_end_is_finished_first() throws Exception {
        try (Fenliu fenliu = Fenliu.start(folder, "home", CONFIG.formatted(0));
                ServerSocket server = new ServerSocket(0, 5, HERE);
                Socket client = connect(fenliu.port("in"), "plain.test:" + server.getLocalPort());
                Socket accepted = server.accept()) {
            assertThat(head(client)).startsWith("HTTP/1.1 200");
            accepted.getOutputStream().write(new byte[1000]);
            assertThat(client.getInputStream().readNBytes(1000)).hasSize(1000);
            fenliu.signal("TERM");
            fenliu.awaitText("stopping: 1 flows");
            assertThat(isRefused(fenliu.port("in"))).isTrue();
            accepted.getOutputStream().write(new byte[500_000]);
            accepted.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).hasSize(500_000);
            client.close();
            assertThat(fenliu.process().waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(fenliu.process().exitValue()).isZero();
        }
    }

    @Test
    void a_second_term_ends_it_at_once() throws Exception {
        try (Fenliu fenliu = Fenliu.start(folder, "home", CONFIG.formatted(0));
                ServerSocket server = new ServerSocket(0, 5, HERE);
                Socket client = connect(fenliu.port("in"), "plain.test:" + server.getLocalPort());
                Socket accepted = server.accept()) {
            assertThat(head(client)).startsWith("HTTP/1.1 200");
            fenliu.signal("TERM");
            fenliu.awaitText("stopping: 1 flows");
            long before = System.nanoTime();
            fenliu.signal("TERM");
            assertThat(fenliu.process().waitFor(9, TimeUnit.SECONDS)).isTrue();
            assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(8));
            assertThat(fenliu.process().exitValue()).isZero();
            assertThat(accepted.isConnected()).isTrue();
        }
    }

    @Test
    void without_flows_it_ends_at_the_first() throws Exception {
        try (Fenliu fenliu = Fenliu.start(folder, "home", CONFIG.formatted(0))) {
            fenliu.signal("TERM");
            assertThat(fenliu.process().waitFor(5, TimeUnit.SECONDS)).isTrue();
            assertThat(fenliu.process().exitValue()).isZero();
        }
    }

    @Test
    void it_starts_without_a_word_from_the_runtime() throws Exception {
        try (Fenliu fenliu = Fenliu.start(folder, "home", CONFIG.formatted(0))) {
            assertThat(fenliu.text().lines())
                    .allMatch(line -> line.startsWith("fenliu ")
                            || line.startsWith("listening on ")
                            || line.contains("generation 1 is in force"));
        }
    }

    @Test
    void a_port_that_is_taken_is_4_and_the_message_names_who_has_it() throws Exception {
        try (Fenliu first = Fenliu.start(folder, "first", CONFIG.formatted(0))) {
            Path second = folder.resolve("second.yaml");
            Fenliu.write(second, CONFIG.formatted(first.port("in")));
            Programs.Result result = Fenliu.run("run", "-c", second.toString());
            assertThat(result.code()).isEqualTo(4);
            assertThat(result.out()).isEmpty();
            assertThat(result.err())
                    .contains("port " + first.port("in") + " is taken: java (pid " + first.pid() + ") has it");
        }
    }

    @Test
    void a_config_with_errors_is_3_and_one_that_may_not_be_read_5() throws Exception {
        Path file = folder.resolve("bad.yaml");
        Fenliu.write(file, "rules: [{to: nowhere}]\n");
        Programs.Result invalid = Fenliu.run("run", "-c", file.toString());
        assertThat(invalid.code()).isEqualTo(3);
        assertThat(invalid.err()).contains(file + ":1:14: error:").doesNotContain("\tat ");

        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        Assumptions.assumeFalse(Files.isReadable(file), "root reads everything");
        assertThat(Fenliu.run("run", "-c", file.toString()).code()).isEqualTo(5);
    }

    @Test
    void with_no_config_at_all_openai_is_refused_with_the_remedy_and_the_rest_goes_direct() throws Exception {
        Assumptions.assumeTrue(isRefused(7890), "somebody has port 7890");
        Assumptions.assumeFalse(Files.exists(Path.of("/etc/fenliu/config.yaml")));
        Path empty = Files.createDirectory(folder.resolve("empty"));
        List<String> command = Fenliu.command("run");
        command.set(
                command.size() - 2,
                Path.of(command.get(command.size() - 2)).toAbsolutePath().toString());
        command.add(1, "-Duser.home=" + empty);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(empty.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile());
        builder.environment().keySet().removeAll(List.of("FENLIU_CONFIG", "XDG_CONFIG_HOME", "JOURNAL_STREAM"));
        builder.environment().putAll(Map.of("HOME", empty.toString(), "XDG_STATE_HOME", empty.toString()));
        Process process = builder.start();
        try {
            Programs.awaitPort(7890);
            try (Socket client = connect(7890, "chatgpt.com:443")) {
                String refusal = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(refusal)
                        .startsWith("HTTP/1.1 503")
                        .contains("\"tunnel\" has no member yet")
                        .contains("members");
            }
            try (Origin origin = new Origin();
                    Socket client = connect(7890, "127.0.0.1:" + origin.port())) {
                assertThat(head(client)).startsWith("HTTP/1.1 200");
            }
            String said = Files.readString(folder.resolve("log"));
            assertThat(said)
                    .contains("built-in defaults", "listening on 127.0.0.1:7890")
                    .doesNotContain("WARNING");
            Fenliu.write(empty.resolve("config.yaml"), "rules: [{to: block}]\n");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(Files.readString(folder.resolve("log")))
                            .contains("there is a config now: config.yaml", "generation 2 is in force: 1 rules"));
        } finally {
            process.destroy();
            assertThat(process.waitFor(15, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void the_selftest_proves_eight_promises_in_plain_words() throws Exception {
        Programs.Result result = Fenliu.run("selftest");
        assertThat(result.code()).as(result.out()).isZero();
        assertThat(result.out().lines()).hasSize(8).allMatch(line -> line.startsWith("ok    "));
        assertThat(result.err()).contains("8 of 8 proved");
    }

    /** Ctrl-C, the end of a service, and the terminal that is closed. */
    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    void the_demo_shows_both_roads_and_leaves_no_trace(String signal) throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        int port = Programs.freePort();
        List<String> command = Fenliu.command("demo", "--port", Integer.toString(port));
        command.add(1, "-Djava.io.tmpdir=" + temporary);
        try (Fenliu demo = Fenliu.launch(folder, "demo", command)) {
            demo.awaitText("Ctrl-C ends the demo");
            for (String road : List.of("tunnel", "direct")) {
                String url = demo.text().replaceAll("(?s).*(http://" + road + "\\.fenliu\\.test(:\\d+)?/).*", "$1");
                try (Socket client = new Socket(HERE, port)) {
                    client.setSoTimeout(15_000);
                    String host = url.replaceAll("http://|/", "");
                    client.getOutputStream()
                            .write(("GET " + url + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
                    assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                            .contains(road);
                }
            }
            demo.signal(signal);
            assertThat(demo.process().waitFor(15, TimeUnit.SECONDS)).isTrue();
            assertThat(demo.process().exitValue()).as(demo.text()).isZero();
            assertThat(temporary).isEmptyDirectory();
        }
    }

    @Test
    void log_lines_have_a_time_where_the_journal_of_the_session_is_only_inherited() throws Exception {
        Path config = folder.resolve("home.yaml");
        Fenliu.write(config, CONFIG.formatted(0));
        List<String> command = Fenliu.command("run", "-c", config.toString());
        command.addAll(0, List.of("env", "JOURNAL_STREAM=8:1"));
        try (Fenliu fenliu = Fenliu.launch(folder, "home", command)) {
            assertThat(fenliu.text()).containsPattern("(?m)^\\d{4}-\\S+ info generation 1 is in force");
        }
    }

    @Test
    void after_a_crash_it_starts_again_on_the_same_port() throws Exception {
        int port = Programs.freePort();
        try (ServerSocket server = new ServerSocket(0, 5, HERE)) {
            Socket left;
            try (Fenliu fenliu = Fenliu.start(folder, "home", CONFIG.formatted(port))) {
                left = connect(port, "plain.test:" + server.getLocalPort());
                assertThat(head(left)).startsWith("HTTP/1.1 200");
                fenliu.signal("KILL");
                assertThat(fenliu.process().waitFor(5, TimeUnit.SECONDS)).isTrue();
            }
            try (Fenliu again = Fenliu.start(folder, "home", CONFIG.formatted(port));
                    Socket client = connect(port, "plain.test:" + server.getLocalPort())) {
                assertThat(head(client)).startsWith("HTTP/1.1 200");
                assertThat(again.port("in")).isEqualTo(port);
            }
            left.close();
        }
    }
}
