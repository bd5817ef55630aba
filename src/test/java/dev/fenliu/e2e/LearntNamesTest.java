package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway knows which name an address stands for by what it has answered: its clients speak protocols that tell no name,
 * or tell another one. The origin tells the road by the address that it sees.
 */
@Tag("program")
@Timeout(120)
class LearntNamesTest {
    private static final List<String> ORIGIN = List.of("198.51.100.2", "2001:db8:100::2");
    private static final List<String> PLAINLY = List.of("seen 198.51.100.1", "seen 2001:db8:100::1");
    private static final List<String> TUNNELLED = List.of("seen 203.0.113.1", "seen 2001:db8:113::1");
    private static final String PORT = "2222";

    @TempDir
    static Path shared;

    private static final List<AutoCloseable> running = new ArrayList<>();
    private static Village village;
    private static Fenliu server;
    private static Path peer;

    @TempDir
    Path folder;

    private Fenliu box;
    private String type = "tproxy";

    @BeforeAll
    static void start() throws Exception {
        village = Village.build();
        running.add(village);
        Programs.require("dig");
        peer = shared.resolve("learnt.py");
        Files.write(
                peer,
                LearntNamesTest.class.getResourceAsStream("/gateway/learnt.py").readAllBytes());
        Path log = shared.resolve("origin.log");
        List<String> origin = new ArrayList<>(List.of(Programs.require("python3"), peer.toString(), "origin", PORT));
        origin.addAll(ORIGIN);
        running.add(0, Programs.serve(log, village.command("origin", origin).toArray(String[]::new)));
        Fenliu.write(shared.resolve("server.yaml"), """
                listeners: [{type: shadowsocks, listen: "203.0.113.1:8388", method: aes-128-gcm, password: s3cret}]
                rules: [{to: direct}]
                log: {flows: on}
                dns:
                  direct: ["udp://127.0.0.1:9"]
                  hosts: {four.tunnelled.test: 198.51.100.2, six.tunnelled.test: "2001:db8:100::2"}
                """);
        String config = shared.resolve("server.yaml").toString();
        server = Fenliu.launch(shared, "server", village.command("server", Fenliu.command("run", "-c", config)));
        running.add(0, server);
        Awaitility.await().until(() -> Files.readString(log).contains("ready"));
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable one : running) {
            one.close();
        }
    }

    @AfterEach
    void close() throws Exception {
        if (box != null) {
            box.close();
        }
        village.run("box", Fenliu.command("gateway", "down"));
    }

    private void boxWith(String dns) throws Exception {
        write(dns);
        String config = folder.resolve("box.yaml").toString();
        assertThat(village.run("box", Fenliu.command("gateway", "up", "-c", config))
                        .code())
                .isZero();
        launch();
    }

    private void launch() throws Exception {
        String config = folder.resolve("box.yaml").toString();
        box = Fenliu.launch(folder, "box", village.command("box", Fenliu.command("run", "-c", config)));
    }

    private void write(String dns) throws Exception {
        Fenliu.write(folder.resolve("box.yaml"), """
                listeners:
                  - {type: TYPE, listen: "[::]:7893", lan: trusted}
                  - {type: dns, listen: "[::]:5335", lan: trusted}
                outbounds:
                  vps: {type: shadowsocks, server: "203.0.113.1:8388", method: aes-128-gcm, password: s3cret}
                rules:
                  - {domain-suffix: tunnelled.test, to: vps}
                  - {to: direct}
                log: {flows: on}
                dns:
                  direct: ["udp://127.0.0.1:9"]
                """.replace("TYPE", type) + dns.indent(2));
    }

    /** What the client is told when it asks a resolver far away, as devices do that were told to use one. */
    private static List<String> addresses(String name, String type) throws Exception {
        return village.run("client", List.of("dig", "+short", "+tries=1", "@192.0.2.53", name, type))
                .out()
                .lines()
                .toList();
    }

    private static String ask(String kind, String host, String text) throws Exception {
        return village.run("client", List.of("python3", peer.toString(), kind, host, PORT, text))
                .out()
                .strip();
    }

    @Test
    void a_name_that_the_client_was_told_an_address_for_decides_when_nothing_else_tells_one() throws Exception {
        boxWith("""
                hosts:
                  four.tunnelled.test: 198.51.100.2
                  six.tunnelled.test: "2001:db8:100::2"
                """);
        for (int family = 0; family < 2; family++) {
            String host = ORIGIN.get(family);
            assertThat(ask("greet", host, "")).isEqualTo(PLAINLY.get(family));
            String name = family == 0 ? "four.tunnelled.test" : "six.tunnelled.test";
            assertThat(addresses(name, family == 0 ? "A" : "AAAA")).containsExactly(host);
            assertThat(ask("greet", host, "")).isEqualTo(TUNNELLED.get(family));
            assertThat(ask("udp", host, "hello"))
                    .isEqualTo(TUNNELLED.get(family) + " said hello from " + host + " port " + PORT);
        }
        box.awaitText("host=198.51.100.2:2222 name=four.tunnelled.test rule=");
    }

    @Test
    void a_name_that_a_client_claims_does_not_take_an_address_off_the_tunnel() throws Exception {
        boxWith("""
                hosts: {four.tunnelled.test: 198.51.100.2, www.plain.test: 198.51.100.2}
                """);
        String claim = "printf 'GET / HTTP/1.1\\r\\nHost: www.plain.test\\r\\n\\r\\n' | timeout 5 python3 -c '"
                + "import socket,sys; s=socket.create_connection((\"198.51.100.2\",2222),5);"
                + " s.sendall(sys.stdin.buffer.read()); print(s.recv(99).decode().strip())'";
        List<String> liar = List.of("sh", "-c", claim);
        assertThat(addresses("four.tunnelled.test", "A")).isNotEmpty();
        assertThat(village.run("client", liar).out().strip()).isEqualTo(TUNNELLED.get(0));
        assertThat(addresses("www.plain.test", "A")).isNotEmpty();
        assertThat(village.run("client", liar).out().strip())
                .as("it is no lie any more")
                .isEqualTo(PLAINLY.get(0));
    }

    /** The fake addresses of a name, IPv4 first. */
    private static List<String> fakes(String name) throws Exception {
        List<String> both = new ArrayList<>(addresses(name, "A"));
        both.addAll(addresses(name, "AAAA"));
        assertThat(both).hasSize(2);
        assertThat(both.get(0)).matches("198\\.1[89]\\..*");
        assertThat(both.get(1)).startsWith("fc00::");
        return both;
    }

    @Test
    void the_gateway_itself_goes_to_fake_addresses_as_its_clients_do() throws Exception {
        boxWith("fake-ip: yes\n");
        for (String type : List.of("A", "AAAA")) {
            List<String> asking =
                    List.of("dig", "+short", "+tries=1", "@127.0.0.1", "-p", "5335", "four.tunnelled.test", type);
            String fake = village.run("box", asking).out().strip();
            List<String> greeting = List.of("python3", peer.toString(), "greet", fake, PORT);
            assertThat(village.run("box", greeting).out().strip()).isEqualTo(TUNNELLED.get(0));
            List<String> datagram = List.of("python3", peer.toString(), "udp", fake, PORT, "hello");
            assertThat(village.run("box", datagram).out().strip())
                    .isEqualTo(TUNNELLED.get(0) + " said hello from " + fake + " port " + PORT);
        }
    }

    @Test
    void where_only_streams_are_taken_datagrams_to_fake_addresses_are_refused() throws Exception {
        type = "redirect";
        boxWith("fake-ip: yes\n");
        village.run("box", List.of("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"));
        for (String fake : fakes("four.tunnelled.test")) {
            assertThat(ask("greet", fake, "")).isEqualTo(TUNNELLED.get(0));
        }
        assertThat(ask("udp", fakes("four.tunnelled.test").get(0), "leak")).startsWith("ConnectionRefusedError");
        village.run("box", List.of("sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward"));
    }

    private static void leadsThroughTheTunnel(String fake) throws Exception {
        assertThat(ask("greet", fake, "")).isEqualTo(TUNNELLED.get(0));
        assertThat(ask("udp", fake, "hello"))
                .isEqualTo(TUNNELLED.get(0) + " said hello from " + fake + " port " + PORT);
    }

    private static void isRefused(String fake) throws Exception {
        assertThat(ask("greet", fake, "")).startsWith("ConnectionResetError");
        assertThat(ask("udp", fake, "leak")).matches("OSError timed out|ConnectionRefusedError.*");
    }

    @Test
    void a_fake_address_is_all_that_a_client_learns_of_a_tunnelled_name_and_the_tunnel_gets_the_name()
            throws Exception {
        boxWith("""
                hosts: {www.plain.test: 198.51.100.2}
                fake-ip: {except: real.tunnelled.test}
                """);
        List<String> fakes = fakes("four.tunnelled.test");
        for (String fake : fakes) {
            leadsThroughTheTunnel(fake);
            assertThat(village.run("client", List.of("dig", "+short", "@192.0.2.53", "-x", fake))
                            .out())
                    .isEqualTo("four.tunnelled.test.\n");
        }
        assertThat(fakes("four.tunnelled.test")).isEqualTo(fakes);
        assertThat(fakes("other.tunnelled.test")).doesNotContainAnyElementsOf(fakes);
        assertThat(village.run("client", List.of("dig", "+noall", "+answer", "@192.0.2.53", "four.tunnelled.test"))
                        .out()
                        .split("\\s+", -1)[1])
                .as("TTL")
                .isEqualTo("1");
        assertThat(addresses("www.plain.test", "A")).containsExactly(ORIGIN.get(0));
        assertThat(addresses("real.tunnelled.test", "A")).as("nobody to ask").doesNotContainSequence("198.18");
        server.awaitText("host=four.tunnelled.test:2222");
        box.awaitText("host=four.tunnelled.test:2222");
        isRefused("198.18.250.250");
        isRefused("fc00::1:2:3:4");
        box.awaitText("stands for no name any more");
    }

    @Test
    void fake_addresses_outlive_a_restart_and_a_crash_makes_none_another_name() throws Exception {
        boxWith("fake-ip: yes\n");
        List<String> before = fakes("four.tunnelled.test");
        box.close();
        launch();
        for (String fake : before) {
            leadsThroughTheTunnel(fake);
        }
        List<String> unsaved = fakes("sixth.tunnelled.test");
        box.process().destroyForcibly().waitFor();
        launch();
        assertThat(fakes("seventh.tunnelled.test")).doesNotContainAnyElementsOf(unsaved);
        leadsThroughTheTunnel(before.get(0));
    }

    @Test
    void fake_addresses_of_before_go_nowhere_when_they_are_switched_off() throws Exception {
        boxWith("fake-ip: yes\n");
        List<String> before = fakes("four.tunnelled.test");
        leadsThroughTheTunnel(before.get(0));
        write("hosts: {four.tunnelled.test: 198.51.100.2}\n");
        box.awaitText("generation 2 is in force");
        for (String fake : before) {
            isRefused(fake);
        }
        assertThat(addresses("four.tunnelled.test", "A")).containsExactly(ORIGIN.get(0));
        box.close();
        launch();
        isRefused(before.get(0));
    }
}
