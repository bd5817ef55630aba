package dev.fenliu.route;

import static dev.fenliu.route.RuleFixtures.router;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RuleTestsTest {
    private static List<RuleTest> parse(String text, Problems problems) {
        return RuleTests.parse(RuleFixtures.yaml(text, problems), RuleFixtures.SCOPE, problems);
    }

    private static List<Problem> run(CompiledRouter router, String text) {
        Problems problems = new Problems();
        List<RuleTest> tests = parse(text, problems);
        assertThat(problems.all()).isEmpty();
        return RuleTests.run(tests, router, Map.of("ai", List.of("vps"), "wide", List.of("ai", "direct")));
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

    private static final String TESTS = """
            - {host: chatgpt.com, to: ai}
            - {host: ads.example, to: block}
            - {host: a.example, to: direct}
            """;

    private static CompiledRouter timed(String... rules) {
        List<String> all = new ArrayList<>(List.of(rules));
        all.addAll(List.of("{domain: chatgpt.com, to: ai}", "{domain: ads.example, to: block}", "{to: direct}"));
        return router(all.toArray(String[]::new)).at(Instant.parse("2026-11-26T17:00:00Z"));
    }

    @Test
    void what_a_rule_sends_to_a_tunnel_or_blocks_for_a_while_sets_tests_aside_until_then() {
        CompiledRouter paused = timed("{to: vps, until: 2026-11-26T18:00:00Z}");
        List<Problem> problems = run(paused, TESTS);
        assertThat(problems).hasSize(3).allMatch(RuleTests::isAside);
        assertThat(problems.get(2).severity()).isEqualTo(Problem.Severity.WARNING);
        assertThat(problems.get(2).message())
                .isEqualTo(
                        "rule test set aside until 2026-11-26T18:00:00Z: a.example:443 goes to \"vps\", expected \"direct\"");
        assertThat(problems.get(2).hint()).contains("config.yaml:1: {to: vps, until: ");
        assertThat(problems.get(2).position().line()).isEqualTo(3);
        assertThat(run(timed("{domain: a.example, to: block, until: 2026-11-26T18:00:00Z}"), TESTS))
                .singleElement()
                .satisfies(problem -> assertThat(problem.severity()).isEqualTo(Problem.Severity.WARNING));
        assertThat(run(paused.at(Instant.parse("2026-11-26T18:00:00Z")), TESTS)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct", "wide"})
    void what_a_rule_lets_out_for_a_while_though_a_test_expects_it_inside_fails(String target) {
        List<Problem> problems = run(timed("{to: " + target + ", until: 2026-11-26T18:00:00Z}"), TESTS);
        assertThat(problems.stream().filter(problem -> !RuleTests.isAside(problem)))
                .hasSize(2)
                .allMatch(problem -> problem.severity() == Problem.Severity.ERROR)
                .allMatch(problem -> problem.hint().contains("for a while"));
        assertThat(problems.stream().filter(RuleTests::isAside)).hasSize(target.equals("direct") ? 0 : 1);
    }

    @Test
    void a_test_that_holds_only_for_a_while_fails_now() {
        CompiledRouter router = timed("{domain: a.example, to: vps, until: 2026-11-26T18:00:00Z}");
        assertThat(run(router, "- {host: a.example, to: vps}")).singleElement().satisfies(problem -> {
            assertThat(problem.severity()).isEqualTo(Problem.Severity.ERROR);
            assertThat(problem.message())
                    .isEqualTo(
                            "rule test holds only until 2026-11-26T18:00:00Z: then a.example:443 goes to \"direct\"");
            assertThat(problem.hint()).contains("{to: direct}", "config.yaml:1");
        });
        CompiledRouter lasting = timed("{domain: b.example, to: direct, until: 2026-11-26T18:00:00Z}");
        assertThat(run(lasting, "- {host: b.example, to: direct}")).isEmpty();
    }

    @Test
    void a_test_that_would_fail_after_the_time_too_fails_now() {
        assertThat(run(timed("{to: vps, until: 2026-11-26T18:00:00Z}"), "- {host: a.example, to: block}"))
                .singleElement()
                .satisfies(problem -> assertThat(problem.severity()).isEqualTo(Problem.Severity.ERROR));
        assertThat(run(
                        timed(
                                "{to: vps, until: 2026-11-26T18:00:00Z}",
                                "{domain: a.example, to: ai, until: 2026-11-26T20:00:00Z}"),
                        TESTS))
                .as("of several rules the last end counts")
                .anySatisfy(problem ->
                        assertThat(problem.message()).contains("until 2026-11-26T20:00:00Z: a.example", "\"vps\""));
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
