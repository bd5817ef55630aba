package dev.fenliu.route;

import static dev.fenliu.route.RuleFixtures.problems;
import static dev.fenliu.route.RuleFixtures.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.model.Transport;
import dev.fenliu.route.list.Cidr;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleParserTest {
    private static final String REST = "{to: direct}";

    private static Condition condition(String rule) {
        return rules(rule, REST).get(0).condition();
    }

    private static Problem only(String rule) {
        List<Problem> problems = problems(rule, REST);
        assertThat(problems).hasSize(1);
        return problems.get(0);
    }

    @Test
    void every_condition_is_read() {
        assertThat(condition("{domain: [A.example, b.example.], to: ai}"))
                .isEqualTo(new Condition.Name(Condition.NameKind.EXACT, List.of("a.example", "b.example")));
        assertThat(condition("{domain-suffix: lan, to: ai}"))
                .isEqualTo(new Condition.Name(Condition.NameKind.SUFFIX, List.of("lan")));
        assertThat(condition("{domain-keyword: OpenAI, to: ai}"))
                .isEqualTo(new Condition.Name(Condition.NameKind.KEYWORD, List.of("openai")));
        assertThat(condition("{domain-wildcard: '*.Bücher.example', to: ai}"))
                .isEqualTo(new Condition.Name(Condition.NameKind.WILDCARD, List.of("*.xn--bcher-kva.example")));
        assertThat(condition("{domain-regex: ' ^\\S+\\D{1,3} ', to: ai}"))
                .isEqualTo(new Condition.Name(Condition.NameKind.REGEX, List.of(" ^\\S+\\D{1,3} ")));
        assertThat(condition("{rule-set: [openai, ads], to: ai}"))
                .isEqualTo(new Condition.InSet(List.of("openai", "ads"), Condition.LookUp.NEVER));
        assertThat(condition("{ip-cidr: ['::ffff:10.0.0.0/104', '2001:db8::1'], resolve: true, to: ai}"))
                .isEqualTo(new Condition.InNetwork(
                        List.of(network("10.0.0.0/8"), network("2001:db8::1/128")), Condition.LookUp.ASK));
        assertThat(condition("{country: [cn, US], to: ai}"))
                .isEqualTo(new Condition.InCountry(List.of("CN", "US"), Condition.LookUp.NEVER));
        assertThat(condition("{asn: [13335, AS8075], to: ai}"))
                .isEqualTo(new Condition.InAsn(List.of(13335L, 8075L), Condition.LookUp.NEVER));
        assertThat(condition("{port: [22, 1000-2000], to: ai}"))
                .isEqualTo(new Condition.Port(List.of(new PortRange(22, 22), new PortRange(1000, 2000))));
        assertThat(condition("{source: 192.168.0.0/16, to: ai}"))
                .isEqualTo(new Condition.Source(List.of(network("192.168.0.0/16"))));
        assertThat(condition("{source-port: 5000, to: ai}"))
                .isEqualTo(new Condition.SourcePort(List.of(new PortRange(5000, 5000))));
        assertThat(condition("{network: udp, to: ai}")).isEqualTo(new Condition.Network(Set.of(Transport.UDP)));
        assertThat(condition("{listener: lan, user: [anna, ben], protocol: tls, process: curl, to: ai}"))
                .isEqualTo(new Condition.All(List.of(
                        new Condition.Word(Condition.WordKind.LISTENER, List.of("lan")),
                        new Condition.Word(Condition.WordKind.USER, List.of("anna", "ben")),
                        new Condition.Word(Condition.WordKind.PROTOCOL, List.of("tls")),
                        new Condition.Word(Condition.WordKind.PROCESS, List.of("curl")))));
        assertThat(condition("{any: [{port: 1}, 'NETWORK,udp'], not: {all: [{port: 2}, {port: 3}]}, to: ai}"))
                .isEqualTo(new Condition.All(List.of(
                        new Condition.Any(List.of(
                                new Condition.Port(List.of(new PortRange(1, 1))),
                                new Condition.Network(Set.of(Transport.UDP)))),
                        new Condition.Not(new Condition.All(List.of(
                                new Condition.Port(List.of(new PortRange(2, 2))),
                                new Condition.Port(List.of(new PortRange(3, 3)))))))));
        assertThat(condition("{any: [{ip-cidr: 10.0.0.1}], resolve: yes, to: ai}"))
                .isEqualTo(new Condition.Any(
                        List.of(new Condition.InNetwork(List.of(network("10.0.0.1/32")), Condition.LookUp.ASK))));
    }

    private static Cidr network(String text) {
        return Objects.requireNonNull(Cidr.parse(text));
    }

    @Test
    void a_rule_keeps_its_place_and_its_text() {
        Problems problems = new Problems();
        List<Rule> rules = RuleFixtures.parse("""
                - {domain-suffix: [lan, local], to: direct}
                - domain: [a.example]
                  port: 443
                  to: ai
                -   DOMAIN-SUFFIX,example.net,ai
                - {domain: [a, b, c, d, e, f, g, h, i], to: ai}
                - {domain-regex: '^a "b"', to: ai}
                - {to: block}
                """, problems);
        assertThat(problems.all()).isEmpty();
        assertThat(rules).extracting(rule -> rule.ref().index()).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(rules)
                .extracting(rule -> rule.ref().position().toString())
                .containsExactly(
                        "config.yaml:1:3",
                        "config.yaml:2:3",
                        "config.yaml:5:5",
                        "config.yaml:6:3",
                        "config.yaml:7:3",
                        "config.yaml:8:3");
        assertThat(rules)
                .extracting(rule -> rule.ref().text())
                .containsExactly(
                        "{domain-suffix: [lan, local], to: direct}",
                        "{domain: [a.example], port: 443, to: ai}",
                        "DOMAIN-SUFFIX,example.net,ai",
                        "{domain: [a, b, c, d, e, f, … 3 more], to: ai}",
                        "{domain-regex: \"^a \\\"b\\\"\", to: ai}",
                        "{to: block}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {domian: a.example, to: ai}                 | 4  | unknown key "domian"               | did you mean "domain"?
                    {domain: a.example, to: aii}                | 27 | is called "aii"                    | did you mean "ai"?
                    {domain: a.example}                         | 3  | needs the key "to"                 |
                    {rule-set: [ads, openia], to: ai}           | 20 | no rule-set is called "openia"     | did you mean "openai"?
                    {listener: lam, to: ai}                     | 14 | no listener is called "lam"        | did you mean "lan"?
                    {user: bem, to: ai}                         | 10 | no user is called "bem"            | did you mean "ben"?
                    {protocol: tsl, to: ai}                     | 14 | no protocol is called "tsl"        | did you mean "tls"?
                    {domain-suffix: .example.org, to: ai}       | 19 | starts with .                      | write "example.org"
                    {domain-suffix: '*.example.org', to: ai}    | 19 | starts with *.                     | write "example.org"
                    {domain-suffix: [a, +.example.org], to: ai} | 23 | starts with +.                     | write "example.org"
                    {domain: '*.example.org', to: ai}           | 12 | not one host name                  | domain-wildcard
                    {domain: 10.0.0.1, to: ai}                  | 12 | is an address                      | ip-cidr
                    {domain: 'https://a.example/', to: ai}      | 12 | a character that | without scheme
                    {domain-keyword: bücher, to: ai}            | 20 | never have                         | international
                    {domain-wildcard: 'a b*', to: ai}           | 21 | can match no host                  |
                    {domain-regex: '(?=a)', to: ai}             | 18 | no look-around                     |
                    {domain-regex: 'a(b', to: ai}               | 18 | a(b                                |
                    {ip-cidr: 10.0.0.0/33, to: ai}              | 13 | is no network                      |
                    {ip-cidr: example.org, to: ai}              | 13 | is no network                      |
                    {country: china, to: ai}                    | 13 | not a country's code               | ISO 3166-1
                    {asn: AS0, to: ai}                          | 9  | autonomous system                  | AS13335
                    {port: 2000-1000, to: ai}                   | 10 | starts above its end               |
                    {port: 70000, to: ai}                       | 10 | expected: 1-65535                  |
                    {port: [], to: ai}                          | 10 | at least one value                 |
                    {network: icmp, to: ai}                     | 13 | expected: one of tcp, udp             |
                    {all: [], to: ai}                           | 9  | at least one condition             |
                    {not: {}, to: ai}                           | 9  | an empty condition                 |
                    {not: {port: 0}, to: ai}                    | 16 | expected: 1-65535                  |
                    {any: [{prot: 1}], to: ai}                  | 11 | unknown key "prot"                 | did you mean "port"?
                    [a, b]                                      | 3  | must be a mapping                  |
                    """)
    void what_is_wrong_is_said_with_its_place(String rule, int column, String message, String hint) {
        Problem problem = only(rule);
        assertThat(problem.severity()).isEqualTo(Problem.Severity.ERROR);
        assertThat(problem.position().line()).isEqualTo(1);
        assertThat(problem.position().column()).as("%s", problem).isEqualTo(column);
        assertThat(problem.message()).contains(message);
        if (hint != null) {
            assertThat(problem.hint()).contains(hint);
        }
    }

    @Test
    void all_errors_are_reported_in_one_run() {
        assertThat(problems("{domian: x, to: ai}", "{port: 0, to: ai}", "DOMAIN,x", "{to: nobody}"))
                .extracting(problem -> problem.position().line())
                .containsExactly(1, 2, 3, 4);
    }

    @Test
    void a_network_with_bits_behind_its_prefix_is_read_and_warned_about() {
        Problem problem = only("{ip-cidr: 10.1.2.3/8, to: ai}");
        assertThat(problem.severity()).isEqualTo(Problem.Severity.WARNING);
        assertThat(problem.hint()).contains("10.0.0.0/8");
        assertThat(condition("{ip-cidr: 10.1.2.3/8, to: ai}"))
                .isEqualTo(new Condition.InNetwork(List.of(network("10.0.0.0/8")), Condition.LookUp.NEVER));
    }

    @Test
    void resolve_without_a_condition_about_addresses_is_warned_about() {
        Problem problem = only("{domain: a.example, resolve: true, to: ai}");
        assertThat(problem.severity()).isEqualTo(Problem.Severity.WARNING);
        assertThat(problem.message()).contains("does nothing");
        assertThat(problems("{not: {rule-set: ads}, resolve: true, to: ai}", REST))
                .isEmpty();
    }

    @Test
    void the_last_rule_must_take_everything() {
        List<Problem> none = problems("{port: 2, to: ai}", "{port: 1, to: ai}");
        assertThat(none).hasSize(1);
        assertThat(none.get(0).position().line()).isEqualTo(2);
        assertThat(none.get(0).hint()).contains("{to: direct}");
        List<Problem> early = problems("{to: ai}", "{port: 1, to: ai}");
        assertThat(early).hasSize(1);
        assertThat(early.get(0).position().line()).isEqualTo(1);
        assertThat(early.get(0).hint()).contains("to the end");
    }

    @Test
    void no_rules_at_all_are_an_error() {
        Problems problems = new Problems();
        RuleFixtures.parse("[]", problems);
        RuleFixtures.parse("{to: direct}", problems);
        assertThat(problems.all())
                .extracting(Problem::message)
                .anyMatch(m -> m.contains("no rule"))
                .anyMatch(m -> m.contains("must be a list"));
    }

    @Test
    void country_and_asn_without_a_database_say_how_to_get_one() {
        Scope scope = new Scope(
                Set.of("ai", "direct"), Set.of(), Set.of(), Set.of(), Set.of(), EnumSet.noneOf(GeoKind.class), false);
        Problems problems = new Problems();
        String text = "[{country: CN, to: ai}, {asn: 1, to: ai}, 'GEOIP,CN,ai', 'GEOIP,LAN,direct', {to: ai}]";
        RuleParser.parse(RuleFixtures.yaml(text, problems), scope, problems);
        assertThat(problems.all()).hasSize(3).allSatisfy(problem -> {
            assertThat(problem.message()).contains("needs a GeoIP database");
            assertThat(problem.hint()).contains("geoip: {file:", "nothing is downloaded at start");
        });
    }
}
