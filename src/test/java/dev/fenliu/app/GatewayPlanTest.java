package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.config.Problems;
import dev.fenliu.config.Type;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.ConfigReader;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.net.TestCertificates;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GatewayPlanTest {
    private static Optional<ListenerSettings> listener(String type, String listen) {
        return listen == null
                ? Optional.empty()
                : Optional.of(new ListenerSettings(
                        type, type, Type.LISTEN.read(node(listen), "listen", new Problems()), Map.of(), true));
    }

    private static dev.fenliu.config.ConfigNode node(String text) {
        return dev.fenliu.config.YamlReader.read("t", java.nio.file.Path.of(""), "'" + text + "'", new Problems());
    }

    @ParameterizedTest
    @CsvSource({
        "tproxy, [::]:7893, , ",
        "tproxy-ipv4, 0.0.0.0:7893, , ",
        "redirect, , [::]:7892, ",
        "redirect-ipv4, , 0.0.0.0:7892, ",
        "both, [::]:7893, [::]:7892, ",
        "dns, [::]:7893, , 127.0.0.1:5335",
        "dns-redirect, , [::]:7892, [::]:53",
        "dns-address, , 0.0.0.0:7892, 192.168.77.1:53",
        "dns-both, [::]:7893, [::]:7892, [::]:53",
    })
    void the_kernel_is_told_what_stands_in_the_file(String file, String tproxy, String redirect, String dns)
            throws Exception {
        Optional<ListenerSettings> udp = listener("tproxy", tproxy);
        GatewayPlan plan = new GatewayPlan(
                listener("redirect", redirect).or(() -> udp), udp, listener("dns", dns), true, true, List.of());
        String routes = plan.addRoutes().stream()
                .map(command -> "# ip " + String.join(" ", command) + "\n")
                .collect(Collectors.joining());
        byte[] expected =
                getClass().getResourceAsStream("/gateway/" + file + ".nft").readAllBytes();
        assertThat(routes + plan.table()).isEqualTo(new String(expected, StandardCharsets.UTF_8));
    }

    private static GatewayPlan plan(String listeners) throws Stop {
        return plan(listeners, "['udp://192.0.2.1']");
    }

    private static GatewayPlan plan(String listeners, String direct) throws Stop {
        Problems problems = new Problems();
        String text = "{listeners: [" + listeners + "], dns: {direct: " + direct + "}}";
        Config config = ConfigReader.read("t", Optional.empty(), text, Catalog.PROTOCOLS, problems);
        assertThat(problems.all()).isEmpty();
        return GatewayPlan.of(config, true, true);
    }

    private static final String IDENTITY = ", certificate: '" + TestCertificates.path("server.pem")
            + "', private-key: '" + TestCertificates.path("server.key") + "'}";
    private static final String REDIRECT = "{type: redirect, listen: '[::]:7892', lan: trusted}";
    private static final String TPROXY = "{type: tproxy, listen: '[::]:7893', lan: trusted}";

    @Test
    void the_listeners_come_from_the_config() throws Exception {
        assertThat(plan(TPROXY).tcp()).isEqualTo(plan(TPROXY).udp()).isPresent();
        assertThat(plan(REDIRECT).udp()).isEmpty();
        GatewayPlan both = plan(TPROXY + ", " + REDIRECT);
        assertThat(List.of(both.tcp().get().type(), both.udp().get().type())).containsExactly("redirect", "tproxy");
    }

    @Test
    void a_config_without_such_a_listener_or_without_its_port_is_refused() {
        assertThatThrownBy(() -> plan("{type: mixed, listen: '127.0.0.1:7890'}"))
                .hasMessageContaining("no listener of type tproxy or redirect");
        assertThatThrownBy(() -> plan("{type: tproxy, listen: '[::]:0', lan: trusted}"))
                .hasMessageContaining("needs a port other than 0");
    }

    @Test
    void where_IPv6_is_switched_off_it_stays_closed() throws Exception {
        Optional<ListenerSettings> tproxy = listener("tproxy", "[::]:7893");
        GatewayPlan plan = new GatewayPlan(tproxy, tproxy, Optional.empty(), true, false, List.of());
        assertThat(plan.addRoutes()).allMatch(command -> command.get(0).equals("-4"));
        assertThat(plan.table()).doesNotContain("ip6 to").contains("meta nfproto ipv6 meta l4proto tcp reject");
    }

    @Test
    void what_is_sent_to_fake_addresses_comes_to_a_listener_or_nowhere() throws Exception {
        String fake = "['udp://192.0.2.1'], fake-ip: {ipv4: 10.64.0.0/16, ipv6: 'fc00::/18'}";
        for (String listener : List.of(TPROXY, REDIRECT)) {
            String table = plan(listener + ", {type: dns, listen: '127.0.0.1:5335'}", fake)
                    .table();
            int four = table.indexOf("ip daddr 10.64.0.0/16 return");
            int six = table.indexOf("ip6 daddr fc00::/18 return");
            assertThat(four).isPositive().isLessThan(table.indexOf("10.0.0.0/8"));
            assertThat(six).isPositive().isLessThan(table.indexOf("fc00::/7"));
            for (String hook : List.of("forward", "output")) {
                assertThat(table.substring(table.indexOf("chain " + hook + "-filter")))
                        .contains("ip daddr 10.64.0.0/16 reject", "ip6 daddr fc00::/18 reject");
            }
        }
    }

    private static List<String> hints(String dns) throws Exception {
        return plan(TPROXY + dns).hints();
    }

    @Test
    void dnsmasq_is_told_of_by_the_way() throws Exception {
        assertThat(hints(", {type: dns, listen: '127.0.0.1:5335'}"))
                .contains("  server=127.0.0.1#5335", "  dhcp-option=option:router,0.0.0.0");
        assertThat(hints(", {type: dns, listen: '192.168.1.1:5335', lan: trusted}"))
                .contains("  server=192.168.1.1#5335");
        assertThat(hints(", {type: dns, listen: '[::]:53', lan: trusted}"))
                .contains("  port=0")
                .noneMatch(line -> line.contains("server="));
    }

    @Test
    void queries_that_are_not_answered_are_told_of() throws Exception {
        String tls = "{type: dns, listen: '[::]:853', lan: trusted" + IDENTITY;
        String here = "{type: dns, listen: '127.0.0.1:5335'}";
        String network = "{type: dns, listen: '[::]:53', lan: trusted}";
        for (String listeners : List.of(TPROXY, TPROXY + ", " + tls, REDIRECT + ", " + here)) {
            assertThat(plan(listeners).hints()).singleElement().asString().contains("show the names that rules tunnel");
        }
        for (String listeners : List.of(TPROXY + ", " + tls + ", " + here, REDIRECT + ", " + here + ", " + network)) {
            assertThat(plan(listeners).hints()).noneMatch(line -> line.contains("show the names"));
            assertThat(plan(listeners).dns().get().listen().getPort()).isNotEqualTo(853);
        }
    }

    @Test
    void a_resolver_of_this_machine_that_is_asked_for_everything_is_not_answered_by_who_asks_it() throws Exception {
        String lan = ", {type: dns, listen: '[::]:53', lan: trusted}";
        GatewayPlan plan = plan(TPROXY + lan, "[system]");
        assertThat(plan.ownQueries()).isFalse();
        assertThat(plan.table()).containsOnlyOnce("th dport 53 accept");
        assertThat(plan(TPROXY + lan, "[system, 'udp://192.0.2.1']").ownQueries())
                .isTrue();
    }

    @Test
    void what_is_added_is_removed() {
        assertThat(GatewayPlan.removeRoutes())
                .contains(
                        List.of("-6", "rule", "del", "pref", "7890", "fwmark", "0x666e0002", "lookup", "26222"),
                        List.of("-4", "route", "flush", "table", "26222"));
        assertThat(GatewayPlan.removeTable()).isEqualTo("table inet fenliu\ndelete table inet fenliu\n");
    }
}
