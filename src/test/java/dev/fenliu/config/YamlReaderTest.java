package dev.fenliu.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

@org.junit.jupiter.api.Timeout(30)
class YamlReaderTest {
    private Problems problems = new Problems();

    private ConfigNode read(String text) {
        return YamlReader.read("c.yaml", Path.of("/etc"), text, problems);
    }

    private String problem(String text) {
        assertThat(read(text)).isNull();
        assertThat(problems.all()).hasSize(1);
        return problems.all().get(0).toString();
    }

    @Test
    void scalars_stay_what_was_typed() {
        ConfigNode node = read("[no, 0123, 1:30, 1e10, 2026-01-01, 'a b', \"\\u0041\", on, ~, null]");
        assertThat(node.items())
                .extracting(ConfigNode::text)
                .containsExactly("no", "0123", "1:30", "1e10", "2026-01-01", "a b", "A", "on", "", "");
        assertThat(node.items().get(8).kind()).isEqualTo(ConfigNode.Kind.NULL);
    }

    @Test
    void every_node_knows_its_place() {
        ConfigNode node = read("a:\n  - b\n  - {c: d}\n");
        ConfigNode c = node.get("a").items().get(1).get("c");
        assertThat(c.position()).isEqualTo(new Position("c.yaml", 3, 9));
        assertThat(c.excerpt()).isEqualTo(new Excerpt("  - {c: d}", 9, 1));
    }

    @Test
    void an_empty_file_is_nothing_and_no_problem() {
        assertThat(read("").kind()).isEqualTo(ConfigNode.Kind.NULL);
        assertThat(read("# only a comment\n").kind()).isEqualTo(ConfigNode.Kind.NULL);
        assertThat(problems.all()).isEmpty();
    }

    @Test
    void a_byte_order_mark_is_skipped() {
        assertThat(read("\ufeffa: b").get("a").text()).isEqualTo("b");
    }

    @Test
    void an_unclosed_brace_names_where_it_opened() {
        assertThat(problem("a:\n  b: {c: d\ne: f\n")).contains("line 2");
    }

    @Test
    void a_bare_star_gets_its_own_hint() {
        assertThat(problem("a: [*.example.org]")).contains("in quotes");
    }

    @Test
    void a_tab_gets_its_own_hint() {
        assertThat(problem("a:\n\tb: c\n")).contains("c.yaml:2:").contains("spaces");
    }

    @Test
    void tags_second_documents_and_complex_keys_are_refused() {
        assertThat(problem("a: !!javax.script.ScriptEngineManager [x]")).contains("tag");
        problems = new Problems();
        assertThat(problem("a: b\n---\nc: d\n")).contains("second YAML document");
        problems = new Problems();
        assertThat(problem("? [a]\n: b\n")).contains("plain word");
    }

    @Test
    void bombs_end_in_a_problem_and_soon() {
        StringBuilder laughs = new StringBuilder("a: &a [x,x,x,x,x,x,x,x,x]\n");
        for (char c = 'b'; c < 'm'; c++) {
            laughs.append(c)
                    .append(": &")
                    .append(c)
                    .append(" [")
                    .append(("*" + (char) (c - 1) + ",").repeat(9))
                    .append("x]\n");
        }
        for (String text : List.of(
                laughs.toString(),
                "[".repeat(5_000),
                "{a: ".repeat(5_000),
                "a".repeat(YamlReader.MAX_CHARS + 1),
                "a: &x [*x]",
                "!<   > a",
                "\u0000",
                "a: \"\\ud800\"")) {
            problems = new Problems();
            ConfigNode node = read(text);
            assertThat(node == null)
                    .as(text.substring(0, Math.min(20, text.length())))
                    .isEqualTo(problems.hasErrors());
        }
    }

    @Test
    void the_nearest_key_is_named_for_an_unknown_one() {
        Key<String> server = Key.required("server", Type.TEXT, "Where.");
        Section section =
                Section.open(read("sever: a\nserver: b\nserver: c\n"), "outbound \"x\"", List.of(server), problems);
        assertThat(section.get(server)).isEqualTo("b");
        assertThat(problems.all())
                .extracting(Problem::toString)
                .containsExactly(
                        "c.yaml:1:1: error: unknown key \"sever\" in outbound \"x\"\n  1 | sever: a\n    | ^^^^^\n"
                                + "  did you mean \"server\"?",
                        "c.yaml:3:1: error: duplicate key \"server\" in outbound \"x\"\n  3 | server: c\n    | ^^^^^^\n"
                                + "  first at line 2");
    }

    @Test
    void types_convert_and_say_what_they_expect() {
        assertThat(Type.DURATION.read(read("300ms"), "x", problems)).isEqualTo(Duration.ofMillis(300));
        assertThat(Type.SIZE.read(read("16MB"), "x", problems)).isEqualTo(16L << 20);
        assertThat(Type.LISTEN.read(read("\"[::1]:0\""), "x", problems).getPort())
                .isZero();
        assertThat(Type.BOOLEAN.read(read("on"), "x", problems)).isTrue();
        assertThat(problems.all()).isEmpty();
        for (Type<?> type : List.of(
                Type.DURATION,
                Type.SIZE,
                Type.LISTEN,
                Type.BOOLEAN,
                Type.PORT,
                Type.DESTINATION,
                Type.ADDRESS,
                Type.integer(1, 5))) {
            int before = problems.size();
            assertThat((Object) type.read(read("bogus"), "\"x\"", problems)).isNull();
            assertThat(problems.size()).isEqualTo(before + 1);
        }
    }

    @Test
    void secrets_come_from_the_environment_or_a_file_and_never_print(@org.junit.jupiter.api.io.TempDir Path folder)
            throws Exception {
        java.nio.file.Files.writeString(folder.resolve("key"), "s3cret\nmore\n");
        ConfigNode node = YamlReader.read("c.yaml", folder, "\"${file:key}\"", problems);
        Secret secret = Type.SECRET.read(node, "x", problems);
        assertThat(secret.value()).isEqualTo("s3cret");
        assertThat(secret).hasToString("***");
        assertThat(Type.SECRET.read(read("\"${env:FENLIU_SURELY_UNSET}\""), "x", problems))
                .isNull();
        assertThat(Type.SECRET.read(read("\"${file:/nowhere/at/all}\""), "x", problems))
                .isNull();
        assertThat(Type.SECRET.read(read("\"${vault:x}\""), "x", problems)).isNull();
        assertThat(problems.all()).hasSize(3);
    }
}
