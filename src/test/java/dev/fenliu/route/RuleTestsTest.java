package dev.fenliu.route;

import static dev.fenliu.route.RuleFixtures.router;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import java.util.List;
import org.junit.jupiter.api.Test;

class RuleTestsTest {
    private static List<RuleTest> parse(String text, Problems problems) {
        return RuleTests.parse(RuleFixtures.yaml(text, problems), RuleFixtures.SCOPE, problems);
    }

    private static List<Problem> run(CompiledRouter router, String text) {
        Problems problems = new Problems();
        List<RuleTest> tests = parse(text, problems);
        assertThat(problems.all()).isEmpty();
        return RuleTests.run(tests, router);
    }

    @Test
    void tests_that_hold_say_nothing() {
        CompiledRouter router = router(
                "{domain: chatgpt.com, to: ai}",
                "{ip-cidr: 10.0.0.0/8, port: 22, source: 192.168.1.0/24, network: tcp, listener: lan, user: anna, to: vps}",
                "{domain: bad.example, to: block}",
                "{to: direct}");
        assertThat(run(router, """
                        - {host: ChatGPT.com, to: ai}
                        - {host: 10.1.2.3, port: 22, source: "192.168.1.9:1234", listener: lan, user: anna, to: vps}
                        - {host: 10.1.2.3, port: 22, network: udp, to: direct}
                        - {host: bad.example, source: 192.168.1.9, to: block}
                        """)).isEmpty();
    }

    @Test
    void a_failing_test_names_both_targets_and_the_rule() {
        List<Problem> problems =
                run(router("{domain: a.example, to: vps}", "{to: direct}"), "- {host: a.example, to: ai}");
        assertThat(problems).singleElement().satisfies(problem -> {
            assertThat(problem.severity()).isEqualTo(Problem.Severity.ERROR);
            assertThat(problem.message()).contains("a.example:443", "\"vps\"", "\"ai\"");
            assertThat(problem.hint()).contains("config.yaml:1", "{domain: a.example, to: vps}");
        });
    }

    @Test
    void a_test_may_name_the_device_and_has_none_otherwise() {
        CompiledRouter router =
                router("{source-mac: \"02:00:00:00:00:0a\", to: vps}", "{source-hostname: tv, to: ai}", "{to: direct}");
        assertThat(run(router, """
                        - {host: a.example, source-mac: 02-00-00-00-00-0A, to: vps}
                        - {host: a.example, source-hostname: TV, to: ai}
                        - {host: a.example, source: 192.168.1.5, to: direct}
                        """)).isEmpty();
    }

    @Test
    void a_test_of_a_rule_that_resolves_says_what_the_look_up_answers() {
        CompiledRouter router = router(
                "{process: curl, to: block}", "{ip-cidr: 203.0.113.0/24, resolve: true, to: ai}", "{to: direct}");
        assertThat(run(router, "- {host: a.example, to: ai}"))
                .singleElement()
                .satisfies(problem -> assertThat(problem.hint()).contains("addresses:"));
        assertThat(run(router, """
                        - {host: a.example, addresses: 203.0.113.5, to: ai}
                        - {host: a.example, addresses: [], to: direct}
                        """)).isEmpty();
    }

    @Test
    void bad_tests_are_reported_with_their_places() {
        Problems problems = new Problems();
        parse("""
                - {host: "a b", to: ai}
                - {host: a.example, to: aii}
                - {host: a.example}
                - {host: a.example, prot: 1, to: ai}
                - {host: a.example, listener: lna, to: ai}
                - {host: a.example, source: there, to: ai}
                """, problems);
        assertThat(problems.all())
                .extracting(problem -> problem.position().line())
                .containsExactly(1, 2, 3, 4, 5, 6);
        Problems mapping = new Problems();
        parse("{host: a.example}", mapping);
        assertThat(mapping.all()).hasSize(1);
    }
}
