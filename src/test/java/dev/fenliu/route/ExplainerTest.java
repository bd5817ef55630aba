package dev.fenliu.route;

import static dev.fenliu.route.RuleFixtures.address;
import static dev.fenliu.route.RuleFixtures.question;
import static dev.fenliu.route.RuleFixtures.router;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Device;
import dev.fenliu.model.Mac;
import dev.fenliu.route.list.DomainSet;
import dev.fenliu.route.list.EntryKind;
import dev.fenliu.route.list.PackedNames;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExplainerTest {
    @Test
    void every_rule_before_the_decision_says_why_it_did_not_match() {
        CompiledRouter router = router(
                "{domain-suffix: [a.example, b.example, c.example, d.example], to: ai}",
                "{ip-cidr: 10.0.0.0/8, to: ai}",
                "{domain-suffix: x.example, port: 80, to: ai}",
                "{rule-set: gone, to: block}",
                "{not: {network: tcp}, to: ai}",
                "{any: [{port: 1}, {user: anna}], to: ai}",
                "{ip-cidr: 10.0.0.0/8, resolve: true, to: ai}",
                "{process: curl, to: ai}",
                "{source-mac: \"02:00:00:00:00:0a\", to: ai}",
                "{source-hostname: [tv, nas], to: ai}",
                "{to: direct}");
        Question asked = question("www.x.example:443")
                .resolved(List.of(address("192.0.2.1")), 0)
                .process("", 0)
                .device(new Device(Optional.of(Mac.parse("02:00:00:00:00:0b")), Optional.empty(), true), 0);
        List<Explainer.Tried> tried = new Explainer(router).tried(asked);
        assertThat(tried)
                .extracting(Explainer.Tried::why)
                .containsExactly(
                        "the name is www.x.example, not domain-suffix a.example, b.example, c.example, … (4)",
                        "the host is a name, not ip-cidr 10.0.0.0/8",
                        "the port is 443, not port 80",
                        "the list has no copy yet, not rule-set gone",
                        "excluded by not: network tcp",
                        "none of its 2 alternatives holds",
                        "the name's addresses are 192.0.2.1, not ip-cidr 10.0.0.0/8",
                        "the process is unknown, not process curl",
                        "the client's MAC address is 02:00:00:00:00:0b, not source-mac 02:00:00:00:00:0a",
                        "the client has no host name, not source-hostname tv, nas");
        assertThat(tried.get(2).rule().place()).isEqualTo("config.yaml:3");
    }

    @Test
    void a_question_back_is_explained_up_to_its_rule() {
        CompiledRouter router =
                router("{port: 1, to: ai}", "{ip-cidr: 10.0.0.0/8, resolve: true, to: ai}", "{to: direct}");
        Explainer explainer = new Explainer(router);
        assertThat(explainer.explain(question("a.example:443")).verdict())
                .isEqualTo(new Verdict.Needs(Verdict.What.ADDRESSES, 1));
        assertThat(explainer.tried(question("a.example:443"))).hasSize(1);
    }

    @Test
    void a_rule_before_the_look_up_is_explained_without_its_answer() {
        CompiledRouter router = router(
                "IP-CIDR,192.0.2.0/24,ai,no-resolve",
                "IP-CIDR,10.0.0.0/8,vps",
                "IP-CIDR,198.51.100.0/24,vps,no-resolve",
                "{to: direct}");
        Question asked = question("a.example:443").resolved(List.of(address("192.0.2.1")), 1);
        assertThat(new Explainer(router).tried(asked))
                .extracting(Explainer.Tried::why)
                .containsExactly(
                        "the host is a name, not ip-cidr 192.0.2.0/24",
                        "the name's addresses are 192.0.2.1, not ip-cidr 10.0.0.0/8",
                        "the name's addresses are 192.0.2.1, not ip-cidr 198.51.100.0/24");
    }

    @Test
    void the_entry_of_the_list_is_found_again_in_its_text() throws Exception {
        FakeList list = new FakeList()
                .add(EntryKind.DOMAIN_SUFFIX, "example.org", 3)
                .line(3, "  - +.Example.org # all")
                .add(EntryKind.DOMAIN, "api.example.org", 4)
                .line(4, "  - api.example.org")
                .add(EntryKind.DOMAIN_CHILD, "one.example", 5)
                .add(EntryKind.DOMAIN_KEYWORD, "keyw", 0)
                .add(EntryKind.IP_CIDR, "203.0.113.0/24", 7)
                .line(7, "the file was changed")
                .add(EntryKind.CLASH_LINE, "DST-PORT,8443", 8)
                .line(8, "DST-PORT,8443")
                .add(true, EntryKind.DOMAIN, "www.example.org", 9);
        RuleSet set = RuleSet.load("openai", list, Geo.NONE);
        CompiledRouter router =
                router(Map.of("openai", set), "{rule-set: openai, network: tcp, to: ai}", "{to: direct}");
        Explainer explainer = new Explainer(router);
        assertThat(explainer.explain(question("x.example.org:1")).entry())
                .hasValue(new ListEntry("list.txt", 3, "- +.Example.org # all"));
        assertThat(explainer.explain(question("api.example.org:1")).entry())
                .hasValue(new ListEntry("list.txt", 4, "- api.example.org"));
        assertThat(explainer.explain(question("a.one.example:1")).entry())
                .hasValue(new ListEntry("list.txt", 5, "one.example"));
        assertThat(explainer.explain(question("mykeyword.test:1")).entry())
                .hasValue(new ListEntry("list.txt", 0, "keyw"));
        assertThat(explainer.explain(question("203.0.113.9:1")).entry())
                .hasValue(new ListEntry("list.txt", 7, "203.0.113.0/24"));
        assertThat(explainer.explain(question("other.test:8443")).entry())
                .hasValue(new ListEntry("list.txt", 8, "DST-PORT,8443"));
        assertThat(explainer.explain(question("www.example.org:1")).entry()).isEmpty();
        assertThat(RuleFixtures.target(router, "www.example.org:1")).isEqualTo("direct");
        assertThat(list.reads()).as("once to load, once to explain").isEqualTo(2);
    }

    @Test
    void a_host_whose_fingerprint_alone_is_in_the_list_is_told_from_one_that_the_text_names() throws Exception {
        FakeList list =
                new FakeList().add(EntryKind.DOMAIN_SUFFIX, "named.example", 1).line(1, "+.named.example");
        DomainSet alike = DomainSet.builder()
                .suffix("named.example")
                .suffix("alike.example")
                .build();
        RuleSet set = RuleSet.of("openai", list, new PackedNames(alike, 2));
        CompiledRouter router = router(Map.of("openai", set), "{rule-set: openai, to: ai}", "{to: direct}");
        Explainer explainer = new Explainer(router);
        assertThat(explainer.explain(question("www.named.example:1")).entry())
                .hasValue(new ListEntry("list.txt", 1, "+.named.example"));
        Explanation explanation = explainer.explain(question("www.alike.example:1"));
        assertThat(explanation.verdict())
                .as("what the proxy does, right or wrong")
                .isEqualTo(router.match(question("www.alike.example:1")))
                .isInstanceOf(Decision.Via.class);
        assertThat(explanation.entry()).hasValueSatisfying(entry -> {
            assertThat(entry.file()).isEqualTo("list.txt");
            assertThat(entry.line()).isZero();
            assertThat(entry.text()).startsWith("no line names this host");
        });
        assertThat(explainer.explain(question("other.example:1")).entry()).isEmpty();
    }
}
