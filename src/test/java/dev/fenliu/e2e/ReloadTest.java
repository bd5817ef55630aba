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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A reload of the real program never hurts: what it changes, what it leaves alone, and what it refuses. */
@Tag("program")
@Timeout(180)
class ReloadTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    @TempDir
    private Path folder;

    private Origin origin;
    private Fenliu home;

    @BeforeEach
    void open() throws Exception {
        origin = new Origin();
        Files.writeString(folder.resolve("list.txt"), "listed.test\n");
        home = Fenliu.start(folder, "home", config("{domain: a.test, to: far}, {rule-set: list, to: far}"));
    }

    @AfterEach
    void close() throws Exception {
        home.close();
        origin.close();
    }

    /** Two ways: as it is, and by another address, which counts as a tunnel. */
    private static String config(String rules) {
        return """
                listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
                outbounds: {far: {type: direct, source-address: 127.0.0.2}}
                rule-sets: {list: {file: list.txt}}
                rules: [%s, {to: direct}]
                dns:
                  direct: ["udp://127.0.0.1:9"]
                  hosts: {a.test: 127.0.0.1, b.test: 127.0.0.1, listed.test: 127.0.0.1, new.test: 127.0.0.1}
                log: {flows: on}
                """.formatted(rules);
    }

    private void save(String text) throws IOException {
        Fenliu.write(folder.resolve("home.yaml"), text);
    }

    private Socket connect(String host, int port) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(HERE, home.port("in")), 5000);
        socket.setSoTimeout(10_000);
        String authority = host + ":" + port;
        socket.getOutputStream()
                .write(("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        StringBuilder head = new StringBuilder();
        InputStream in = socket.getInputStream();
        for (int c; head.indexOf("\r\n\r\n") < 0 && (c = in.read()) >= 0; ) {
            head.append((char) c);
        }
        if (!head.toString().startsWith("HTTP/1.1 200")) {
            socket.close();
            throw new IOException(head.toString());
        }
        return socket;
    }

    /** The road of a request: {@code direct}, {@code tunnel}, or the status of the refusal. */
    private String road(String host) throws IOException {
        try (Socket socket = connect(host, origin.port())) {
            socket.getOutputStream()
                    .write(("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return answer.replaceAll("(?s).*road=(\\w+).*", "$1");
        } catch (IOException e) {
            return e.getMessage().replaceAll("(?s)HTTP/1.1 (\\d+).*", "$1");
        }
    }

    private void awaitRoad(String host, String road) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> assertThat(road(host)).isEqualTo(road));
    }

    private static boolean echoes(Socket client, Socket server) throws IOException {
        client.getOutputStream().write('x');
        server.getOutputStream().write('y');
        return server.getInputStream().read() == 'x' && client.getInputStream().read() == 'y';
    }

    @Test
    void saving_the_file_moves_new_flows_and_leaves_the_running_one_alone() throws Exception {
        int port = home.port("in");
        try (ServerSocket server = new ServerSocket(0, 5, HERE);
                Socket client = connect("a.test", server.getLocalPort());
                Socket accepted = server.accept()) {
            assertThat(accepted.getInetAddress().getHostAddress()).isEqualTo(Origin.TUNNEL_SOURCE);
            assertThat(road("a.test")).isEqualTo("tunnel");
            save(config("{domain: b.test, to: far}"));
            awaitRoad("a.test", "direct");
            assertThat(road("b.test")).isEqualTo("tunnel");
            assertThat(echoes(client, accepted)).isTrue();
            assertThat(home.port("in")).isEqualTo(port);
        }
        home.awaitText("generation 2 is in force");
    }

    @Test
    void a_hangup_signal_reloads_and_a_direct_flow_that_now_belongs_in_the_tunnel_is_closed() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, HERE);
                Socket moves = connect("b.test", server.getLocalPort());
                Socket movesAccepted = server.accept();
                Socket stays = connect("new.test", server.getLocalPort());
                Socket staysAccepted = server.accept()) {
            assertThat(echoes(moves, movesAccepted)).isTrue();
            save(config("{domain: b.test, to: far}"));
            home.signal("HUP");
            assertThat(ends(moves)).isTrue();
            assertThat(ends(movesAccepted)).isTrue();
            assertThat(echoes(stays, staysAccepted)).isTrue();
        }
        home.awaitText("closed by the proxy");
    }

    private static boolean ends(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void a_broken_file_changes_nothing_and_the_log_says_where_it_is_broken() throws Exception {
        save(config("{domain: a.test, to: far}, {domian: b.test, to: block}"));
        home.awaitText("the old config stays in force");
        assertThat(home.text()).contains("home.yaml:4:").contains("domain");
        assertThat(road("a.test")).isEqualTo("tunnel");
        assertThat(road("b.test")).isEqualTo("direct");
        save(config("{domain: b.test, to: block}"));
        awaitRoad("b.test", "403");
    }

    @Test
    void a_file_with_a_failing_rule_test_changes_nothing() throws Exception {
        save(config("{domain: a.test, to: block}") + "rule-tests: [{host: a.test, to: far}]\n");
        home.awaitText("the old config stays in force");
        assertThat(road("a.test")).isEqualTo("tunnel");
    }

    @Test
    void a_file_that_wants_a_port_that_is_taken_changes_nothing() throws Exception {
        save(config("{domain: a.test, to: block}")
                .replace(
                        "127.0.0.1:0\"}]",
                        "127.0.0.1:0\"}, {type: http, listen: \"127.0.0.1:" + origin.port() + "\"}]"));
        home.awaitText("the old config stays in force");
        assertThat(home.text())
                .contains("port " + origin.port() + " is taken: java (pid "
                        + ProcessHandle.current().pid() + ") has it");
        assertThat(road("a.test")).isEqualTo("tunnel");
    }

    @Test
    void a_list_that_changes_is_a_reload_too() throws Exception {
        assertThat(road("listed.test")).isEqualTo("tunnel");
        assertThat(road("new.test")).isEqualTo("direct");
        Files.writeString(folder.resolve("list.txt"), "new.test\n");
        awaitRoad("new.test", "tunnel");
        assertThat(road("listed.test")).isEqualTo("direct");
    }

    @Test
    void flows_can_be_logged_or_not_from_a_reload_on() throws Exception {
        assertThat(road("a.test")).isEqualTo("tunnel");
        home.awaitText("host=a.test");
        save(config("{domain: a.test, to: far}").replace("flows: on", "flows: off"));
        home.awaitText("generation 2 is in force");
        assertThat(road("b.test")).isEqualTo("direct");
        save(config("{domain: a.test, to: far}"));
        home.awaitText("generation 3 is in force");
        assertThat(road("new.test")).isEqualTo("direct");
        home.awaitText("host=new.test");
        assertThat(home.text()).doesNotContain("host=b.test");
    }

    @Test
    void a_hundred_reloads_fail_no_client() throws Exception {
        save(config("{domain: a.test, to: far}, {domain: new.test, to: far}"));
        home.awaitText("generation 2 is in force");
        List<String> failures = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger connects = new AtomicInteger();
        AtomicInteger reloads = new AtomicInteger(100);
        Thread clients = new Thread(() -> {
            while (reloads.get() > 0) {
                try {
                    String roads = road("a.test") + " " + road("b.test") + " " + road("new.test");
                    if (!roads.matches("tunnel direct (tunnel|403)")) {
                        failures.add(roads);
                    }
                    connects.addAndGet(3);
                    TimeUnit.MILLISECONDS.sleep(100);
                } catch (IOException | InterruptedException e) {
                    failures.add(e.toString());
                }
            }
        });
        clients.start();
        try {
            for (int done = 0; done < 100; done++) {
                save(config(
                        "{domain: a.test, to: far}, {domain: new.test, to: " + (done % 2 == 0 ? "block}" : "far}")));
                home.signal("HUP");
                int generation = done + 3;
                Awaitility.await()
                        .atMost(Duration.ofSeconds(15))
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> lastGeneration() >= generation);
                reloads.decrementAndGet();
            }
        } finally {
            reloads.set(0);
            clients.join();
        }
        assertThat(failures).isEmpty();
        assertThat(connects).hasValueGreaterThan(20);
    }

    private int lastGeneration() {
        String text = home.text();
        int at = text.lastIndexOf("generation ");
        return at < 0 ? 1 : Integer.parseInt(text.substring(at + 11).split(" ", 2)[0]);
    }
}
