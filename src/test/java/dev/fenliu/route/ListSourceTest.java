package dev.fenliu.route;

import static dev.fenliu.route.RuleFixtures.flow;
import static dev.fenliu.route.RuleFixtures.question;
import static dev.fenliu.route.RuleFixtures.router;
import static dev.fenliu.route.RuleFixtures.target;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.config.Problems;
import dev.fenliu.model.Transport;
import dev.fenliu.route.list.ListFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ListSourceTest {
    private static ListSource file(String text) {
        return ListSource.of("list", null, "", () -> text.getBytes(StandardCharsets.UTF_8));
    }

    private static CompiledRouter asked(ListSource source) throws Exception {
        RuleSet set = RuleSet.load("openai", source, Geo.NONE);
        return router(Map.of("openai", set), "{rule-set: openai, to: ai}", "{to: direct}");
    }

    @Test
    void a_file_is_compiled_and_explained_by_its_line() throws Exception {
        CompiledRouter router = asked(file("""
                payload:
                  - DOMAIN-SUFFIX,openai.com
                  - DOMAIN-SUFFIX,bücher.example
                  - 'IP-CIDR,203.0.113.0/24,no-resolve'
                """));
        Explainer explainer = new Explainer(router);
        assertThat(explainer.explain(question("api.openai.com:443")).entry())
                .hasValue(new ListEntry("list", 2, "- DOMAIN-SUFFIX,openai.com"));
        assertThat(explainer.explain(question("bücher.example:443")).entry())
                .hasValue(new ListEntry("list", 3, "- DOMAIN-SUFFIX,bücher.example"));
        assertThat(explainer
                        .explain(question("203.0.113.4:443"))
                        .entry()
                        .orElseThrow()
                        .line())
                .isEqualTo(4);
        assertThat(explainer.explain(question("a.example:443")).entry()).isEmpty();
    }

    @Test
    void exceptions_of_a_block_list_count() throws Exception {
        CompiledRouter router = asked(file("""
                ! Title: test
                ||ads.example^
                @@||good.ads.example^
                """));
        assertThat(target(router, "x.ads.example:1")).isEqualTo("ai");
        assertThat(target(router, "x.good.ads.example:1")).isEqualTo("direct");
    }

    @Test
    void rules_of_several_conditions_are_understood() throws Exception {
        CompiledRouter router = asked(file("""
                {"version": 3, "rules": [
                  {"domain_suffix": "voice.example", "network": "udp", "port": [3478], "port_range": ["50000:60000"]},
                  {"domain": ["a.example"], "domain_keyword": ["chat"]}
                ]}
                """));
        assertThat(target(router.match(Question.of(flow("x.voice.example:3478", Transport.UDP)))))
                .isEqualTo("ai");
        assertThat(target(router.match(Question.of(flow("x.voice.example:55555", Transport.UDP)))))
                .isEqualTo("ai");
        assertThat(target(router, "x.voice.example:3478")).isEqualTo("direct");
        assertThat(target(router, "mychat.example:1")).isEqualTo("ai");
    }

    @Test
    void entries_of_the_configuration_keep_their_lines() throws Exception {
        ListSource entries =
                ListSource.of(RuleFixtures.yaml("""
                        - +.openai.com
                        - [ignored]
                        - DOMAIN-KEYWORD,chat
                        - 203.0.113.0/24
                        - "not a name"
                        """, new Problems()).items());
        RuleSet set = RuleSet.load("openai", entries, Geo.NONE);
        assertThat(set.entries()).isEqualTo(3);
        assertThat(set.skipped()).isEqualTo(2);
        assertThat(set.firstSkipped())
                .extracting(problem -> problem.position().line())
                .containsExactly(2, 5);
        CompiledRouter router = router(Map.of("openai", set), "{rule-set: openai, to: ai}", "{to: direct}");
        assertThat(new Explainer(router).explain(question("mychat.test:1")).entry())
                .hasValue(new ListEntry("config.yaml", 3, "DOMAIN-KEYWORD,chat"));
        assertThat(target(router, "openai.com:1")).isEqualTo("ai");
        assertThat(target(router, "203.0.113.1:1")).isEqualTo("ai");
    }

    @Test
    void a_list_that_goes_away_only_loses_its_explanation() throws Exception {
        boolean[] gone = {false};
        ListSource source = ListSource.of("list", null, "", () -> {
            if (gone[0]) {
                throw new IOException("gone");
            }
            return "a.example\n".getBytes(StandardCharsets.UTF_8);
        });
        CompiledRouter router = asked(source);
        gone[0] = true;
        Explanation explanation = new Explainer(router).explain(question("a.example:1"));
        assertThat(target(explanation.verdict())).isEqualTo("ai");
        assertThat(explanation.entry()).isEmpty();
    }

    @Test
    void a_web_page_is_refused() {
        assertThatThrownBy(() -> asked(file("<!DOCTYPE html><html></html>"))).isInstanceOf(ListFormatException.class);
    }
}
