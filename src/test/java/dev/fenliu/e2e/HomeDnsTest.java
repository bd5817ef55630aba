package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The DNS listener of a home: clients in its network, a resolver on the line, and strangers beyond. */
@Tag("program")
@Timeout(120)
class HomeDnsTest {
    private static final String LAN4 = "192.168.77.1";
    private static final String LAN6 = "2001:db8:77::1";
    private static final String CONFIG = """
            listeners:
              - {type: dns, name: names, listen: "[::]:53", lan: trusted}
            rules: [{domain-suffix: %s, to: block}, {to: direct}]
            dns:
              direct: ["udp://198.51.100.2:53"]
              private-names: [mine.test]
              cache: {persist: no}
            """;

    @TempDir
    static Path folder;

    private static final List<AutoCloseable> running = new ArrayList<>();
    private static Village village;
    private static Fenliu box;

    @BeforeAll
    static void start() throws Exception {
        village = Village.build();
        running.add(village);
        Programs.require("dig");
        Programs.require("dnsperf");
        Path unbound = folder.resolve("unbound.conf");
        Files.writeString(unbound, """
                server:
                  interface: 198.51.100.2
                  access-control: 0.0.0.0/0 allow
                  username: ""
                  chroot: ""
                  pidfile: ""
                  use-syslog: no
                  directory: "%s"
                  local-zone: "test." static
                  local-data: "www.test. 300 A 198.51.100.9"
                  local-data: "router.attack.test. 300 A 192.168.77.1"
                  local-data: "nas.mine.test. 300 A 192.168.77.5"
                """.formatted(folder));
        running.add(
                0,
                Programs.serve(
                        folder.resolve("unbound.log"),
                        village.command("origin", Programs.require("unbound"), "-d", "-c", unbound.toString())
                                .toArray(String[]::new)));
        Path config = folder.resolve("box.yaml");
        Fenliu.write(config, CONFIG.formatted("ads.test"));
        box = Fenliu.launch(folder, "box", village.command("box", Fenliu.command("run", "-c", config.toString())));
        running.add(0, box);
        Awaitility.await().until(() -> dig("client", LAN4, "www.test", "A").contains("198.51.100.9"));
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable one : running) {
            one.close();
        }
    }

    private static String dig(String machine, String server, String... question) throws Exception {
        List<String> command = new ArrayList<>(List.of("dig", "@" + server, "+tries=1", "+time=3"));
        command.addAll(List.of(question));
        return village.run(machine, command).out();
    }

    @ParameterizedTest
    @ValueSource(strings = {LAN4, LAN6, "fe80::1%box"})
    void clients_at_home_are_served_over_both_families(String server) throws Exception {
        if (server.startsWith("fe80")) {
            village.run("box", List.of("ip", "addr", "add", "fe80::1/64", "dev", "lan", "nodad"));
        }
        assertThat(dig("client", server, "www.test", "A")).contains("198.51.100.9");
        assertThat(dig("client", server, "+tcp", "www.test", "A")).contains("198.51.100.9");
    }

    @Test
    void strangers_get_no_answer() throws Exception {
        for (String server : List.of("198.51.100.1", "2001:db8:100::1")) {
            assertThat(dig("origin", server, "www.test", "A")).contains("no servers could be reached");
            assertThat(dig("origin", server, "+tcp", "www.test", "A")).doesNotContain("198.51.100.9");
        }
    }

    @Test
    void a_public_name_gets_no_private_address_unless_it_is_excepted() throws Exception {
        assertThat(dig("client", LAN4, "router.attack.test", "A"))
                .contains("ANSWER: 0")
                .contains("EDE: 17 (Filtered)")
                .doesNotContain("192.168.77.1\n");
        assertThat(dig("client", LAN4, "nas.mine.test", "A")).contains("192.168.77.5");
    }

    @Test
    void a_device_that_has_gone_mad_leaves_room_for_others() throws Exception {
        Path queries = Files.writeString(folder.resolve("queries"), "www.test A\n");
        String said = village.run(
                        "client",
                        List.of("dnsperf", "-s", LAN4, "-d", queries.toString(), "-l", "2", "-Q", "2000", "-t", "1"))
                .out();
        long answered = Long.parseLong(said.replaceAll("(?s).*Queries completed: +(\\d+).*", "$1"));
        assertThat(answered).as(said).isBetween(500L, 1200L);
        assertThat(dig("client", LAN6, "www.test", "A")).contains("198.51.100.9");
    }

    @Test
    void a_reload_loses_no_query() throws Exception {
        Path config = folder.resolve("box.yaml");
        Path queries = Files.writeString(folder.resolve("slow"), "www.test A\n");
        try (AutoCloseable asking = Programs.serve(
                folder.resolve("dnsperf.log"),
                village.command("client", "dnsperf", "-s", LAN6, "-d", queries.toString(), "-l", "4", "-Q", "50")
                        .toArray(String[]::new))) {
            for (int reload = 0; reload < 10; reload++) {
                Fenliu.write(config, CONFIG.formatted("ads" + reload + ".test"));
                box.signal("HUP");
                box.awaitText("generation " + (reload + 2) + " is in force");
            }
            Awaitility.await()
                    .until(() -> Files.readString(folder.resolve("dnsperf.log")).contains("Queries completed"));
        }
        assertThat(Files.readString(folder.resolve("dnsperf.log"))).containsPattern("Queries lost: +0 ");
        assertThat(dig("client", LAN4, "x.ads9.test", "A")).contains("NXDOMAIN").contains("EDE: 15 (Blocked)");
    }
}
