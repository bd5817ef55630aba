package dev.fenliu.route;

import static dev.fenliu.route.RuleFixtures.router;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problem;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LintTest {
    private static final String REST = "{to: direct}";

    private static List<Problem> lint(String... lines) {
        return Lint.lint(router(lines), Map.of(), List.of());
    }

    /** The finding about the second rule. */
    private static String second(String... lines) {
        List<Problem> found = lint(lines);
        assertThat(found).as("%s", found).hasSize(1);
        assertThat(found.get(0).severity()).isEqualTo(Problem.Severity.WARNING);
        assertThat(found.get(0).position().line()).isEqualTo(2);
        assertThat(found.get(0).message()).contains("config.yaml:1");
        return found.get(0).message();
    }

    @Test
    void good_rules_give_nothing() {
        assertThat(lint(
                        "{domain: api.example.org, to: direct}",
                        "{domain-suffix: example.org, to: ai}",
                        "{domain-suffix: [example.net, notexample.org], port: 443, to: vps}",
                        "{domain-suffix: example.net, to: ai}",
                        "{ip-cidr: 10.0.0.0/8, to: direct}",
                        "{ip-cidr: 10.0.0.0/8, resolve: true, to: ai}",
                        "{rule-set: ads, to: block}",
                        "{rule-set: openai, network: udp, to: block}",
                        "{rule-set: openai, to: ai}",
                        "{all: [{network: udp}, {port: 443}, {not: {domain-suffix: example.com}}], to: block}",
                        REST))
                .isEmpty();
    }

    @Test
    void a_look_up_between_two_rules_with_no_resolve_sets_them_apart() {
        String quiet = "IP-CIDR,10.0.0.0/8,ai,no-resolve";
        assertThat(second(quiet, quiet, REST)).startsWith("duplicate");
        assertThat(lint(quiet, "IP-CIDR,192.0.2.0/24,vps", quiet, REST)).isEmpty();
        assertThat(second("IP-CIDR,10.0.0.0/8,ai", quiet, REST)).startsWith("shadowed");
    }

    @Test
    void rules_after_an_unconditional_one_are_unreachable() {
        assertThat(second("{to: ai}", "{domain: a.example, to: vps}", "{to: ai}"))
                .startsWith("unreachable");
    }

    @Test
    void shadowed_rules_are_found() {
        String[][] pairs = {
            {"{domain-suffix: example.org, to: ai}", "{domain: www.example.org, to: vps}"},
            {"{domain-suffix: example.org, to: ai}", "{domain-suffix: [a.example.org, b.example.org], to: ai}"},
            {"{domain-keyword: exa, to: ai}", "{domain-suffix: example.org, port: 443, to: vps}"},
            {"{domain-wildcard: '*example.org', to: ai}", "{domain-suffix: example.org, to: vps}"},
            {"{domain-regex: '^w+\\.', to: ai}", "{domain: www.example.org, to: vps}"},
            {"{ip-cidr: 10.0.0.0/8, to: ai}", "{ip-cidr: [10.1.0.0/16, 10.2.0.1], to: vps}"},
            {"{port: 1-1000, to: ai}", "{port: [22, 80-90], network: tcp, to: vps}"},
            {"{rule-set: [openai, ads], to: ai}", "{rule-set: ads, to: vps}"},
            {"{any: [{port: 1}, {port: 2}], to: ai}", "{port: 2, to: vps}"},
            {"{not: {domain-suffix: org}, to: ai}", "{domain: a.example, to: vps}"},
            {"{country: [CN, US], to: ai}", "{country: US, to: vps}"},
            {"{user: [anna, ben], to: ai}", "{user: anna, listener: lan, to: vps}"},
            {"{source: 192.168.0.0/16, to: ai}", "{source: 192.168.1.1, to: vps}"},
        };
        for (String[] pair : pairs) {
            assertThat(second(pair[0], pair[1], REST)).startsWith("shadowed:");
        }
    }

    @Test
    void duplicates_and_conflicts_are_told_apart() {
        assertThat(second("{domain: a.example, to: ai}", "DOMAIN,a.example,ai", REST))
                .startsWith("duplicate");
        assertThat(second(
                        "{domain: [a.example, b.example], to: ai}", "{domain: [b.example, a.example], to: vps}", REST))
                .startsWith("conflicting")
                .contains("\"ai\"");
    }

    @Test
    void a_name_of_a_list_that_an_earlier_rule_sends_elsewhere_is_found() {
        assertThat(second(
                        "{domain-suffix: example.org, to: ai}",
                        "{domain: [a.example, www.example.org], to: vps}",
                        REST))
                .startsWith("shadowed in part")
                .contains("www.example.org", "\"ai\"");
    }

    @Test
    void rules_that_are_never_true_are_found() {
        for (String rule : List.of(
                "{port: 1-100, not: {port: 1-1000}, to: ai}",
                "{any: [], to: ai}",
                "{all: [{domain: a.example}, {domain-suffix: b.example}], to: ai}",
                "{all: [{ip-cidr: 10.0.0.0/8}, {ip-cidr: 11.0.0.0/8}], to: ai}",
                "AND,((NETWORK,tcp),(NETWORK,udp)),ai",
                "{not: {network: [tcp, udp]}, to: ai}",
                "{all: [{port: 1}, {all: [{port: 2}]}], to: ai}",
                "{all: [{listener: lan}, {listener: mixed}], to: ai}")) {
            assertThat(lint(rule, REST)).as(rule).singleElement().satisfies(problem -> {
                assertThat(problem.message()).startsWith("never true");
                assertThat(problem.position().line()).isEqualTo(1);
            });
        }
        assertThat(lint("{domain: a.example, ip-cidr: 10.0.0.0/8, to: ai}", REST))
                .singleElement()
                .satisfies(problem -> assertThat(problem.message()).startsWith("hardly ever true"));
        assertThat(lint("{domain: a.example, ip-cidr: 10.0.0.0/8, resolve: true, to: ai}", REST))
                .isEmpty();
    }

    @Test
    void a_group_that_may_end_direct_is_told_once() {
        Map<String, List<String>> groups = Map.of("ai", List.of("vps", "inner"), "inner", List.of("ai", "wg"));
        CompiledRouter router = router("{port: 1, to: ai}", "{port: 2, to: ai}", REST);
        assertThat(Lint.lint(router, groups, List.of())).singleElement().satisfies(problem -> {
            assertThat(problem.message()).startsWith("open group").contains("ai → inner → wg");
            assertThat(problem.position().line()).isEqualTo(1);
        });
        assertThat(Lint.lint(router, Map.of("ai", List.of("vps", "block")), List.of()))
                .isEmpty();
    }

    @Test
    void openai_hosts_that_go_direct_are_told() {
        List<String> hosts = List.of("chatgpt.com", "openai.com", "api.openai.com", "auth.openai.com", "oaistatic.com");
        CompiledRouter router = router(
                "{domain: chatgpt.com, to: wg}",
                "{ip-cidr: 10.0.0.0/8, resolve: true, to: vps}",
                "{domain: oaistatic.com, to: ai}",
                REST);
        List<Problem> found = Lint.lint(router, Map.of(), hosts);
        assertThat(found).hasSize(2);
        assertThat(found.get(0).message()).contains("chatgpt.com", "\"wg\"");
        assertThat(found.get(1).position().line()).isEqualTo(4);
        assertThat(found.get(1).message())
                .contains("openai.com, api.openai.com, auth.openai.com")
                .doesNotContain("oaistatic");
        assertThat(Lint.lint(router("{port: 1, to: block}", REST), Map.of(), hosts))
                .isEmpty();
    }

    @Test
    void ten_thousand_rules_are_compared_by_the_index() {
        String[] lines = new String[10_001];
        for (int i = 0; i < 10_000; i++) {
            lines[i] = "DOMAIN-SUFFIX,n" + i % 9_999 + ".example,ai";
        }
        lines[10_000] = REST;
        assertThat(lint(lines))
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.message()).startsWith("duplicate").contains("config.yaml:1"));
    }
}
