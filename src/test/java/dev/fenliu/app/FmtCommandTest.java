package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.edit.Fmt;
import dev.fenliu.edit.Migration;
import dev.fenliu.engine.ConfigReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FmtCommandTest {
    private static String fmt(String text) throws Exception {
        return Fmt.format(text, new FmtCommand.SchemaOrder(new Reference(Catalog.PROTOCOLS).schema()));
    }

    private static List<Problem> problems(String text) {
        Problems problems = new Problems();
        ConfigReader.read("config.yaml", Optional.empty(), text, Catalog.PROTOCOLS, problems);
        return problems.all();
    }

    @Test
    void keys_stand_in_the_order_of_the_reference() throws Exception {
        assertThat(fmt("""
            rules:
              - {to: direct, until: 2026-11-26T18:00:00Z, domain: a.example}
              - {to: block, all: [{port: 443, network: udp}]}
              - {to: direct}
            outbounds: {vps: {password: "x", server: "a.example:1", type: trojan}}
            listeners: [{listen: "127.0.0.1:1", type: mixed}]
            """)).isEqualTo("""
                    listeners: [{type: mixed, listen: "127.0.0.1:1"}]

                    outbounds: {vps: {type: trojan, server: "a.example:1", password: "x"}}

                    rules:
                      - {domain: a.example, to: direct, until: 2026-11-26T18:00:00Z}
                      - {all: [{port: 443, network: udp}], to: block}
                      - {to: direct}
                    """.replace("}]\n\noutbounds", "}]\noutbounds"));
    }

    @Test
    void the_example_and_the_defaults_are_in_that_order() throws Exception {
        for (Path file : List.of(Path.of("config.example.yaml"), Path.of("src/main/resources/default-config.yaml"))) {
            assertThat(fmt(Files.readString(file))).isEqualTo(Files.readString(file));
        }
    }

    @Test
    void keys_by_their_names_elsewhere_are_renamed_where_that_helps() {
        Migration.Migrated migrated = Migration.migrate("""
            # mine
            proxy-groups: {ai: {type: fallback, proxies: []}}   # the group
            rules:
              - {domain: a.example, outbound: ai}
              - {target: direct}
            """, FmtCommandTest::problems);
        assertThat(migrated.text()).isEqualTo("""
            # mine
            groups: {ai: {type: fallback, members: []}}   # the group
            rules:
              - {domain: a.example, to: ai}
              - {to: direct}
            """);
        assertThat(migrated.renamed()).hasSize(4).contains("line 5: target is to");
        assertThat(problems(migrated.text())).noneMatch(one -> one.severity() == Problem.Severity.ERROR);
    }

    @Test
    void a_config_of_this_version_and_what_nobody_knows_stay_as_they_are() {
        for (String text : List.of("version: 1\nrules: [{to: direct}]\n", "rulse: []\n", "mode: rule\n", "a: [")) {
            assertThat(Migration.migrate(text, FmtCommandTest::problems).text()).isEqualTo(text);
        }
    }
}
