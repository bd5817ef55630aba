package dev.fenliu.route;

import static dev.fenliu.route.RuleFixtures.address;
import static dev.fenliu.route.RuleFixtures.flow;
import static dev.fenliu.route.RuleFixtures.question;
import static dev.fenliu.route.RuleFixtures.router;
import static dev.fenliu.route.RuleFixtures.rules;
import static dev.fenliu.route.RuleFixtures.sniffed;
import static dev.fenliu.route.RuleFixtures.target;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Device;
import dev.fenliu.model.Mac;
import dev.fenliu.model.Transport;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CompiledRouterTest {
    private static final String REST = "{to: direct}";

    @Test
    void the_first_matching_rule_decides() {
        CompiledRouter router = router(
                "{domain: api.example.org, to: vps}",
                "{domain-suffix: example.org, to: ai}",
                "{domain-keyword: exa, to: wg}",
                REST);
        assertThat(target(router, "api.example.org:443")).isEqualTo("vps");
        assertThat(target(router, "www.example.org:443")).isEqualTo("ai");
        assertThat(target(router, "example.org:443")).isEqualTo("ai");
        assertThat(target(router, "notexample.org:443")).isEqualTo("wg");
        assertThat(target(router, "other.test:443")).isEqualTo("direct");
    }

    @Test
    void a_scanned_rule_before_an_indexed_one_wins() {
        CompiledRouter router = router("{port: 8443, to: vps}", "{domain: a.example, to: ai}", REST);
        assertThat(target(router, "a.example:8443")).isEqualTo("vps");
        assertThat(target(router, "a.example:443")).isEqualTo("ai");
    }

    @Test
    void hosts_and_rules_meet_in_one_form() {
        CompiledRouter router = router(
                "{domain-suffix: OpenAI.com, to: ai}",
                "{ip-cidr: 10.0.0.0/8, to: vps}",
                "{domain-suffix: bücher.example, to: wg}",
                "{domain-suffix: lan, to: block}",
                REST);
        assertThat(target(router, "API.OPENAI.COM:443")).isEqualTo("ai");
        assertThat(target(router, "api.openai.com.:443")).isEqualTo("ai");
        assertThat(target(router, "[::ffff:10.0.0.1]:443")).isEqualTo("vps");
        assertThat(target(router, "10.255.0.1:443")).isEqualTo("vps");
        assertThat(target(router, "shop.BÜCHER.example:443")).isEqualTo("wg");
        assertThat(target(router, "xn--bcher-kva.example:443")).isEqualTo("wg");
        assertThat(target(router, "nas.lan:80")).isEqualTo("block");
        assertThat(target(router, "lan:80")).isEqualTo("block");
        assertThat(target(router, "evil-openai.com:443")).isEqualTo("direct");
        assertThat(target(router, "openai.com.evil.test:443")).isEqualTo("direct");
    }

    @Test
    void all_given_conditions_must_hold_and_a_list_means_any() {
        CompiledRouter router = router(
                "{domain-suffix: [a.example, b.example], port: [80, 8000-8100], network: tcp, to: ai}",
                "{all: [{network: udp}, {port: 443}, {not: {domain-suffix: example.org}}], to: block}",
                REST);
        assertThat(target(router, "x.b.example:8050")).isEqualTo("ai");
        assertThat(target(router, "x.b.example:443")).isEqualTo("direct");
        assertThat(target(router.match(Question.of(flow("a.example:80", Transport.UDP)))))
                .isEqualTo("direct");
        assertThat(target(router.match(Question.of(flow("a.example:443", Transport.UDP)))))
                .isEqualTo("block");
        assertThat(target(router.match(Question.of(flow("x.example.org:443", Transport.UDP)))))
                .isEqualTo("direct");
    }

    @Test
    void conditions_of_the_client_are_seen() {
        CompiledRouter router = router(
                "{source: 192.168.1.9, source-port: 50000, domain: s.example, to: ai}",
                "{listener: mixed, domain: l.example, to: vps}",
                "{user: anna, to: wg}",
                REST);
        assertThat(target(router, "s.example:1")).isEqualTo("ai");
        assertThat(target(router, "l.example:1")).isEqualTo("vps");
        assertThat(target(router, "x.example:1")).isEqualTo("direct");
    }

    @Test
    void a_wildcard_covers_the_whole_name() {
        CompiledRouter router = router("{domain-wildcard: ['api-??.*.example', '*.b?d.test'], to: ai}", REST);
        assertThat(target(router, "api-01.eu.west.example:443")).isEqualTo("ai");
        assertThat(target(router, "api-1.eu.example:443")).isEqualTo("direct");
        assertThat(target(router, "x.y.bad.test:443")).isEqualTo("ai");
        assertThat(target(router, "bad.test:443")).isEqualTo("direct");
        assertThat(target(router, "x.bad.test.more:443")).isEqualTo("direct");
    }

    @Test
    void an_expression_is_not_anchored_and_ignores_case_but_keeps_its_letters() {
        CompiledRouter router = router("{domain-regex: ['^cdn\\d{1,3}\\S+EXAMPLE', '\\D{9}'], to: ai}", REST);
        assertThat(target(router, "cdn12.example:443")).isEqualTo("ai");
        assertThat(target(router, "abcdefghi.test:443")).isEqualTo("ai");
        assertThat(target(router, "1a2b3c.t:443")).isEqualTo("direct");
    }

    @Test
    void a_sniffed_name_counts_only_when_the_client_asked_for_an_address() {
        CompiledRouter router =
                router("{domain-suffix: openai.com, to: ai}", "{ip-cidr: 203.0.113.0/24, to: vps}", REST);
        assertThat(target(router.match(sniffed("203.0.113.7:443", "api.openai.com"))))
                .isEqualTo("ai");
        assertThat(target(router, "203.0.113.7:443")).isEqualTo("vps");
        assertThat(target(router.match(sniffed("a.example:443", "api.openai.com"))))
                .isEqualTo("direct");
    }

    @Test
    void the_first_bytes_are_wanted_only_when_they_could_change_something() {
        CompiledRouter names = router("{ip-cidr: 10.0.0.0/8, to: direct}", "{domain: a.example, to: ai}", REST);
        assertThat(names.wantsFirstBytes(flow("10.0.0.1:22"))).isFalse();
        assertThat(names.wantsFirstBytes(flow("198.51.100.1:443"))).isTrue();
        assertThat(names.wantsFirstBytes(flow("a.example:443"))).isFalse();
        CompiledRouter protocol = router("{domain: a.example, to: ai}", "{protocol: quic, to: block}", REST);
        assertThat(protocol.wantsFirstBytes(flow("a.example:443"))).isFalse();
        assertThat(protocol.wantsFirstBytes(flow("b.example:443"))).isTrue();
        CompiledRouter ports = router("{port: 80, domain: a.example, to: ai}", "{port: 443, to: ai}", REST);
        assertThat(ports.wantsFirstBytes(flow("198.51.100.1:443"))).isFalse();
        assertThat(ports.wantsFirstBytes(flow("198.51.100.1:80"))).isTrue();
    }

    @Test
    void the_protocol_is_compared_once_it_is_known() {
        CompiledRouter router = router("{protocol: quic, to: block}", REST);
        assertThat(target(router, "a.example:443")).isEqualTo("direct");
        assertThat(target(router.match(question("a.example:443").sniffed(Optional.empty(), Optional.of("quic")))))
                .isEqualTo("block");
    }

    @Test
    void conditions_about_addresses_see_literals_only() {
        CompiledRouter router = router("{ip-cidr: 203.0.113.0/24, to: vps}", REST);
        assertThat(target(router, "203.0.113.7:443")).isEqualTo("vps");
        assertThat(target(router, "a.example:443")).isEqualTo("direct");
        assertThat(target(router.match(question("a.example:443").resolved(List.of(address("203.0.113.7")), 0))))
                .isEqualTo("direct");
    }

    @Test
    void a_rule_that_resolves_asks_once_and_goes_on_where_it_stood() {
        CompiledRouter router = router(
                "{domain: first.example, to: ai}",
                "{ip-cidr: 203.0.113.0/24, resolve: true, to: vps}",
                "IP-CIDR,198.51.100.0/24,wg",
                REST);
        assertThat(target(router, "first.example:443")).isEqualTo("ai");
        Question question = question("a.example:443");
        assertThat(router.match(question)).isEqualTo(new Verdict.Needs(Verdict.What.ADDRESSES, 1));
        assertThat(target(router.match(question.resolved(List.of(address("192.0.2.1"), address("203.0.113.7")), 1))))
                .isEqualTo("vps");
        assertThat(target(router.match(question.resolved(List.of(address("198.51.100.2")), 1))))
                .isEqualTo("wg");
        assertThat(target(router.match(question.resolved(List.of(), 1)))).isEqualTo("direct");
    }

    @Test
    void nothing_is_asked_for_a_rule_that_cannot_match_any_more() {
        CompiledRouter router = router(
                "{ip-cidr: 203.0.113.0/24, resolve: true, port: 25, to: vps}",
                "{process: curl, port: 25, to: vps}",
                "{any: [{ip-cidr: 203.0.113.0/24}, {port: 443}, {process: curl}], resolve: true, to: ai}",
                REST);
        assertThat(target(router, "a.example:443")).isEqualTo("ai");
        assertThat(target(router, "a.example:25")).isEqualTo("needs ADDRESSES@0");
    }

    @Test
    void the_process_is_asked_for_before_a_name_is_looked_up() {
        CompiledRouter router = router("{ip-cidr: 203.0.113.0/24, resolve: true, process: Curl, to: vps}", REST);
        Question question = question("a.example:443");
        assertThat(target(router.match(question))).isEqualTo("needs PROCESS@0");
        assertThat(target(router.match(question.process("", 0)))).isEqualTo("direct");
        assertThat(target(router.match(question.process("curl", 0)))).isEqualTo("needs ADDRESSES@0");
    }

    @Test
    void a_device_meets_a_rule_by_its_mac_address_or_its_name() {
        CompiledRouter router = router(
                "{source-mac: [02-00-00-00-00-0A, \"02:00:00:00:00:0b\"], to: vps}",
                "{source-hostname: TV, to: ai}",
                "{not: {source-hostname: nas}, port: 25, to: block}",
                REST);
        Question question = question("a.example:443");
        assertThat(target(router.match(question))).isEqualTo("needs DEVICE@0");
        assertThat(target(router.match(question.device(device("02:00:00:00:00:0a", "tv"), 0))))
                .isEqualTo("vps");
        assertThat(target(router.match(question.device(device("02:00:00:00:00:0c", "tv"), 0))))
                .isEqualTo("ai");
        assertThat(target(router.match(question.device(device("02:00:00:00:00:0c", "nas"), 0))))
                .isEqualTo("direct");
        assertThat(target(router.match(question.device(Device.HERE, 0)))).isEqualTo("direct");
    }

    @Test
    void a_device_that_is_unknown_meets_the_rules_that_lead_to_a_tunnel_and_no_others() {
        for (String condition : List.of(
                "source-mac: \"02:00:00:00:00:0a\"",
                "source-hostname: tv",
                "not: {source-mac: \"02:00:00:00:00:0a\"}",
                "any: [{source-hostname: tv}, {port: 1}]")) {
            CompiledRouter router =
                    router("{" + condition + ", to: block}", "{" + condition + ", port: 443, to: vps}", REST);
            Question question = question("a.example:443").device(Device.UNKNOWN, 0);
            assertThat(target(router.match(question))).as(condition).isEqualTo("vps");
            assertThat(target(router.match(question("a.example:80").device(Device.UNKNOWN, 0))))
                    .as(condition)
                    .isEqualTo("direct");
        }
    }

    private static Device device(String mac, String name) {
        return new Device(Optional.of(Mac.parse(mac)), Optional.of(name), true);
    }

    @Test
    void a_clash_line_without_no_resolve_resolves() {
        assertThat(target(router("IP-CIDR,203.0.113.0/24,ai", "MATCH,direct"), "a.example:1"))
                .isEqualTo("needs ADDRESSES@0");
        assertThat(target(router("IP-CIDR,203.0.113.0/24,ai,no-resolve", "MATCH,direct"), "a.example:1"))
                .isEqualTo("direct");
    }

    @Test
    void a_clash_line_with_no_resolve_sees_what_an_earlier_rule_resolved() {
        CompiledRouter router = router(
                "IP-CIDR,203.0.113.0/24,ai,no-resolve",
                "IP-CIDR,198.51.100.0/24,vps",
                "{ip-cidr: 203.0.113.0/24, to: block}",
                "IP-CIDR,203.0.113.0/24,wg,no-resolve",
                "MATCH,direct");
        assertThat(target(router, "203.0.113.7:1")).isEqualTo("ai");
        Question question = question("a.example:1");
        assertThat(router.match(question)).isEqualTo(new Verdict.Needs(Verdict.What.ADDRESSES, 1));
        assertThat(target(router.match(question.resolved(List.of(address("203.0.113.7")), 1))))
                .as("not the rule before the look-up, nor ours, which sees literals only")
                .isEqualTo("wg");
    }

    @Test
    void a_missing_list_never_sends_more_traffic_direct() {
        assertThat(target(router("{rule-set: gone, to: ai}", REST), "a.example:1"))
                .isEqualTo("ai");
        assertThat(target(router("{rule-set: gone, to: wg}", "{to: ai}"), "a.example:1"))
                .isEqualTo("ai");
        assertThat(target(router("{rule-set: gone, to: direct}", "{to: ai}"), "a.example:1"))
                .isEqualTo("ai");
        assertThat(target(router("{rule-set: gone, to: block}", REST), "a.example:1"))
                .isEqualTo("direct");
        assertThat(target(router("{not: {rule-set: gone}, to: ai}", REST), "a.example:1"))
                .isEqualTo("ai");
        assertThat(target(router("{not: {rule-set: gone}, to: direct}", "{to: ai}"), "a.example:1"))
                .isEqualTo("ai");
        CompiledRouter narrow = router("{rule-set: gone, port: 443, to: ai}", REST);
        assertThat(target(narrow, "a.example:443")).isEqualTo("ai");
        assertThat(target(narrow, "a.example:80")).isEqualTo("direct");
    }

    @Test
    void a_missing_list_makes_no_question_needless() {
        String[] lines = {"{any: [{rule-set: gone}, {ip-cidr: 203.0.113.0/24, resolve: true}], to: ai}", REST};
        assertThat(target(router(lines), "a.example:1")).isEqualTo("ai");
        String[] open = {"{any: [{rule-set: gone}, {ip-cidr: 203.0.113.0/24, resolve: true}], to: direct}", "{to: ai}"};
        assertThat(target(router(open), "a.example:1")).isEqualTo("needs ADDRESSES@0");
        String[] both = {"{all: [{rule-set: gone}, {ip-cidr: 203.0.113.0/24, resolve: true}], to: direct}", "{to: ai}"};
        assertThat(target(router(both), "a.example:1")).isEqualTo("ai");
    }

    @Test
    void a_decision_tells_whether_its_rule_names_hosts() {
        CompiledRouter router = router(
                "{domain: a.example, to: ai}",
                "{not: {domain: b.example}, port: 1, to: ai}",
                "{any: [{port: 2}, {not: {not: {ip-cidr: 203.0.113.0/24}}}], to: ai}",
                REST);
        assertThat(((Decision.Via) router.match(question("a.example:9"))).namesHost())
                .isTrue();
        assertThat(((Decision.Via) router.match(question("x.example:1"))).namesHost())
                .isFalse();
        assertThat(((Decision.Via) router.match(question("x.example:2"))).namesHost())
                .isTrue();
        assertThat(((Decision.Via) router.match(question("x.example:3"))).namesHost())
                .isFalse();
    }

    @Test
    void rules_that_do_not_end_in_an_unconditional_one_are_refused() {
        List<Rule> rules = rules("{port: 1, to: ai}", REST);
        assertThatThrownBy(() ->
                        new CompiledRouter(rules.subList(0, 1), Map.of(), Geo.NONE, t -> true, java.time.Instant.EPOCH))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() ->
                        new CompiledRouter(rules.subList(1, 2), Map.of(), Geo.NONE, t -> true, java.time.Instant.EPOCH))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_long_list_in_a_rule_gives_what_a_short_one_gives() {
        StringBuilder names = new StringBuilder();
        StringBuilder networks = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            names.append(i == 0 ? "" : ", ").append("n").append(i).append(".example");
            networks.append(i == 0 ? "" : ", ").append("10.").append(i).append(".0.0/16");
        }
        CompiledRouter router =
                router("{domain-suffix: [" + names + "], to: ai}", "{ip-cidr: [" + networks + "], to: vps}", REST);
        assertThat(target(router, "a.n49.example:1")).isEqualTo("ai");
        assertThat(target(router, "an49.example:1")).isEqualTo("direct");
        assertThat(target(router, "10.49.3.4:1")).isEqualTo("vps");
        assertThat(target(router, "10.50.3.4:1")).isEqualTo("direct");
    }

    @Test
    void each_of_ten_thousand_names_leads_to_its_own_rule() {
        String[] lines = new String[10_001];
        for (int i = 0; i < 10_000; i++) {
            lines[i] = (i % 2 == 0 ? "DOMAIN-SUFFIX,n" : "DOMAIN,n") + i + ".example,ai";
        }
        lines[10_000] = REST;
        CompiledRouter router = router(lines);
        for (int i = 0; i < 10_000; i++) {
            String name = (i % 2 == 0 ? "www.n" : "n") + i + ".example:443";
            assertThat(((Decision) router.match(question(name))).rule().index()).isEqualTo(i);
        }
        assertThat(target(router, "www.n1.example:443")).isEqualTo("direct");
    }
}
