package dev.fenliu.leak;

import static dev.fenliu.leak.Home.GOOD;
import static dev.fenliu.leak.Home.TROJAN;
import static dev.fenliu.leak.Laboratory.RESOLVER;
import static dev.fenliu.leak.Laboratory.TUNNEL;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scenarios 23 to 32: how names come, and by which protocol. */
@Tag("program")
@Timeout(120)
class NamesTest {
    private static final String DOWN = TROJAN.formatted("203.0.113.1:9");

    @TempDir
    static Path folder;

    private static Laboratory laboratory;

    @BeforeAll
    static void build() throws Exception {
        laboratory = new Laboratory(folder);
        Files.copy(NamesTest.class.getResourceAsStream("/GeoIP2-Country-Test.mmdb"), folder.resolve("countries.mmdb"));
    }

    @AfterAll
    static void close() throws Exception {
        laboratory.close();
    }

    private static Scenario scenario(int number, Home home, String... entrances) {
        List<String> those = entrances.length == 0 ? Scenario.ALL : List.of(entrances);
        return new Scenario(laboratory, number, home, those).through(TUNNEL, "tcp 203.0.113.1:9");
    }

    private static Scenario scenario(int number, String... entrances) {
        return scenario(number, Home.with(GOOD), entrances);
    }

    @Test
    @DisplayName("23 names with a trailing dot, in upper case, in Unicode")
    void disguised_names() throws Exception {
        Scenario scenario = scenario(23, "upper-case", "socks-upper-case", "http-upper-case", "dns-upper-case");
        scenario.leaksNothing().cameThroughTheTunnel();
        scenario.wouldHaveBeenSeen();
        Scenario foreign = new Scenario(laboratory, Map.of("unicode", "xn--f1ad8b.test"), Home.with(GOOD));
        foreign.leaksNothing().cameThroughTheTunnel();
        foreign.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("24 an address is asked for, and the first bytes name the host")
    void names_of_addresses() throws Exception {
        Scenario scenario = scenario(
                24,
                "connect-address",
                "socks-address",
                "socks-address-http",
                "tproxy-tls",
                "tproxy-http",
                "tproxy-tls6");
        scenario.leaksNothing().cameThroughTheTunnel();
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("25 a request whose target and Host differ")
    void target_and_host() throws Exception {
        Scenario scenario = scenario(25, "http-host", "http-target", "connect-host", "http-second")
                .allowing(RESOLVER, "tcp 198.51.100.2:80", "tcp 2001:db8:100::2:80"); // of the name that goes direct
        scenario.leaksNothing();
        Map<String, String> names = scenario.names();
        scenario.wouldHaveBeenSeen(
                scenario.home().leaking(),
                () -> laboratory.ask(Map.of(
                        "http", names.get("http-host"), // two names in one request are refused, whatever the rules say
                        "socks-address-http", names.get("http-target"),
                        "connect-host", names.get("connect-host"),
                        "http-second", names.get("http-second"))));
    }

    @Test
    @DisplayName("26 the name in a hello is another than that of CONNECT")
    void other_name_in_hello() throws Exception {
        Scenario scenario = scenario(26, "connect-sni", "socks-sni", "socks-sni-odd-port", "datagram-sni")
                .allowing(
                        RESOLVER,
                        "udp 198.51.100.2:443",
                        "udp 2001:db8:100::2:443",
                        "tcp 198.51.100.2:443",
                        "tcp 2001:db8:100::2:443",
                        "tcp 198.51.100.2:8443",
                        "tcp 2001:db8:100::2:8443");
        scenario.leaksNothing().cameThroughTheTunnel();
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("27 a hello in records of one byte, and in two segments")
    void hello_in_pieces() throws Exception {
        Scenario scenario = scenario(
                27, "socks-records", "connect-halves", "tproxy-records", "tproxy-halves", "tproxy-http-halves");
        scenario.leaksNothing().cameThroughTheTunnel();
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("28 QUIC, through a tunnel that carries datagrams and one that does not")
    void quic() throws Exception {
        Scenario scenario = scenario(28, "datagram-quic", "tproxy-quic", "datagram-name");
        scenario.leaksNothing().cameThroughTheTunnel();
        Home streams = Home.with("{type: http, server: \"203.0.113.1:9\"}");
        scenario(28, streams, "datagram-quic", "tproxy-quic", "datagram-name")
                .leaksNothing()
                .areRefusals();
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("29 names that have IPv6 addresses alone, and both")
    void ipv6() throws Exception {
        Scenario scenario = scenario(29);
        StringBuilder answers = new StringBuilder();
        scenario.names().values().stream()
                .limit(9)
                .forEach(name -> answers.append(name).append(" A -\n"));
        laboratory.providerSays(answers.toString());
        scenario.leaksNothing().cameThroughTheTunnel();
        scenario(29, Home.with(DOWN)).leaksNothing().flows().areRefusals(); // answers are remembered
        scenario.wouldHaveBeenSeen();
        laboratory.providerSays("");
    }

    @Test
    @DisplayName("30 queries while the tunnel is down")
    void queries() throws Exception {
        Scenario scenario = scenario(30, Home.with(DOWN), "dns-udp", "dns-tcp", "dns-https", "dns-outside");
        scenario.leaksNothing().are("refused SERVFAIL");
        scenario.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("31 a name that goes direct is an alias of a tunnelled one")
    void alias() throws Exception {
        Scenario canary = scenario(31, Home.with(DOWN), "dns-udp", "socks-name");
        List<String> names = List.copyOf(canary.names().values());
        laboratory.providerSays(
                "bare.plain.test CNAME %s\nwhole.plain.test CNAME %2$s\nwhole.plain.test CHASED -\n%2$s A 198.51.100.2\n%2$s AAAA -\n"
                        .formatted(names.get(0), names.get(1)));
        Scenario scenario = new Scenario(
                laboratory,
                Map.of(
                        "dns-udp",
                        "bare.plain.test",
                        "dns-tcp",
                        "whole.plain.test",
                        "socks-name",
                        "whole.plain.test",
                        "connect",
                        "bare.plain.test"),
                Home.with(DOWN));
        scenario.allowing(RESOLVER, "tcp 198.51.100.2:443");
        assertThat(scenario.leaksNothing().lines()).contains("socks-name whole.plain.test seen 198.51.100.1");
        assertThat(laboratory.traffic().questions()).containsExactlyInAnyOrder("bare.plain.test.", "whole.plain.test.");
        laboratory.providerSays("");
        canary.wouldHaveBeenSeen();
    }

    @Test
    @DisplayName("32 rules about addresses stand above those about names")
    void rules_about_addresses() throws Exception {
        String first = """
                - {ip-cidr: 192.0.2.0/24, resolve: true, to: direct}
                - "GEOIP,CN,direct"
                - "IP-CIDR,192.0.2.0/24,block"
                - {all: [{country: SE, resolve: true}, {port: 443}], to: direct}
                """;
        for (String tunnel : List.of(GOOD, DOWN)) {
            Scenario scenario = scenario(32, Home.with(tunnel).first(first).more("geoip: {file: countries.mmdb}"));
            Answers answers = scenario.leaksNothing();
            if (tunnel.equals(GOOD)) {
                answers.cameThroughTheTunnel();
            } else {
                answers.flows().areRefusals(); // answers are remembered
                scenario.wouldHaveBeenSeen();
            }
        }
    }
}
