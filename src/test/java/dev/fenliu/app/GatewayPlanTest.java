package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.config.Problems;
import dev.fenliu.config.Type;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.ConfigReader;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.route.list.Cidr;
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
        "dns, [::]:7893, , [::]:53",
        "dns-here, [::]:7893, , 127.0.0.1:5335",
    })
    void the_kernel_is_told_what_stands_in_the_file(String file, String tproxy, String redirect, String dns)
            throws Exception {
        Optional<ListenerSettings> udp = listener("tproxy", tproxy);
        GatewayPlan plan =
                new GatewayPlan(listener("redirect", redirect).or(() -> udp), udp, listener("dns", dns), true);
        String routes = plan.addRoutes().stream()
                .map(command -> "# ip " + String.join(" ", command) + "\n")
                .collect(Collectors.joining());
        byte[] expected =
                getClass().getResourceAsStream("/gateway/" + file + ".nft").readAllBytes();
        assertThat(routes + plan.table()).isEqualTo(new String(expected, StandardCharsets.UTF_8));
    }

    private static GatewayPlan plan(String listeners) throws Stop {
        Problems problems = new Problems();
        Config config =
                ConfigReader.read("t", Optional.empty(), "listeners: [" + listeners + "]", Catalog.PROTOCOLS, problems);
        assertThat(problems.all()).isEmpty();
        return GatewayPlan.of(config, true);
    }

    @Test
    void the_listeners_come_from_the_config() throws Exception {
        String tproxy = "{type: tproxy, listen: '[::]:7893', lan: trusted}";
        String redirect = "{type: redirect, listen: '[::]:7892', lan: trusted}";
        assertThat(plan(tproxy).tcp()).isEqualTo(plan(tproxy).udp()).isPresent();
        assertThat(plan(redirect).udp()).isEmpty();
        GatewayPlan both = plan(tproxy + ", " + redirect);
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
        GatewayPlan plan = new GatewayPlan(tproxy, tproxy, Optional.empty(), false);
        assertThat(plan.addRoutes()).allMatch(command -> command.get(0).equals("-4"));
        assertThat(plan.table()).doesNotContain("ip6 to").contains("meta nfproto ipv6 meta l4proto tcp reject");
    }

    @Test
    void what_is_sent_to_fake_addresses_comes_to_a_listener_or_nowhere() throws Exception {
        Optional<ListenerSettings> tproxy = listener("tproxy", "[::]:7893");
        List<Cidr> fakes = List.of(Cidr.parse("10.64.0.0/16"), Cidr.parse("fc00::/18"));
        String table = new GatewayPlan(tproxy, tproxy, Optional.empty(), true, fakes).table();
        int four = table.indexOf("ip daddr 10.64.0.0/16 return");
        int six = table.indexOf("ip6 daddr fc00::/18 return");
        assertThat(four).isPositive().isLessThan(table.indexOf("10.0.0.0/8"));
        assertThat(six).isPositive().isLessThan(table.indexOf("fc00::/7"));
        for (String hook : List.of("forward", "output")) {
            assertThat(table.substring(table.indexOf("chain " + hook + "-filter")))
                    .contains("ip daddr 10.64.0.0/16 reject", "ip6 daddr fc00::/18 reject");
        }
        Problems problems = new Problems();
        Config config = ConfigReader.read(
                "t",
                Optional.empty(),
                "listeners: [{type: redirect, listen: '[::]:7892', lan: trusted}]\ndns: {fake-ip: yes}\n",
                Catalog.PROTOCOLS,
                problems);
        assertThat(GatewayPlan.of(config, true).table()).contains("ip daddr 198.18.0.0/15 return");
    }

    @Test
    void dnsmasq_is_told_of_by_the_way() {
        Optional<ListenerSettings> tproxy = listener("tproxy", "[::]:7893");
        assertThat(new GatewayPlan(tproxy, tproxy, listener("dns", "127.0.0.1:5335"), true).hints())
                .contains("  server=127.0.0.1#5335");
        assertThat(new GatewayPlan(tproxy, tproxy, listener("dns", "[::]:53"), true).hints())
                .isEmpty();
        assertThat(new GatewayPlan(tproxy, tproxy, Optional.empty(), true).hints())
                .isEmpty();
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
