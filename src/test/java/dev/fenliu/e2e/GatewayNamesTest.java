package dev.fenliu.e2e;

import static dev.fenliu.e2e.Village.BLOCKED;
import static dev.fenliu.e2e.Village.BOX;
import static dev.fenliu.e2e.Village.DIRECT;
import static dev.fenliu.e2e.Village.SERVER;
import static dev.fenliu.e2e.Village.TUNNELLED;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The queries of a client that asks name servers of its own choice, beyond a gateway that has a dns listener: they are
 * answered by the rules, and seen from the side of the provider, as tcpdump does, names of the tunnel are in none.
 */
@Tag("program")
@Timeout(120)
class GatewayNamesTest {
    /** In the house by its address, but beyond the gateway, as the router of the provider often is. */
    private static final String ROUTER = "10.99.0.1";

    @TempDir
    Path folder;

    private final List<AutoCloseable> running = new ArrayList<>();
    private Village village;
    private Path log;
    private Path capture;

    @BeforeEach
    void start() throws Exception {
        String tcpdump = Programs.require("tcpdump");
        String python = Programs.require("python3");
        village = Village.build();
        running.add(village);
        Programs.output(village.command("origin", "ip", "addr", "add", ROUTER + "/32", "dev", "lo")
                .toArray(String[]::new));
        Path names = folder.resolve("names.py");
        Files.write(names, getClass().getResourceAsStream("/gateway/names.py").readAllBytes());
        List<String> origin = new ArrayList<>(List.of(python, names.toString(), ROUTER));
        List.of(DIRECT, TUNNELLED, BLOCKED).forEach(origin::addAll);
        log = folder.resolve("names.log");
        run(log, village.command("origin", origin));
        capture = folder.resolve("isp.pcap");
        Path listening = folder.resolve("tcpdump.log");
        List<String> dump =
                List.of(tcpdump, "-i", "box", "--immediate-mode", "-U", "-s", "0", "-w", capture.toString());
        run(listening, village.command("origin", dump));
        Awaitility.await()
                .until(() -> Files.readString(log).contains("ready")
                        && Files.readString(listening).contains("listening on"));
    }

    private void run(Path output, List<String> command) throws Exception {
        running.add(0, Programs.serve(output, command.toArray(String[]::new)));
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable one : running) {
            one.close();
        }
    }

    private void launch(String machine, String config) throws Exception {
        Path file = folder.resolve(machine + ".yaml");
        Fenliu.write(file, config);
        if (machine.equals("box")) {
            List<String> up = Fenliu.command("gateway", "up", "-c", file.toString());
            assertThat(village.run("box", up).code()).isZero();
        }
        List<String> command = Fenliu.command("run", "-c", file.toString());
        running.add(0, Fenliu.launch(folder, machine, village.command(machine, command)));
    }

    private String ask(String machine, String resolver, String name, String... more) throws Exception {
        List<String> dig = new ArrayList<>(
                List.of(Programs.require("dig"), "+short", "+tries=2", "+time=5", "@" + resolver, name, "A"));
        dig.addAll(List.of(more));
        return village.run(machine, dig).out().strip();
    }

    private boolean providerSaw(String label) throws Exception {
        return new String(Files.readAllBytes(capture), StandardCharsets.ISO_8859_1)
                .toLowerCase(java.util.Locale.ROOT)
                .contains((char) label.length() + label);
    }

    private void start(String listeners) throws Exception {
        launch("server", """
                listeners: [{type: shadowsocks, listen: "203.0.113.1:8388", method: aes-128-gcm, password: s3cret}]
                rules: [{to: direct}]
                """);
        launch("box", """
                listeners: [%s]
                outbounds:
                  vps: {type: shadowsocks, server: "203.0.113.1:8388", method: aes-128-gcm, password: s3cret}
                rules:
                  - {domain-suffix: tunnelled.test, to: vps}
                  - {domain-suffix: blocked.test, to: block}
                  - {to: direct}
                dns: {direct: ["udp://198.51.100.2"], tunnel: ["tcp://198.51.100.3"]}
                """.formatted(listeners));
    }

    /** The rules decide about a name of each kind. */
    private void answers(String machine, String resolver, String over) throws Exception {
        String label = machine + Math.floorMod((resolver + over).hashCode(), 1000);
        assertThat(ask(machine, resolver, label + ".tunnelled.test", over)).isEqualTo("192.0.2.77");
        assertThat(ask(machine, resolver, label + "p.plain.test", over)).isEqualTo("192.0.2.77");
        assertThat(ask(machine, resolver, label + ".blocked.test", over)).isEmpty();
        Awaitility.await("what goes direct is seen").until(() -> providerSaw(label + "p"));
        assertThat(providerSaw(label)).isFalse();
    }

    @AfterEach
    void eachNameWasAskedWhereItBelongs() throws Exception {
        assertThat(Files.readAllLines(log))
                .filteredOn(line -> line.startsWith("asked "))
                .isNotEmpty()
                .allMatch(line -> line.contains(".tunnelled.test from " + SERVER.get(0) + " at " + TUNNELLED.get(0))
                        || line.contains(".plain.test from " + BOX.get(0) + " at " + DIRECT.get(0)));
    }

    @Test
    void whatever_name_server_is_asked_the_rules_answer_and_no_name_of_the_tunnel_is_seen() throws Exception {
        start("{type: tproxy, listen: '[::]:7893', lan: trusted}, {type: dns, listen: '127.0.0.1:5335'}");
        for (String over : List.of("+notcp", "+tcp")) {
            for (String resolver : BLOCKED) {
                answers("client", resolver, over);
                answers("box", resolver, over);
            }
            answers("client", ROUTER, over);
        }
    }

    @Test
    void without_tproxy_queries_come_to_the_listener_for_them() throws Exception {
        start("{type: redirect, listen: '[::]:7892', lan: trusted}, {type: dns, listen: '[::]:5335', lan: trusted}");
        for (String resolver : List.of(BLOCKED.get(0), ROUTER)) {
            answers("client", resolver, "+notcp");
            answers("client", resolver, "+tcp");
        }
        answers("client", BLOCKED.get(1), "+tcp");
        answers("box", BLOCKED.get(1), "+tcp");
    }
}
