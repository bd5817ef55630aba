package dev.fenliu.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TimedRulesTest {
    private static final Instant END = Instant.parse("2026-11-26T18:00:00Z");
    private static final String[] RULES = {
        "{domain: out.example, to: direct, until: 2026-11-26T18:00:00Z}",
        "{domain: in.example, to: vps, until: \"2026-11-26T19:00:00+01:00\"}",
        "{domain-suffix: example, to: ai}",
        "{to: direct}"
    };

    private static CompiledRouter at(Instant time) {
        return new CompiledRouter(RuleFixtures.rules(RULES), Map.of(), Geo.NONE, RuleFixtures::isOpen, time);
    }

    @Test
    void a_rule_matches_until_its_time_is_over() {
        CompiledRouter before = at(END.minusMillis(1));
        assertThat(RuleFixtures.target(before, "out.example:443")).isEqualTo("direct");
        assertThat(RuleFixtures.target(before, "in.example:443")).isEqualTo("vps");
        assertThat(before.nextEnd()).contains(END);
        assertThat(before.changesBy(END.minusNanos(1))).isFalse();
        assertThat(before.changesBy(END)).isTrue();
        CompiledRouter after = before.at(END);
        assertThat(RuleFixtures.target(after, "out.example:443")).isEqualTo("ai");
        assertThat(RuleFixtures.target(after, "in.example:443")).isEqualTo("ai");
        assertThat(after.nextEnd()).isEmpty();
    }

    @Test
    void by_a_clock_that_was_never_set_nothing_is_let_out_and_what_is_in_the_tunnel_stays() {
        CompiledRouter unset = at(Instant.EPOCH.plus(Duration.ofMinutes(3)));
        assertThat(RuleFixtures.target(unset, "out.example:443")).isEqualTo("ai");
        assertThat(RuleFixtures.target(unset, "in.example:443")).isEqualTo("vps");
    }

    @Test
    void a_rule_whose_time_is_over_is_told_with_its_remedy() {
        assertThat(Lint.lint(at(END.minusSeconds(1)), Map.of(), List.of())).isEmpty();
        List<Problem> over = Lint.lint(at(END), Map.of(), List.of());
        assertThat(over).hasSize(2).isEqualTo(Lint.over(at(END)));
        assertThat(over.get(0).message()).isEqualTo("its time is over (until 2026-11-26T18:00:00Z)");
        assertThat(over.get(0).hint()).isEqualTo("take it out: fenliu rule rm 0");
        assertThat(over.get(1).message()).endsWith(": what it sent to \"vps\" goes by the rules below it");
        assertThat(over.get(1).position().line()).isEqualTo(2);
    }

    @Test
    void a_timed_rule_shadows_nothing_for_ever() {
        List<Rule> rules = RuleFixtures.rules(
                "{to: vps, until: 2026-11-26T18:00:00Z}", "{domain-suffix: a.example, to: ai}", "{to: direct}");
        CompiledRouter router =
                new CompiledRouter(rules, Map.of(), Geo.NONE, RuleFixtures::isOpen, END.minusSeconds(1));
        assertThat(RuleFixtures.target(router, "b.example:443")).isEqualTo("vps");
        assertThat(Lint.lint(router, Map.of(), List.of())).isEmpty();
        assertThat(RuleFixtures.target(router.at(END), "b.example:443")).isEqualTo("direct");
    }

    @Test
    void the_first_rule_in_force_is_a_pause_if_it_takes_all_for_a_while() {
        String until = ", until: 2026-11-26T18:00:00Z}";
        String over = "{to: ai, until: 2026-11-26T10:00:00Z}";
        for (String rule : List.of("{to: vps" + until, "{not: {rule-set: private}, to: vps" + until)) {
            CompiledRouter router = RuleFixtures.router(over, rule, "{to: direct}");
            assertThat(router.at(END.minusSeconds(1)).pause().map(Rule::target)).contains("vps");
            assertThat(router.at(END).pause()).isEmpty();
        }
        for (String rule :
                List.of("{domain: a.example, to: vps" + until, "{not: {rule-set: ads}, to: vps" + until, "{to: vps}")) {
            assertThat(RuleFixtures.router(over, rule, "{to: direct}")
                            .at(END.minusSeconds(1))
                            .pause())
                    .as(rule)
                    .isEmpty();
        }
    }

    @Test
    void browsers_are_never_told_that_a_name_is_plain_for_a_while() {
        CompiledRouter router = at(END.minusSeconds(1));
        assertThat(PlainNames.of(router).steps())
                .noneMatch(step -> step.plain() && step.exact().contains("out.example"));
    }

    @Test
    void an_explanation_says_that_the_time_is_over() {
        CompiledRouter router = at(END);
        List<Explainer.Tried> tried = new Explainer(router).tried(Question.of(RuleFixtures.flow("out.example:443")));
        assertThat(tried.get(0).why()).isEqualTo("its time is over (until 2026-11-26T18:00:00Z)");
    }

    @Test
    void a_time_without_an_offset_is_one_of_this_machine() {
        Instant here = LocalDateTime.parse("2026-11-26T18:00")
                .atZone(ZoneId.systemDefault())
                .toInstant();
        for (String text : List.of("2026-11-26 18:00", "2026-11-26T18:00:00", "2026-11-26  18:00")) {
            assertThat(RuleKeys.time(text)).isEqualTo(here);
        }
        assertThat(RuleKeys.time("2026-11-26T18:00:00+01:00")).isEqualTo("2026-11-26T17:00:00Z");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"tomorrow", "10m", "18:00", "2026-11-26", "2026-13-26 18:00", "2026-11-26T18:00:00+1", "1e9"})
    void what_is_no_time_is_refused_at_its_place(String text) {
        Problems problems = new Problems();
        RuleFixtures.parse("- {domain: a.example, to: ai, until: \"" + text + "\"}\n- {to: direct}\n", problems);
        assertThat(problems.all()).singleElement().satisfies(problem -> {
            assertThat(problem.message()).contains("\"until\": \"" + text + "\" (expected: a time such as");
            assertThat(problem.position().column()).isEqualTo(38);
        });
    }

    @Test
    void the_last_rule_has_no_end() {
        assertThat(RuleFixtures.problems("{to: direct, until: 2026-11-26T18:00:00Z}"))
                .singleElement()
                .satisfies(problem -> assertThat(problem.message()).startsWith("the last rule has an end"));
    }
}
