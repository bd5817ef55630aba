package dev.fenliu.e2e;

import static dev.fenliu.e2e.Village.BLOCKED;
import static dev.fenliu.e2e.Village.DIRECT;
import static org.assertj.core.api.Assertions.assertThat;

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

/** Clients beyond a gateway whose datagrams are refused, and what their system tells them of it. */
@Tag("program")
@Timeout(120)
class GatewayRefusalsTest {
    @TempDir
    Path folder;

    private final List<AutoCloseable> running = new ArrayList<>();
    private Village village;
    private String python;
    private Path peer;
    private Path config;

    @BeforeEach
    void start() throws Exception {
        python = Programs.require("python3");
        village = Village.build();
        running.add(village);
        peer = folder.resolve("peer.py");
        Files.write(peer, getClass().getResourceAsStream("/gateway/peer.py").readAllBytes());
        List<String> origin = new ArrayList<>(List.of(python, peer.toString(), "origin", "8080"));
        origin.addAll(DIRECT);
        origin.addAll(BLOCKED);
        Path log = folder.resolve("origin.log");
        running.add(0, Programs.serve(log, village.command("origin", origin).toArray(String[]::new)));
        config = folder.resolve("box.yaml");
        Fenliu.write(config, """
                listeners: [{type: tproxy, listen: "[::]:7893", lan: trusted}]
                outbounds: {streams: {type: http, server: "203.0.113.1:3128"}}
                rules:
                  - {port: 8443, to: streams}
                  - {ip-cidr: [198.51.100.4, "2001:db8:100::4"], to: block}
                  - {to: direct}
                dns: {direct: ["udp://127.0.0.1:9"]}
                """);
        List<String> up = Fenliu.command("gateway", "up", "-c", config.toString());
        assertThat(village.run("box", up).code()).isZero();
        Awaitility.await().until(() -> Files.readString(log).contains("ready"));
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable one : running) {
            one.close();
        }
    }

    private Fenliu launch(String... before) throws Exception {
        List<String> command = new ArrayList<>(List.of(before));
        command.addAll(Fenliu.command("run", "-c", config.toString()));
        Fenliu box = Fenliu.launch(folder, "box", village.command("box", command));
        running.add(0, box);
        return box;
    }

    /** What becomes of a datagram from a connected socket. */
    private String send(String machine, String host, String port) throws Exception {
        return village.run(machine, List.of(python, peer.toString(), "connected", host, port, "hello"))
                .out();
    }

    @Test
    void what_a_rule_a_guard_or_a_tunnel_refuses_is_refused_at_once() throws Exception {
        launch();
        for (String machine : List.of("client", "box")) {
            for (int family = 0; family < 2; family++) {
                assertThat(send(machine, BLOCKED.get(family), "8080")).startsWith("ConnectionRefusedError");
                assertThat(send(machine, DIRECT.get(family), "25")).startsWith("ConnectionRefusedError");
                assertThat(send(machine, DIRECT.get(family), "8443")).startsWith("ConnectionRefusedError");
                assertThat(send(machine, DIRECT.get(family), "8080")).startsWith("seen ");
            }
        }
    }

    @Test
    void without_the_privilege_to_say_so_it_is_dropped() throws Exception {
        Fenliu box = launch(Programs.require("setpriv"), "--bounding-set=-net_raw", "--inh-caps=-net_raw");
        for (String host : BLOCKED) {
            assertThat(send("client", host, "8080")).contains("timed out");
        }
        assertThat(box.text()).containsOnlyOnce("CAP_NET_RAW");
    }
}
