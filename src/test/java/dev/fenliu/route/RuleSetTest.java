package dev.fenliu.route;

import static dev.fenliu.route.RuleFixtures.address;
import static dev.fenliu.route.RuleFixtures.flow;
import static dev.fenliu.route.RuleFixtures.question;
import static dev.fenliu.route.RuleFixtures.router;
import static dev.fenliu.route.RuleFixtures.target;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.route.list.EntryKind;
import dev.fenliu.route.list.ListFormatException;
import dev.fenliu.route.list.ListSink;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class RuleSetTest {
    private static CompiledRouter asked(RuleSet set, String options) {
        return router(Map.of("openai", set), "{rule-set: openai" + options + ", to: ai}", "{to: direct}");
    }

    private static RuleSet load(FakeList list) throws Exception {
        return RuleSet.load("openai", list, Geo.NONE);
    }

    @Test
    void every_kind_of_entry_matches() throws Exception {
        RuleSet set = load(new FakeList()
                .add(EntryKind.DOMAIN, "exact.example", 1)
                .add(EntryKind.DOMAIN_SUFFIX, "suffix.example", 2)
                .add(EntryKind.DOMAIN_BELOW, "below.example", 3)
                .add(EntryKind.DOMAIN_CHILD, "child.example", 4)
                .add(EntryKind.DOMAIN_KEYWORD, "keyw", 5)
                .add(EntryKind.DOMAIN_WILDCARD, "w?ld*.example", 6)
                .add(EntryKind.DOMAIN_REGEX, "^R\\d+\\.", 7)
                .add(EntryKind.IP_CIDR, "203.0.113.0/24", 8)
                .add(EntryKind.CLASH_LINE, "AND,((DST-PORT,99),(NETWORK,tcp))", 9));
        CompiledRouter router = asked(set, "");
        for (String in : List.of(
                "exact.example:1",
                "suffix.example:1",
                "a.suffix.example:1",
                "a.b.below.example:1",
                "a.child.example:1",
                "my-keyword.test:1",
                "wildest.example:1",
                "r12.test:1",
                "203.0.113.200:1",
                "other.test:99")) {
            assertThat(target(router, in)).as(in).isEqualTo("ai");
        }
        for (String out : List.of(
                "a.exact.example:1", "below.example:1", "child.example:1", "a.b.child.example:1", "203.0.114.1:1")) {
            assertThat(target(router, out)).as(out).isEqualTo("direct");
        }
        assertThat(set.entries()).isEqualTo(9);
        assertThat(set).hasToString("openai (9 entries of list.txt)");
    }

    @Test
    void what_a_list_excepts_is_not_in_it() throws Exception {
        CompiledRouter router = asked(
                load(new FakeList()
                        .add(EntryKind.DOMAIN_SUFFIX, "example.org", 1)
                        .add(true, EntryKind.DOMAIN_SUFFIX, "ok.example.org", 2)),
                "");
        assertThat(target(router, "ads.example.org:1")).isEqualTo("ai");
        assertThat(target(router, "a.ok.example.org:1")).isEqualTo("direct");
    }

    @Test
    void networks_of_a_list_resolve_only_if_the_rule_does() throws Exception {
        RuleSet set = load(new FakeList()
                .add(EntryKind.DOMAIN, "a.example", 1)
                .add(EntryKind.IP_CIDR, "203.0.113.0/24", 2)
                .add(EntryKind.CLASH_LINE, "AND,((IP-CIDR,198.51.100.0/24),(DST-PORT,1))", 3));
        assertThat(target(asked(set, ""), "b.example:1")).isEqualTo("direct");
        CompiledRouter resolving = asked(set, ", resolve: true");
        assertThat(target(resolving, "a.example:1")).isEqualTo("ai");
        assertThat(target(resolving, "b.example:1")).isEqualTo("needs ADDRESSES@0");
        assertThat(target(resolving.match(question("b.example:1").resolved(List.of(address("198.51.100.7")), 0))))
                .isEqualTo("ai");
        assertThat(target(resolving.match(question("b.example:2").resolved(List.of(address("198.51.100.7")), 0))))
                .isEqualTo("direct");
    }

    @Test
    void a_network_with_no_resolve_in_a_list_never_makes_a_name_be_looked_up() throws Exception {
        String list = "DOMAIN,a.example\nIP-CIDR,203.0.113.0/24,no-resolve\nGEOIP,PRIVATE,no-resolve\n";
        ListSource quiet = ListSource.of("quiet.list", null, "", () -> list.getBytes(StandardCharsets.UTF_8));
        ListSource loud = ListSource.of(
                "loud.list", null, "", () -> (list + "IP-CIDR,198.51.100.0/24").getBytes(StandardCharsets.UTF_8));
        Map<String, RuleSet> sets =
                Map.of("openai", RuleSet.load("openai", quiet, Geo.NONE), "ads", RuleSet.load("ads", loud, Geo.NONE));
        String rest = "{to: direct}";
        assertThat(target(router(sets, "RULE-SET,openai,ai", rest), "b.example:1"))
                .isEqualTo("direct");
        assertThat(target(router(sets, "{rule-set: openai, resolve: true, to: ai}", rest), "b.example:1"))
                .isEqualTo("direct");
        assertThat(target(router(sets, "RULE-SET,openai,ai", rest), "203.0.113.7:1"))
                .isEqualTo("ai");
        assertThat(target(router(sets, "RULE-SET,ads,ai,no-resolve", rest), "b.example:1"))
                .isEqualTo("direct");
        CompiledRouter router = router(sets, "RULE-SET,openai,vps", "RULE-SET,ads,ai", rest);
        assertThat(target(router, "b.example:1")).isEqualTo("needs ADDRESSES@1");
        assertThat(target(router.match(question("b.example:1").resolved(List.of(address("203.0.113.7")), 1))))
                .isEqualTo("ai");
        CompiledRouter later = router(sets, "RULE-SET,ads,block", "RULE-SET,openai,vps,no-resolve", rest);
        assertThat(target(later.match(question("b.example:1").resolved(List.of(address("10.0.0.1")), 0))))
                .isEqualTo("block");
    }

    @Test
    void a_list_of_networks_alone_wants_no_first_bytes() throws Exception {
        CompiledRouter networks = asked(load(new FakeList().add(EntryKind.IP_CIDR, "203.0.113.0/24", 1)), "");
        assertThat(networks.wantsFirstBytes(flow("192.0.2.1:443"))).isFalse();
        CompiledRouter names = asked(load(new FakeList().add(EntryKind.DOMAIN, "a.example", 1)), "");
        assertThat(names.wantsFirstBytes(flow("192.0.2.1:443"))).isTrue();
    }

    @Test
    void bad_entries_are_skipped_with_their_places() throws Exception {
        FakeList list = new FakeList().add(EntryKind.DOMAIN, "a.example", 1);
        for (int line = 2; line < 20; line++) {
            list.add(EntryKind.DOMAIN_REGEX, "(((", line);
        }
        list.add(EntryKind.CLASH_LINE, "URL-REGEX,^http", 20).add(EntryKind.CLASH_LINE, "RULE-SET,openai", 21);
        RuleSet set = load(list);
        assertThat(set.entries()).isEqualTo(1);
        assertThat(set.skipped()).isEqualTo(20);
        assertThat(set.firstSkipped()).hasSize(5);
        assertThat(set.firstSkipped().get(0).position()).hasToString("list.txt:2:1");
    }

    @Test
    void a_list_without_a_good_entry_is_an_error() {
        ListSource empty = new ListSource() {
            @Override
            public String file() {
                return "list.txt";
            }

            @Override
            public void read(ListSink sink) {
                sink.bad(1, "???", "it is no name");
            }

            @Override
            public IntFunction<String> lines() {
                return number -> "";
            }
        };
        assertThatThrownBy(() -> RuleSet.load("x", empty, Geo.NONE))
                .isInstanceOf(ListFormatException.class)
                .hasMessageContaining("no good entry")
                .hasMessageContaining("it is no name");
    }
}
