package dev.fenliu.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.fenliu.model.Transport;
import dev.fenliu.route.list.Cidr;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClashLineTest {
    private record Parsed(Condition condition, String target) {}

    private static Parsed parse(String line) throws RuleSyntaxException {
        ClashLine.Parts parts = ClashLine.parts(line, RuleFixtures.SCOPE);
        return new Parsed(parts.condition(RuleFixtures.SCOPE), parts.target(RuleFixtures.SCOPE));
    }

    private static Condition name(Condition.NameKind kind, String value) {
        return new Condition.Name(kind, List.of(value));
    }

    private static Condition network(String text, Condition.LookUp lookUp) {
        return new Condition.InNetwork(List.of(Objects.requireNonNull(Cidr.parse(text))), lookUp);
    }

    @Test
    void domain_lines_are_read() throws Exception {
        assertThat(parse("DOMAIN,A.example,ai").condition()).isEqualTo(name(Condition.NameKind.EXACT, "a.example"));
        assertThat(parse("DOMAIN-SUFFIX, example.net , ai").condition())
                .isEqualTo(name(Condition.NameKind.SUFFIX, "example.net"));
        assertThat(parse("domain-keyword,open,ai").condition()).isEqualTo(name(Condition.NameKind.KEYWORD, "open"));
        assertThat(parse("DOMAIN-WILDCARD,*.a?.example,ai").condition())
                .isEqualTo(name(Condition.NameKind.WILDCARD, "*.a?.example"));
    }

    @Test
    void commas_of_an_expression_survive() throws Exception {
        Parsed line = parse("DOMAIN-REGEX,^a{1,3}\\.(X,Y)+$,ai");
        assertThat(line.condition()).isEqualTo(name(Condition.NameKind.REGEX, "^a{1,3}\\.(X,Y)+$"));
        assertThat(line.target()).isEqualTo("ai");
        assertThat(parse("DOMAIN-REGEX, \\S{2,} ,ai,no-resolve").condition())
                .isEqualTo(name(Condition.NameKind.REGEX, " \\S{2,} "));
    }

    @Test
    void address_lines_resolve_unless_told_not_to() throws Exception {
        assertThat(parse("IP-CIDR,10.0.0.0/8,ai").condition()).isEqualTo(network("10.0.0.0/8", Condition.LookUp.ASK));
        assertThat(parse("IP-CIDR6,2001:db8::/32,ai,no-resolve").condition())
                .isEqualTo(network("2001:db8::/32", Condition.LookUp.KNOWN));
        assertThat(parse("IP-CIDR,10.0.0.0/8,ai,src").condition())
                .isEqualTo(new Condition.Source(List.of(Objects.requireNonNull(Cidr.parse("10.0.0.0/8")))));
        assertThat(parse("GEOIP,cn,ai").condition())
                .isEqualTo(new Condition.InCountry(List.of("CN"), Condition.LookUp.ASK));
        assertThat(parse("IP-ASN,13335,ai,no-resolve").condition())
                .isEqualTo(new Condition.InAsn(List.of(13335L), Condition.LookUp.KNOWN));
        assertThat(parse("RULE-SET,openai,ai").condition())
                .isEqualTo(new Condition.InSet(List.of("openai"), Condition.LookUp.ASK));
        assertThat(parse("RULE-SET,openai,ai,no-resolve").condition())
                .isEqualTo(new Condition.InSet(List.of("openai"), Condition.LookUp.KNOWN));
        assertThat(((Condition.InNetwork) parse("GEOIP,LAN,direct,no-resolve").condition()).networks())
                .anyMatch(network -> network.toString().equals("192.168.0.0/16"));
    }

    @Test
    void lines_about_the_flow_are_read() throws Exception {
        assertThat(parse("SRC-IP-CIDR,192.168.1.0/24,ai").condition()).isInstanceOf(Condition.Source.class);
        assertThat(parse("SRC-PORT,5000,ai").condition())
                .isEqualTo(new Condition.SourcePort(List.of(new PortRange(5000, 5000))));
        assertThat(parse("DST-PORT,80/8000-8100,ai").condition())
                .isEqualTo(new Condition.Port(List.of(new PortRange(80, 80), new PortRange(8000, 8100))));
        assertThat(parse("NETWORK,UDP,ai").condition()).isEqualTo(new Condition.Network(Set.of(Transport.UDP)));
        assertThat(parse("PROCESS-NAME,curl,ai").condition())
                .isEqualTo(new Condition.Word(Condition.WordKind.PROCESS, List.of("curl")));
        assertThat(parse("IN-USER,anna/ben,ai").condition())
                .isEqualTo(new Condition.Word(Condition.WordKind.USER, List.of("anna", "ben")));
        assertThat(parse("IN-NAME,lan,ai").condition())
                .isEqualTo(new Condition.Word(Condition.WordKind.LISTENER, List.of("lan")));
    }

    @Test
    void logical_lines_nest() throws Exception {
        assertThat(parse("AND,((DOMAIN,a.example),(NETWORK,udp)),block"))
                .isEqualTo(new Parsed(
                        new Condition.All(List.of(
                                name(Condition.NameKind.EXACT, "a.example"),
                                new Condition.Network(Set.of(Transport.UDP)))),
                        "block"));
        assertThat(parse("OR,((NOT,((DOMAIN,a.example))), (AND,((IP-CIDR,10.0.0.0/8,no-resolve),(DST-PORT,1)))),ai")
                        .condition())
                .isEqualTo(new Condition.Any(List.of(
                        new Condition.Not(name(Condition.NameKind.EXACT, "a.example")),
                        new Condition.All(List.of(
                                network("10.0.0.0/8", Condition.LookUp.KNOWN),
                                new Condition.Port(List.of(new PortRange(1, 1))))))));
        assertThat(parse("NOT,((DOMAIN-REGEX,^(a|b\\)){1,2}$)),ai").condition())
                .isEqualTo(new Condition.Not(name(Condition.NameKind.REGEX, "^(a|b\\)){1,2}$")));
    }

    @Test
    void targets_of_clash_are_ours() throws Exception {
        assertThat(parse("MATCH,DIRECT")).isEqualTo(new Parsed(Condition.always(), "direct"));
        assertThat(parse("FINAL,REJECT,no-resolve").target()).isEqualTo("block");
        assertThat(parse("DOMAIN,a.example,REJECT-DROP").target()).isEqualTo("block");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    GEOSITE,openai,ai            | GEOSITE              | RULE-SET,openai
                    PROCESS-PATH,/usr/bin/x,ai   | PROCESS-PATH         | PROCESS-NAME
                    SUB-RULE,(NETWORK,tcp),ai    | SUB-RULE             | write its rules
                    DOMAIN-SUFIX,a.example,ai    | DOMAIN-SUFIX         | did you mean "DOMAIN-SUFFIX"?
                    DOMAIN,a.example             | has no target        | TYPE,value,target
                    DOMAIN,a.example,aii         | called "aii"         | did you mean "ai"?
                    RULE-SET,opnai,ai            | called "opnai"       | did you mean "openai"?
                    IN-NAME,lna,ai               | called "lna"         | did you mean "lan"?
                    NETWORK,icmp,ai              | tcp or udp           |
                    DST-PORT,0,ai                | 1-65535              |
                    DOMAIN,a.example,ai,src      | no option src        |
                    DOMAIN-SUFFIX,.a.example,ai  | starts with .        | write "a.example"
                    direct                       | is no rule           |
                    IP-CIDR,10.0.0.0/8,ai,no-reslove | no option        | did you mean "no-resolve"?
                    to:ai                        | is no rule           | a blank belongs
                    match                        | has no target        | write MATCH,target
                    PROCESS-NAME,/usr/bin/x,ai   | name of a program    | write "x"
                    MATCH,                       | called ""            |
                    'AND,((DOMAIN,a.example),ai' | parentheses          |
                    'AND,(),ai'                  | AND of 0             |
                    'NOT,((NETWORK,udp),(NETWORK,tcp)),ai' | NOT of 2   |
                    'AND,((MATCH,ai)),ai'        | MATCH                | cannot stand here
                    'AND,((DOMAIN,a.example),(NETWORK,udp))' | has no target |
                    """)
    void bad_lines_say_what_to_write(String line, String message, String hint) {
        RuleSyntaxException e = catchThrowableOfType(RuleSyntaxException.class, () -> parse(line));
        assertThat(e).as(line).isNotNull();
        assertThat(e.getMessage()).contains(message);
        if (hint != null) {
            assertThat(e.hint()).contains(hint);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"AND,((((((", "AND,))))", "NOT,((NOT,((", ",,,", "AND,((,)),ai", "AND,(DOMAIN,x),ai", "\\,\\,\\"
            })
    void garbage_is_refused(String line) {
        assertThat(catchThrowableOfType(RuleSyntaxException.class, () -> parse(line)))
                .isNotNull();
    }

    @Test
    void deep_nesting_is_refused() {
        String line = "NOT,((".repeat(500) + "NETWORK,udp" + "))".repeat(500) + ",ai";
        RuleSyntaxException e = catchThrowableOfType(RuleSyntaxException.class, () -> parse(line));
        assertThat(e.getMessage()).contains("too deeply");
    }

    @Test
    void random_lines_give_a_condition_or_a_clean_refusal() {
        String[] pieces = {
            "AND",
            "OR",
            "NOT",
            "DOMAIN",
            "DOMAIN-REGEX",
            "IP-CIDR",
            "GEOIP",
            "DST-PORT",
            ",",
            ",",
            "(",
            "((",
            ")",
            "))",
            "a.example",
            "10.0.0.0/8",
            "no-resolve",
            "src",
            "80/443",
            "CN",
            "\\",
            "[",
            "*",
            " ",
            "ai",
            "\u00fc",
            "{2,"
        };
        Random random = new Random(11);
        int good = 0;
        for (int i = 0; i < 50_000; i++) {
            StringBuilder line = new StringBuilder();
            for (int n = random.nextInt(12); n >= 0; n--) {
                line.append(pieces[random.nextInt(pieces.length)]);
            }
            try {
                parse(line.toString());
                good++;
            } catch (RuleSyntaxException e) {
                assertThat(e.reason()).isNotEmpty();
            }
        }
        assertThat(good).isPositive();
    }

    @Test
    void an_expression_that_would_grow_without_bound_is_refused() {
        RuleSyntaxException e = catchThrowableOfType(
                RuleSyntaxException.class, () -> parse("DOMAIN-REGEX,((((a{100}){100}){100}){100}){100},ai"));
        assertThat(e).isNotNull();
    }
}
