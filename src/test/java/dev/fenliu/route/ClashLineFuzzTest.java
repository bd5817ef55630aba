package dev.fenliu.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Map;

class ClashLineFuzzTest {
    private static final String[] FLOWS = {"a.example:443", "192.0.2.1:53", "[2001:db8::1]:65535"};

    @FuzzTest
    void a_line_is_a_rule_that_can_be_asked_or_is_refused_with_a_reason(byte[] input) {
        String line = new String(input, StandardCharsets.UTF_8);
        try {
            Condition listed = ClashLine.condition(line, RuleFixtures.SCOPE);
            assertAsked(listed);
        } catch (RuleSyntaxException e) {
            assertThat(e.reason()).isNotBlank();
        }
        try {
            ClashLine.Parts parts = ClashLine.parts(line, RuleFixtures.SCOPE);
            Condition condition = parts.condition(RuleFixtures.SCOPE);
            String target = parts.target(RuleFixtures.SCOPE);
            assertThat(RuleFixtures.SCOPE.targets()).contains(target);
            assertAsked(condition);
            StringBuilder again = new StringBuilder(parts.type()).append(',');
            again.append(parts.value().isEmpty() ? "" : parts.value() + ",").append(parts.target());
            parts.options().forEach(option -> again.append(',').append(option));
            assertThat(ClashLine.parts(again.toString(), RuleFixtures.SCOPE)).isEqualTo(parts);
        } catch (RuleSyntaxException e) {
            assertThat(e.reason()).isNotBlank();
        }
    }

    private static void assertAsked(Condition condition) {
        Matcher matcher = new Compiler(Map.of(), Geo.NONE).compile(condition);
        for (String flow : FLOWS) {
            Facts facts = Facts.of(RuleFixtures.question(flow), false);
            assertThat(matcher.test(facts)).isEqualTo(matcher.test(facts));
        }
    }
}
