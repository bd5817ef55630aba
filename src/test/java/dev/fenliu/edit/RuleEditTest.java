package dev.fenliu.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RuleEditTest {
    private static String rule(String what) throws EditRefused {
        return RuleEdit.rule(what, Optional.of("vps"), Optional.empty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "example.org | {domain-suffix: example.org, to: vps}",
                "Example.ORG. | {domain-suffix: example.org, to: vps}",
                "bücher.example | {domain-suffix: xn--bcher-kva.example, to: vps}",
                "+.example.org | {domain-suffix: example.org, to: vps}",
                "*.example.org | {domain-suffix: example.org, to: vps}",
                "cdn*.example.org | {domain-wildcard: \"cdn*.example.org\", to: vps}",
                "example.org:8443 | {domain-suffix: example.org, port: 8443, to: vps}",
                "https://user@example.org:8443/path?q#f | {domain-suffix: example.org, to: vps}",
                "192.0.2.1 | {ip-cidr: 192.0.2.1, to: vps}",
                "192.0.2.0/24 | {ip-cidr: 192.0.2.0/24, to: vps}",
                "2001:db8::1 | {ip-cidr: \"2001:db8::1\", to: vps}",
                "[2001:db8::1]:22 | {ip-cidr: \"2001:db8::1\", port: 22, to: vps}",
                "2001:db8::/32 | {ip-cidr: \"2001:db8::/32\", to: vps}",
                "{domain: [a.example, b.example], port: 80} | {domain: [a.example, b.example], port: 80, to: vps}",
                "DOMAIN-KEYWORD,intra | \"DOMAIN-KEYWORD,intra,vps\"",
                "IP-CIDR,192.0.2.0/24,no-resolve | \"IP-CIDR,192.0.2.0/24,vps,no-resolve\"",
            })
    void a_rule_is_written_as_a_person_would(String what, String rule) throws EditRefused {
        assertThat(rule(what)).isEqualTo(rule);
    }

    @ParameterizedTest
    @ValueSource(strings = {"two words", "a..b", "{domain: a", "{domain: a.example}}", "1.2.3.4.5:x", "http://"})
    void what_is_no_host_and_no_rule_is_refused(String what) {
        assertThatThrownBy(() -> rule(what)).isInstanceOf(EditRefused.class);
    }

    @Test
    void a_rule_may_name_its_target_itself_and_have_an_end() throws EditRefused {
        assertThat(RuleEdit.rule("{domain: a.example, to: vps}", Optional.empty(), Optional.empty()))
                .isEqualTo("{domain: a.example, to: vps}");
        assertThat(RuleEdit.rule("a.example", Optional.of("vps"), Optional.of(Instant.parse("2026-11-26T18:00:00Z"))))
                .matches("\\{domain-suffix: a\\.example, to: vps, until: \"2026-11-2[67]T[0-9:]+(Z|[+-][0-9:]+)\"}");
        assertThatThrownBy(() -> RuleEdit.rule("a.example", Optional.empty(), Optional.empty()))
                .hasMessageContaining("where is a.example to go?");
        assertThatThrownBy(() -> RuleEdit.rule("DOMAIN,a", Optional.of("b"), Optional.of(Instant.EPOCH)))
                .hasMessageContaining("a Clash line has no end");
    }

    @Test
    void a_rule_is_put_above_all_others_or_above_the_last() throws EditRefused {
        String config = "rules:\n  # lists\n  - {rule-set: ads, to: block}\n\n  - {to: direct} # the rest\n";
        RuleEdit.Placed first = RuleEdit.add(config, "{domain: a, to: b}", false);
        assertThat(first.index()).isZero();
        assertThat(first.text()).startsWith("rules:\n  - {domain: a, to: b}\n  # lists\n");
        RuleEdit.Placed last = RuleEdit.add(config, "{domain: a, to: b}", true);
        assertThat(last.index()).isEqualTo(1);
        assertThat(last.text()).endsWith("\n\n  - {domain: a, to: b}\n  - {to: direct} # the rest\n");
        assertThat(RuleEdit.remove(first.text(), 0)).isEqualTo(config);
        assertThatThrownBy(() -> RuleEdit.add(first.text(), "{domain: 'a', to: b}", false))
                .hasMessageContaining("there already: number 0");
        assertThat(RuleEdit.rules("home.yaml", last.text()).get(1).place()).isEqualTo("home.yaml:5");
        assertThatThrownBy(() -> RuleEdit.remove(config, 2)).isInstanceOf(EditRefused.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"any", "*"})
    void any_is_everything_but_the_home_network_where_the_config_knows_it(String any) throws EditRefused {
        Instant end = Instant.parse("2026-11-26T18:00:00Z");
        String all = RuleEdit.rule(RuleEdit.said("version: 1\n", any), Optional.of("ai"), Optional.of(end));
        assertThat(all).startsWith("{to: ai, until: ");
        String home = "rule-sets:\n  private: {file: \"built-in:private.yaml\"}\n";
        String butHome = RuleEdit.rule(RuleEdit.said(home, any), Optional.of("ai"), Optional.of(end));
        assertThat(butHome).startsWith("{not: {rule-set: private}, to: ai, until: ");
        assertThat(List.of(all, butHome)).allMatch(RuleEdit.meant(any));
        assertThat(List.of(
                        "{to: direct}",
                        "MATCH,until",
                        "{domain-suffix: until.example, to: ai}",
                        "{not: {rule-set: ads}, to: ai, until: 2026-12-31T18:00:00Z}"))
                .noneMatch(RuleEdit.meant(any));
        assertThat(RuleEdit.said(home, "a.example")).isEqualTo("a.example");
    }

    @Test
    void a_rule_is_known_by_itself_and_by_the_words_that_would_make_it() {
        String text = "{domain-suffix: a.example, to: ai, until: 2026-12-31T18:00:00Z}";
        for (String words : List.of(
                text,
                "{domain-suffix: 'a.example', to: ai, until: \"2026-12-31T18:00:00Z\"}",
                "a.example",
                "A.example.",
                "https://a.example/x",
                "+.a.example")) {
            assertThat(RuleEdit.meant(words).test(text)).as(words).isTrue();
        }
        for (String words : List.of(
                "{domain-suffix: a.example, to: ai}", "b.example", "a.example:443", "a..b", "", "{", "direct")) {
            assertThat(RuleEdit.meant(words).test(text)).as(words).isFalse();
        }
        assertThat(RuleEdit.meant("a.example").test("{domain-suffix: a.example, port: 443, to: ai}"))
                .isFalse();
        assertThat(RuleEdit.meant("direct").test("{to: direct}")).isFalse();
        assertThat(RuleEdit.meant("DOMAIN,a.example,ai").test("DOMAIN,a.example,ai"))
                .isTrue();
        assertThat(RuleEdit.meant("203.0.113.0/24").test("{ip-cidr: 203.0.113.0/24, to: ai}"))
                .isTrue();
    }

    @Test
    void where_there_are_no_rules_there_is_a_last_one_too() throws EditRefused {
        assertThat(RuleEdit.add("version: 1\n", "{domain: a, to: block}", false).text())
                .isEqualTo("version: 1\nrules:\n  - {domain: a, to: block}\n  - {to: direct}\n");
        assertThat(RuleEdit.add("", "{domain: a, to: block}", false).text())
                .isEqualTo("rules:\n  - {domain: a, to: block}\n  - {to: direct}\n");
    }
}
