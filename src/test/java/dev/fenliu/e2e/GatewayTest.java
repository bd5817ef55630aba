package dev.fenliu.e2e;

import static dev.fenliu.e2e.Village.BLOCKED;
import static dev.fenliu.e2e.Village.BOX;
import static dev.fenliu.e2e.Village.DIRECT;
import static dev.fenliu.e2e.Village.SERVER;
import static dev.fenliu.e2e.Village.TUNNELLED;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program as a gateway: a client that knows of no proxy, and the gateway itself, reach origins as the rules say. */
@Tag("program")
@Timeout(120)
class GatewayTest {
    private static final String TPROXY = "{type: tproxy, name: all, listen: \"[::]:7893\", lan: trusted}";
    private static final String REDIRECT = "{type: redirect, name: streams, listen: \"[::]:7892\", lan: trusted}";

    @TempDir
    static Path shared;

    private static final List<AutoCloseable> running = new ArrayList<>();
    private static Village village;
    private static String python;
    private static Path peer;

    @TempDir
    Path folder;

    private Path config;
    private Fenliu box;

    @BeforeAll
    static void start() throws Exception {
        village = Village.build();
        running.add(village);
        python = Programs.require("python3");
        peer = shared.resolve("peer.py");
        Files.write(
                peer, GatewayTest.class.getResourceAsStream("/gateway/peer.py").readAllBytes());
        Path log = shared.resolve("origin.log");
        List<String> origin = new ArrayList<>(List.of(python, peer.toString(), "origin", "8080"));
        List.of(DIRECT, TUNNELLED, BLOCKED).forEach(origin::addAll);
        running.add(0, Programs.serve(log, village.command("origin", origin).toArray(String[]::new)));
        Fenliu.write(shared.resolve("server.yaml"), """
                listeners: [{type: shadowsocks, listen: "203.0.113.1:8388", method: aes-128-gcm, password: s3cret}]
                rules: [{to: direct}]
                dns: {direct: ["udp://127.0.0.1:9"]}
                """);
        running.add(
                0,
                Fenliu.launch(
                        shared,
                        "server",
                        village.command(
                                "server",
                                Fenliu.command(
                                        "run",
                                        "-c",
                                        shared.resolve("server.yaml").toString()))));
        Awaitility.await().until(() -> Files.readString(log).contains("ready"));
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable one : running) {
            one.close();
        }
    }

    @BeforeEach
    void nothingIsSetUp() throws Exception {
        assertThat(ruleset()).isEmpty();
    }

    @AfterEach
    void close() throws Exception {
        if (box != null) {
            box.close();
        }
        gateway("down");
        assertThat(ruleset()).isEmpty();
    }

    private void boxWith(String listeners) throws Exception {
        boxWith(listeners, "dns: {direct: [\"udp://127.0.0.1:9\"]}");
    }

    private void boxWith(String listeners, String more) throws Exception {
        config = folder.resolve("box.yaml");
        Fenliu.write(config, """
                listeners: [%s]
                outbounds:
                  vps: {type: shadowsocks, server: "203.0.113.1:8388", method: aes-128-gcm, password: s3cret}
                rules:
                  - {domain-suffix: blocked.test, to: block}
                  - {domain-suffix: tunnelled.test, to: vps}
                  - {ip-cidr: [198.51.100.3, "2001:db8:100::3"], to: vps}
                  - {ip-cidr: [198.51.100.4, "2001:db8:100::4"], to: block}
                  - {to: direct}
                log: {flows: on}
                %s
                """.formatted(listeners, more));
        assertThat(gateway("up", "-c", config.toString()).code()).isZero();
        launch();
    }

    private void launch() throws Exception {
        box = Fenliu.launch(folder, "box", village.command("box", Fenliu.command("run", "-c", config.toString())));
    }

    private static Programs.Result gateway(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("gateway"));
        all.addAll(List.of(arguments));
        return village.run("box", Fenliu.command(all.toArray(String[]::new)));
    }

    private static String ruleset() throws Exception {
        return village.run("box", List.of(Programs.require("nft"), "list", "ruleset"))
                        .out()
                + village.run("box", List.of(Programs.require("ip"), "rule", "show", "pref", "7890"))
                        .out()
                + village.run("box", List.of(Programs.require("ip"), "-6", "rule", "show", "pref", "7890"))
                        .out();
    }

    /** What the origin answers, or why it does not. */
    private static String ask(String machine, String kind, String host, String text) throws Exception {
        return village.run(machine, List.of(python, peer.toString(), kind, host, "8080", text))
                .out()
                .strip();
    }

    private static boolean heard(String text) throws Exception {
        return Files.readString(shared.resolve("origin.log")).contains("said " + text);
    }

    private static void arrives(String machine, List<String> kinds) throws Exception {
        for (int family = 0; family < 2; family++) {
            for (String kind : kinds) {
                String from = kind.equals("udp") ? " from %s port 8080" : "";
                assertThat(ask(machine, kind, DIRECT.get(family), "hello"))
                        .isEqualTo("seen " + BOX.get(family) + " said hello" + from.formatted(DIRECT.get(family)));
                assertThat(ask(machine, kind, TUNNELLED.get(family), "hello"))
                        .isEqualTo(
                                "seen " + SERVER.get(family) + " said hello" + from.formatted(TUNNELLED.get(family)));
            }
        }
    }

    @Test
    void tproxy_brings_streams_and_datagrams_of_both_families_to_the_rules() throws Exception {
        boxWith(TPROXY);
        arrives("client", List.of("tcp", "udp"));
        for (String host : BLOCKED) {
            assertThat(ask("client", "tcp", host, "blocked-stream")).startsWith("ConnectionResetError");
            assertThat(ask("client", "udp", host, "blocked-datagram")).contains("timed out");
        }
        assertThat(heard("blocked")).isFalse();
        for (String host : DIRECT) { // a peer that the client has not spoken to answers
            assertThat(ask("client", "udp", host, "cone")).endsWith(" from " + host + " port 8081");
        }
    }

    @Test
    void redirect_brings_streams_of_both_families_to_the_rules_and_lets_no_QUIC_pass_by() throws Exception {
        boxWith(REDIRECT);
        arrives("client", List.of("tcp"));
        arrives("box", List.of("tcp"));
        for (String host : BLOCKED) {
            assertThat(ask("client", "tcp", host, "blocked-stream")).startsWith("ConnectionResetError");
        }
        assertThat(heard("blocked")).isFalse();
        assertThat(village.run("box", List.of(python, peer.toString(), "udp", DIRECT.get(0), "443", "quic"))
                        .out())
                .startsWith("PermissionError");
    }

    @Test
    void the_name_that_a_client_sends_decides() throws Exception {
        for (String listener : List.of(TPROXY, REDIRECT)) {
            boxWith(listener);
            assertThat(ask("client", "tcp", DIRECT.get(0), "GET / HTTP/1.1|Host: www.tunnelled.test"))
                    .startsWith("seen " + SERVER.get(0));
            assertThat(ask("client", "tcp", DIRECT.get(0), "GET / HTTP/1.1|Host: www.blocked.test"))
                    .startsWith("ConnectionResetError");
            assertThat(ask("client", "tcp", DIRECT.get(0), "GET / HTTP/1.1|Host: www.plain.test"))
                    .startsWith("seen " + BOX.get(0));
            box.close();
        }
    }

    @Test
    void what_the_box_sends_comes_to_the_rules_once() throws Exception {
        boxWith(TPROXY);
        arrives("box", List.of("tcp", "udp"));
        Awaitility.await()
                .untilAsserted(() -> assertThat(box.text().lines().filter(line -> line.contains(" net=tcp ")))
                        .hasSize(4));
    }

    @Test
    void services_of_the_box_answer_as_before() throws Exception {
        boxWith(TPROXY + ", " + REDIRECT);
        List<String> service = new ArrayList<>(List.of(python, peer.toString(), "origin", "9000"));
        service.addAll(BOX);
        Path log = folder.resolve("service.log");
        try (AutoCloseable running =
                Programs.serve(log, village.command("box", service).toArray(String[]::new))) {
            Awaitility.await().until(() -> Files.readString(log).contains("ready"));
            for (int family = 0; family < 2; family++) {
                for (String kind : List.of("tcp", "udp")) {
                    List<String> ask = List.of(python, peer.toString(), kind, BOX.get(family), "9000", "service");
                    assertThat(village.run("origin", ask).out())
                            .startsWith("seen ")
                            .contains(" said service");
                }
            }
        }
        assertThat(box.text()).doesNotContain("flow id=");
    }

    @Test
    void what_the_program_itself_sends_comes_to_no_rule() throws Exception {
        String mixed = "{type: mixed, name: in, listen: \"127.0.0.1:7890\"}";
        boxWith(TPROXY + ", " + mixed, """
                dns: {direct: ["udp://198.51.100.2:8080"]}
                rule-sets: {far: {url: "http://198.51.100.2:8080/own.txt"}}
                """);
        List<String> curl = List.of(Programs.require("curl"), "-sS", "-x", "http://127.0.0.1:7890", "http://own.test/");
        village.run("box", curl);
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> heard("GET /own.txt"));
        Awaitility.await()
                .until(() -> Files.readString(shared.resolve("origin.log"))
                        .toLowerCase(Locale.ROOT) // a query has letters in any case
                        .contains("\\x03own\\x04test"));
        assertThat(box.text().lines().filter(line -> line.contains("flow id=")))
                .singleElement()
                .asString()
                .contains("host=own.test:80");
    }

    @Test
    void both_listeners_share_the_work() throws Exception {
        boxWith(TPROXY + ", " + REDIRECT);
        arrives("client", List.of("tcp", "udp"));
        box.awaitText("net=tcp source=[2001:db8:77::2]");
        assertThat(ask("client", "tcp", "192.168.77.1", "nobody there")).startsWith("ConnectionRefusedError");
    }

    @Test
    void who_connects_to_the_listener_itself_is_refused() throws Exception {
        boxWith(TPROXY + ", " + REDIRECT);
        for (String port : List.of("7892", "7893")) {
            for (String host : List.of("192.168.77.1", "2001:db8:77::1", "198.51.100.1")) {
                List<String> ask = List.of(python, peer.toString(), "tcp", host, port, "loop");
                assertThat(village.run("client", ask).out()).startsWith("ConnectionResetError");
            }
            List<String> ask = List.of(python, peer.toString(), "tcp", "127.0.0.1", port, "loop");
            assertThat(village.run("box", ask).out()).startsWith("ConnectionResetError");
        }
        box.awaitText("connected to the listener itself");
        assertThat(box.text()).doesNotContain("flow id=");
    }

    @Test
    void nothing_passes_by_a_program_that_is_gone_and_the_next_one_goes_on() throws Exception {
        boxWith(TPROXY);
        village.run("box", List.of("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"));
        box.process().destroyForcibly().waitFor();
        for (String machine : List.of("client", "box")) {
            assertThat(ask(machine, "tcp", DIRECT.get(0), "leak")).contains("timed out");
            assertThat(ask(machine, "udp", DIRECT.get(0), "leak")).contains("timed out");
        }
        assertThat(heard("leak")).isFalse();
        village.run("box", List.of("sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward"));
        launch();
        arrives("client", List.of("tcp"));
    }

    @Test
    void up_heals_and_down_removes_whatever_is_there() throws Exception {
        boxWith(TPROXY);
        String once = ruleset();
        assertThat(once).contains("table inet fenliu", "lookup 26222");
        assertThat(gateway("up", "-c", config.toString()).code()).isZero();
        assertThat(ruleset()).isEqualTo(once);
        assertThat(gateway("show").out()).contains("chain prerouting", "local default dev lo");
        village.run("box", List.of("nft", "flush", "table", "inet", "fenliu"));
        village.run("box", List.of("ip", "rule", "del", "pref", "7890"));
        assertThat(gateway("up", "-c", config.toString()).code()).isZero();
        assertThat(ruleset()).isEqualTo(once);
        assertThat(gateway("down").code()).isZero();
        assertThat(ruleset()).isEmpty();
        assertThat(gateway("down").code()).isZero();
        assertThat(gateway("show").err()).contains("The gateway is down");
        assertThat(gateway("up", "--dry-run", "-c", config.toString()).out()).contains("table inet fenliu");
        assertThat(ruleset()).isEmpty();
    }

    @Test
    void without_privileges_it_says_what_is_needed() throws Exception {
        String setpriv = Programs.require("setpriv");
        for (String listener : List.of(TPROXY, REDIRECT)) {
            Path file = folder.resolve("plain.yaml");
            Fenliu.write(file, "listeners: [" + listener + "]\n");
            List<String> command = new ArrayList<>(
                    List.of(setpriv, "--bounding-set=-net_admin,-net_raw", "--inh-caps=-net_admin,-net_raw"));
            command.addAll(Fenliu.command("run", "-c", file.toString()));
            Programs.Result result = village.run("box", command);
            assertThat(result.code()).isEqualTo(5);
            assertThat(result.err()).contains("CAP_NET_ADMIN");
        }
    }
}
