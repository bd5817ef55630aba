package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

/** Rules by device, and names of devices, with a client on a link of its own: real hardware addresses, IPv4 and IPv6. */
@Tag("program")
@Timeout(120)
class DevicesTest {
    private static final String TV = "02:00:00:00:77:0a";
    private static final String RADIO = "02:00:00:00:77:0b";
    private static final List<String> BOX = List.of("192.168.77.1", "[fd77::1]");

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Village village;
    private static AutoCloseable origin;
    private static String curl;
    private static String ip;
    private Fenliu box;

    @BeforeAll
    static void start() throws Exception {
        village = Village.build();
        curl = Programs.require("curl");
        ip = Programs.require("ip");
        run("box", "addr", "add", "fd77::1/64", "dev", "lan", "nodad");
        String python = Programs.require("python3");
        Path peer = shared.resolve("peer.py");
        Files.write(
                peer, DevicesTest.class.getResourceAsStream("/gateway/peer.py").readAllBytes());
        Path log = shared.resolve("origin.log");
        origin = Programs.serve(
                log,
                village.command("origin", python, peer.toString(), "origin", "8080", "198.51.100.2", "2001:db8:100::2")
                        .toArray(String[]::new));
        Awaitility.await().until(() -> Files.readString(log).contains("ready"));
    }

    @AfterAll
    static void stop() throws Exception {
        origin.close();
        village.close();
    }

    @AfterEach
    void close() throws Exception {
        box.close();
    }

    private void boxWith(String rule, String more) throws Exception {
        Path config = folder.resolve("box.yaml");
        Fenliu.write(config, """
                listeners:
                  - {type: mixed, name: lan, listen: "[::]:7890", lan: trusted}
                  - {type: dns, name: names, listen: "[::]:5353", lan: trusted}
                rules:
                  - {%s, to: block}
                  - {to: direct}
                dns: {direct: ["udp://127.0.0.1:9"]}
                log: {flows: on}
                %s
                """.formatted(rule, more));
        box = Fenliu.launch(folder, "box", village.command("box", Fenliu.command("run", "-c", config.toString())));
    }

    /** The client's card is another from now on. */
    private static void become(String mac) throws Exception {
        run("client", "link", "set", "box", "down");
        run("client", "link", "set", "box", "address", mac);
        run("client", "link", "set", "box", "up");
        run("client", "addr", "replace", "fd77::2/64", "dev", "box", "nodad");
        run("box", "neigh", "flush", "dev", "lan");
    }

    private static void run(String machine, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(ip));
        command.addAll(List.of(words));
        assertThat(village.run(machine, command).code()).as("%s", command).isZero();
    }

    /** What the client's requests by each family come to. */
    private static List<String> statuses(String machine, List<String> proxies) throws Exception {
        List<String> statuses = new ArrayList<>();
        for (String proxy : proxies) {
            statuses.add(village.run(
                            machine,
                            List.of(
                                    curl,
                                    "-s",
                                    "-m",
                                    "5",
                                    "--noproxy",
                                    "",
                                    "-o",
                                    "/dev/null",
                                    "-p",
                                    "-x",
                                    "http://" + proxy + ":7890",
                                    "-w",
                                    "%{http_connect}",
                                    "http://198.51.100.2:8080/"))
                    .out());
        }
        return statuses;
    }

    private Programs.Result explain(String source) throws Exception {
        return village.run(
                "box",
                Fenliu.command(
                        "explain",
                        "-c",
                        folder.resolve("box.yaml").toString(),
                        "--json",
                        "--source",
                        source,
                        "198.51.100.2:8080"));
    }

    @Test
    void status_lists_devices_with_their_names() throws Exception {
        become(TV);
        Path leases = folder.resolve("leases");
        Files.writeString(leases, "0 " + TV + " 192.168.77.2 tv *\n");
        boxWith("port: 1", "dhcp-leases: " + leases + "\napi: {listen: \"127.0.0.1:9090\"}");
        statuses("client", BOX);
        List<String> command = new ArrayList<>(List.of("env", "XDG_STATE_HOME=" + folder.resolve("state")));
        command.addAll(Fenliu.command("status", "-c", folder.resolve("box.yaml").toString()));
        awaitDevice(command, "tv");
        Path config = folder.resolve("box.yaml");
        Fenliu.write(config, Files.readString(config) + "\ndevices: {\"" + TV + "\": living room}\n");
        box.signal("HUP");
        awaitDevice(command, "living room");
    }

    private static void awaitDevice(List<String> command, String name) {
        Awaitility.await().untilAsserted(() -> {
            Programs.Result status = village.run("box", command);
            assertThat(status.out())
                    .as(status.err())
                    .containsPattern("device +" + name + ", " + TV + ", [0-9a-f.:, ]*192\\.168\\.77\\.2");
        });
    }

    @Test
    void a_rule_by_mac_address_holds_for_the_device_by_either_family_and_for_no_other() throws Exception {
        become(TV);
        boxWith("source-mac: \"" + TV.toUpperCase(java.util.Locale.ROOT) + "\"", "");
        assertThat(statuses("client", BOX)).containsExactly("403", "403");
        assertThat(explain("192.168.77.2").out()).contains("\"target\":\"block\"");
        assertThat(explain("fd77::2").out()).contains("\"target\":\"block\"");
        assertThat(statuses("box", List.of("127.0.0.1", "192.168.77.1", "[fd77::1]")))
                .containsOnly("200");
        become(RADIO);
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(statuses("client", BOX)).containsExactly("200", "200"));
        assertThat(explain("192.168.77.2").out()).contains("\"target\":\"direct\"");
    }

    @Test
    void a_rule_by_name_holds_for_all_addresses_of_the_device_and_follows_the_leases() throws Exception {
        become(TV);
        Path leases = folder.resolve("leases");
        Files.writeString(leases, "0 " + TV + " 192.168.77.2 tv *\n");
        boxWith("source-hostname: tv", "dhcp-leases: " + leases);
        assertThat(statuses("client", BOX)).containsExactly("403", "403");
        assertThat(explain("fd77::2").out()).contains("\"target\":\"block\"");
        Files.writeString(leases, """
                0 %s 192.168.77.3 tv *
                0 %s 192.168.77.2 radio *
                """.formatted(RADIO, TV));
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(statuses("client", BOX)).containsExactly("200", "200"));
        assertThat(explain("192.168.77.2").out()).contains("\"target\":\"direct\"");
    }

    @Test
    void a_device_that_knows_of_no_proxy_is_known_by_its_hardware_address_too() throws Exception {
        become(TV);
        for (String way : List.of("192.168.77.1", "2001:db8:77::1")) {
            run("client", "addr", "replace", "2001:db8:77::2/64", "dev", "box", "nodad");
            run("client", "route", "replace", "default", "via", way);
        }
        Path config = folder.resolve("box.yaml");
        Fenliu.write(config, """
                listeners: [{type: tproxy, name: all, listen: "[::]:7893", lan: trusted}]
                rules:
                  - {source-mac: "%s", to: block}
                  - {source-mac: "%s", port: 8080, to: direct}
                  - {to: block}
                dns: {direct: ["udp://127.0.0.1:9"]}
                log: {flows: on}
                """.formatted(RADIO, TV));
        List<String> up = Fenliu.command("gateway", "up", "-c", config.toString());
        assertThat(village.run("box", up).code()).isZero();
        try {
            box = Fenliu.launch(folder, "box", village.command("box", Fenliu.command("run", "-c", config.toString())));
            for (String host : List.of("198.51.100.2", "2001:db8:100::2")) {
                for (String kind : List.of("tcp", "udp")) {
                    String said = kind + " from " + host;
                    assertThat(ask(kind, host, said)).as(said).contains(said);
                }
            }
        } finally {
            village.run("box", Fenliu.command("gateway", "down"));
        }
    }

    private static String ask(String kind, String host, String text) throws Exception {
        List<String> command =
                List.of(Programs.require("python3"), shared.resolve("peer.py").toString(), kind, host, "8080", text);
        return village.run("client", command).out();
    }

    @Test
    void the_names_of_leases_are_answered_to_clients_of_the_dns_listener() throws Exception {
        String dig = Programs.require("dig");
        Path leases = folder.resolve("leases");
        Files.writeString(leases, """
                lease 192.168.77.2 { binding state active; ends never; hardware ethernet %s; client-hostname "TV"; }
                lease 192.168.77.9 { binding state active; ends never; hardware ethernet %s; client-hostname "wpad"; }
                """.formatted(TV, RADIO));
        boxWith("port: 1", "dhcp-leases: " + leases);
        List<String> all = new ArrayList<>();
        for (String question : List.of("tv A", "TV.lan A", "tv.lan AAAA", "wpad A", "wpad.lan A", "-x 192.168.77.2")) {
            List<String> command =
                    new ArrayList<>(List.of(dig, "+short", "+tries=1", "+time=5", "-p", "5353", "@fd77::1"));
            command.addAll(List.of(question.split(" ", -1)));
            all.add(village.run("client", command).out().strip());
        }
        assertThat(all).containsExactly("192.168.77.2", "192.168.77.2", "", "", "", "tv.lan.");
    }
}
