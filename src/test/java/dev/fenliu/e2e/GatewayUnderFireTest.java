package dev.fenliu.e2e;

import static dev.fenliu.e2e.Village.BOX;
import static dev.fenliu.e2e.Village.DIRECT;
import static dev.fenliu.e2e.Village.SERVER;
import static dev.fenliu.e2e.Village.TUNNELLED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.net.TestCertificates;
import io.netty.handler.codec.quic.Quic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program as a gateway for a client of HTTP/3 and of TCP that knows of no proxy, while the tunnel flaps, while a reload
 * runs, and after kill -9. The kernel of the origin counts what comes from the box for hosts that belong to the tunnel.
 */
@Tag("program")
@Timeout(180)
class GatewayUnderFireTest {
    /** The addresses of the origin that are asked, and the sources that it must see. */
    private static final Map<String, String> SOURCES = new LinkedHashMap<>();

    static {
        for (int family = 0; family < 2; family++) {
            SOURCES.put(DIRECT.get(family), BOX.get(family));
            SOURCES.put(TUNNELLED.get(family), SERVER.get(family));
        }
    }

    private static final String OTHER_RULE = "- {domain-suffix: other.test, to: block}";

    @TempDir
    static Path shared;

    private static Village village;
    private static AutoCloseable streams;
    private static AutoCloseable http3;
    private static String python;
    private static Path peer;

    @TempDir
    Path folder;

    private Watchers watchers;
    private Fenliu server;
    private Fenliu box;

    @BeforeAll
    static void start() throws Exception {
        Programs.requireFact(Quic.isAvailable(), "no QUIC for this platform");
        village = Village.build();
        python = Programs.require("python3");
        peer = shared.resolve("peer.py");
        Files.write(
                peer, GatewayTest.class.getResourceAsStream("/gateway/peer.py").readAllBytes());
        Path log = shared.resolve("streams.log");
        streams = Programs.serve(log, origin(List.of(python, peer.toString(), "origin", "8080")));
        Path quic = shared.resolve("http3.log");
        http3 = Programs.serve(quic, origin(Http3.command("serve", "443")));
        Awaitility.await().until(() -> read(log).contains("ready") && read(quic).contains("ready"));
    }

    private static String[] origin(List<String> command) {
        return Stream.concat(village.command("origin", command).stream(), SOURCES.keySet().stream())
                .toArray(String[]::new);
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable one : new AutoCloseable[] {streams, http3, village}) {
            if (one != null) {
                one.close();
            }
        }
    }

    @BeforeEach
    void open() throws Exception {
        Path counters = folder.resolve("counters.nft");
        Files.writeString(counters, """
                table inet watch {
                  counter plain {}
                  counter leaked {}
                  counter datagrams {}
                  counter errors {} # the box's own, to peers of sockets that were closed with the test before
                  chain arriving {
                    type filter hook prerouting priority -300;
                    iifname box meta l4proto udp counter name datagrams
                    ip saddr 198.51.100.1 icmp type destination-unreachable counter name errors accept
                    ip6 saddr 2001:db8:100::1 icmpv6 type destination-unreachable counter name errors accept
                    ip saddr 198.51.100.1 ip daddr 198.51.100.2 counter name plain
                    ip6 saddr 2001:db8:100::1 ip6 daddr 2001:db8:100::2 counter name plain
                    ip daddr 198.51.100.3 ip saddr != 203.0.113.1 counter name leaked
                    ip6 daddr 2001:db8:100::3 ip6 saddr != 2001:db8:113::1 counter name leaked
                  }
                }
                """);
        startServer();
        configure("");
        gatewayUp();
        nft("-f", counters.toString()); // by now what clients of the test before this send again is held as well
        startBox();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : new AutoCloseable[] {watchers, box, server}) {
            if (one != null) {
                one.close();
            }
        }
        village.run("box", Fenliu.command("gateway", "down"));
        forward(0);
        nft("delete", "table", "inet", "watch");
    }

    private void startServer() throws Exception {
        Fenliu.write(folder.resolve("server.yaml"), """
                listeners: [{type: shadowsocks, listen: "203.0.113.1:8388", method: aes-128-gcm, password: s3cret}]
                rules: [{to: direct}]
                dns: {direct: ["udp://127.0.0.1:9"]}
                """);
        server = run("server");
    }

    private void startBox() throws Exception {
        box = run("box");
    }

    private Fenliu run(String machine) throws IOException {
        String config = folder.resolve(machine + ".yaml").toString();
        return Fenliu.launch(folder, machine, village.command(machine, Fenliu.command("run", "-c", config)));
    }

    private void configure(String rule) throws IOException {
        Fenliu.write(folder.resolve("box.yaml"), """
                listeners: [{type: tproxy, name: all, listen: "[::]:7893", lan: trusted}]
                outbounds:
                  vps: {type: shadowsocks, server: "203.0.113.1:8388", method: aes-128-gcm, password: s3cret}
                  streams: {type: http, server: "203.0.113.1:3128"}
                rules:
                  %s
                  - {domain-suffix: tcp.test, to: streams}
                  - {domain-suffix: tunnelled.test, to: vps}
                  - {ip-cidr: [198.51.100.3, "2001:db8:100::3"], to: vps}
                  - {to: direct}
                dns: {direct: ["udp://127.0.0.1:9"]}
                """.formatted(rule));
    }

    private void gatewayUp() throws Exception {
        String config = folder.resolve("box.yaml").toString();
        assertThat(village.run("box", Fenliu.command("gateway", "up", "-c", config))
                        .code())
                .isZero();
    }

    private static void forward(int on) throws Exception {
        String set = "echo %d >/proc/sys/net/ipv4/ip_forward; echo %d >/proc/sys/net/ipv6/conf/all/forwarding";
        village.run("box", List.of("sh", "-c", set.formatted(on, on)));
    }

    private static String nft(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(Programs.require("nft")));
        command.addAll(List.of(arguments));
        return Programs.output(village.command("origin", command).toArray(String[]::new));
    }

    private static int packets(String counter) throws Exception {
        return Integer.parseInt(
                nft("list", "counter", "inet", "watch", counter).replaceAll("(?s).*packets (\\d+).*", "$1"));
    }

    private static String read(Path log) throws IOException {
        return Files.readString(log);
    }

    /** What each of {@code ADDRESS PORT NAME...} answers over HTTP/3. */
    private static List<String> ask(String machine, String... targets) throws Exception {
        List<String> command = Http3.command("ask");
        command.addAll(List.of(targets));
        return village.run(machine, command).out().lines().toList();
    }

    private void watchAll() throws Exception {
        watchers = Watchers.start(village, python, peer, folder, SOURCES);
    }

    private void nothingLeaked() throws Exception {
        assertThat(packets("plain")).as("the counters count").isPositive();
        assertThat(packets("leaked")).isZero();
        if (watchers != null) {
            for (Watchers.Watcher watcher : watchers.all()) {
                watcher.wasNeverAstray();
            }
        }
    }

    @Test
    void HTTP_3_of_both_families_takes_the_road_of_its_address_or_its_name() throws Exception {
        for (String machine : List.of("client", "box")) {
            List<String> targets = new ArrayList<>();
            List<String> expected = new ArrayList<>();
            for (int family = 0; family < 2; family++) {
                String direct = DIRECT.get(family);
                targets.addAll(List.of(direct, "443", "www.plain.test"));
                expected.add("seen " + BOX.get(family) + " for www.plain.test");
                targets.addAll(List.of(direct, "443", "www.tunnelled.test"));
                expected.add("seen " + SERVER.get(family) + " for www.tunnelled.test");
                targets.addAll(List.of(TUNNELLED.get(family), "443", "www.plain.test"));
                expected.add("seen " + SERVER.get(family) + " for www.plain.test");
                targets.addAll(List.of(direct, "443", "www.tcp.test")); // whose tunnel carries no UDP
                expected.add("none: PortUnreachableException");
            }
            assertThat(ask(machine, targets.toArray(String[]::new))).isEqualTo(expected);
        }
        nothingLeaked();
    }

    @Test
    void the_counters_would_see_a_leak() throws Exception {
        configure("- {ip-cidr: 198.51.100.3, to: direct}");
        box.signal("HUP");
        String[] tunnelled = {TUNNELLED.get(0), "443", "www.plain.test"};
        Awaitility.await()
                .untilAsserted(() -> assertThat(ask("client", tunnelled))
                        .containsExactly("seen " + BOX.get(0) + " for www.plain.test"));
        assertThat(packets("leaked")).isPositive();
    }

    /** What Chromium shows of a site of the origin that it may reach by HTTP/3 alone. */
    private String browse(String name) throws Exception {
        List<String> chromium = DevTools.chromium(
                folder.resolve(name),
                "--no-proxy-server",
                "--log-net-log=" + folder.resolve(name + ".json"),
                "--enable-quic",
                "--origin-to-force-quic-on=" + name + ":443",
                "--ignore-certificate-errors-spki-list=" + TestCertificates.pin(TestCertificates.text("server.pem")),
                "--host-resolver-rules=MAP " + name + " " + DIRECT.get(0) + ", MAP * ~NOTFOUND",
                "--dump-dom",
                "https://" + name + "/");
        return village.run("client", chromium).out().strip();
    }

    @Test
    void Chromium_takes_the_road_of_the_name_and_is_refused_at_once_where_the_tunnel_has_no_UDP() throws Exception {
        assertThat(browse("www.plain.test")).contains("seen " + BOX.get(0) + " for www.plain.test");
        assertThat(browse("www.tunnelled.test")).contains("seen " + SERVER.get(0) + " for www.tunnelled.test");
        assertThat(browse("www.tcp.test")).isEmpty();
        assertThat(read(folder.resolve("www.tcp.test.json"))).contains("\"details\":\"net::ERR_CONNECTION_REFUSED\"");
    }

    @Test
    void while_the_tunnel_flaps_its_hosts_are_reached_through_it_or_not_at_all() throws Exception {
        watchAll();
        for (int flap = 0; flap < 4; flap++) {
            server.process().destroyForcibly().waitFor();
            List<String> stream = List.of(python, peer.toString(), "tcp", TUNNELLED.get(flap % 2), "8080", "down");
            assertThat(village.run("client", stream).out()).startsWith("ConnectionResetError");
            Thread.sleep(1000);
            startServer();
            Thread.sleep(1000);
        }
        for (Watchers.Watcher watcher : watchers.http3()) {
            watcher.goesOn();
        }
        for (Watchers.Watcher watcher : watchers.of(DIRECT)) {
            watcher.goesOn();
            watcher.neverNoticed();
        }
        nothingLeaked();
        assertThat(read(shared.resolve("streams.log"))).doesNotContain("said down");
    }

    @Test
    void while_reloads_run_no_flow_that_they_do_not_concern_breaks() throws Exception {
        watchAll();
        for (int reload = 1; reload <= 12; reload++) {
            configure(reload % 2 == 1 ? OTHER_RULE : "");
            box.signal("HUP");
            String about = "reload " + reload;
            if (reload % 6 == 5) {
                String[] other = {DIRECT.get(reload % 2), "443", "www.other.test"};
                Awaitility.await(about)
                        .untilAsserted(() ->
                                assertThat(ask("client", other)).containsExactly("none: PortUnreachableException"));
            }
            Thread.sleep(200);
        }
        for (Watchers.Watcher watcher : watchers.all()) {
            watcher.goesOn();
            watcher.neverNoticed();
        }
        nothingLeaked();
    }

    @Test
    void after_kill_9_nothing_passes_by_and_the_next_start_needs_no_hand() throws Exception {
        forward(1);
        watchAll();
        box.process().destroyForcibly().waitFor();
        int before = packets("datagrams");
        assertThat(ask("client", DIRECT.get(0), "443", "www.plain.test", TUNNELLED.get(1), "443", "www.plain.test"))
                .allMatch(answer -> answer.startsWith("none: "));
        assertThat(packets("datagrams")).isEqualTo(before);
        gatewayUp();
        assertThat(packets("datagrams")).isEqualTo(before);
        startBox();
        for (Watchers.Watcher watcher : watchers.http3()) {
            watcher.goesOn();
        }
        for (Map.Entry<String, String> host : SOURCES.entrySet()) {
            List<String> stream = List.of(python, peer.toString(), "tcp", host.getKey(), "8080", "anew");
            assertThat(village.run("client", stream).out()).isEqualTo("seen " + host.getValue() + " said anew\n");
        }
        nothingLeaked();
    }
}
