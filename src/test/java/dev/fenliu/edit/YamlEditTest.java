package dev.fenliu.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Outline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class YamlEditTest {
    private static final List<String> RULES = List.of("rules");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rules:\n  - a\n  - b # why\n|0|rules:\n  - NEW\n  - a\n  - b # why\n",
                "rules:\n  - a\n  - b # why\n|2|rules:\n  - a\n  - b # why\n  - NEW\n",
                "rules:\n  - a\n  - b|2|rules:\n  - a\n  - b\n  - NEW",
                "rules:\n- a\n# of b\n- b\nx: 1\n|1|rules:\n- a\n- NEW\n# of b\n- b\nx: 1\n",
                "rules:\n  # the section\n\n  # of a\n  - a\n|0|rules:\n  # the section\n\n  - NEW\n  # of a\n  - a\n",
                "rules: [a, b]\n|0|rules: [NEW, a, b]\n",
                "rules: [a, b]\n|1|rules: [a, NEW, b]\n",
                "rules: [a, b,]\n|2|rules: [a, b, NEW,]\n",
                "rules: []\n|0|rules: [NEW]\n",
                "rules: [\n  a, # one\n  b\n]\n|1|rules: [\n  a, # one\n  NEW,\n  b\n]\n",
                "rules: [\n  a, # one\n  b # two\n]\n|2|rules: [\n  a, # one\n  b, # two\n  NEW\n]\n",
                "rules: [\n  a,\n  b, # two\n]\n|2|rules: [\n  a,\n  b, # two\n  NEW,\n]\n",
                "rules: [\n  a\n  , b\n]\n|1|rules: [\n  a\n  , NEW, b\n]\n",
                "rules: [a, # one\n  b]\n|2|rules: [a, # one\n  b, NEW]\n",
                "rules:   # none yet\n\nx: 1\n|0|rules:   # none yet\n  - NEW\n\nx: 1\n",
                "rules:\n  -\n    a: 1\n    b: 2\n  - c\n|1|rules:\n  -\n    a: 1\n    b: 2\n  - NEW\n  - c\n",
                "rules:\n  - |\n    text\n\n# end\nx: 1\n|1|rules:\n  - |\n    text\n  - NEW\n\n# end\nx: 1\n",
                "rules:\n  - \"quoted - 你好 😀\"\n  - 'b'\n|1|rules:\n  - \"quoted - 你好 😀\"\n  - NEW\n  - 'b'\n",
                "{rules: [a], x: 1}|1|{rules: [a, NEW], x: 1}",
            })
    void an_item_is_put_in_and_taken_out_again_and_all_else_stays(String row) throws EditRefused {
        String[] cells = row.split("\\|(?=[0-9]\\||rules|\\{)", -1);
        int index = Integer.parseInt(cells[1]);
        String with = YamlEdit.of(cells[0]).insert(RULES, index, "NEW");
        assertThat(with).isEqualTo(cells[2]);
        if (YamlEdit.of(with).outline().at(RULES).items().size() > 1) {
            assertThat(YamlEdit.of(with).remove(RULES, index)).isEqualTo(cells[0]);
        }
        String windows = cells[0].replace("\n", "\r\n");
        assertThat(YamlEdit.of(windows).insert(RULES, index, "NEW")).isEqualTo(cells[2].replace("\n", "\r\n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'[a, b, c]~'|0|'[b, c]~'",
                "'[a, b, c]~'|1|'[a, c]~'",
                "'[a, b, c] # why~'|2|'[a, b] # why~'",
                "'[a,b ,c]'|1|'[a,c]'",
                "'[ a, b, ]'|1|'[ a, ]'",
                "'[ a ]'|0|'[  ]'",
                "'[''a, #'', \"b\\\"]\", c]'|1|'[''a, #'', c]'",
                "'[{a: [1, 2]}, [b, c], d]'|1|'[{a: [1, 2]}, d]'",
                "'[a, # one~  b]~'|1|'[a, # one~  ]~'",
                "'[a, # one~  b]~'|0|'[ # one~  b]~'",
                "'[~  a, # one~  # of b~  b # two~]~'|1|'[~  a # one~  # of b~]~'",
                "'[~  a, # one~  b, # two~]~'|1|'[~  a, # one~]~'",
                "'[~  a, b,~  c~]~'|1|'[~  a,~  c~]~'",
                "'[~  a~  , b~  , c~]~'|0|'[~  b~  , c~]~'",
                "'[~  a~  , b~  , c~]~'|2|'[~  a~  , b~]~'",
                "'[~  a # one, and~]~'|0|'[~]~'",
            })
    void an_item_in_brackets_goes_and_comments_and_spacing_stay(String list, int index, String expected)
            throws EditRefused {
        for (String newline : List.of("\n", "\r\n")) {
            assertThat(YamlEdit.of(list.replace("~", newline)).remove(List.of(), index))
                    .isEqualTo(expected.replace("~", newline));
            assertThat(YamlEdit.of("x: {y: " + list.replace("~", newline) + "}").remove(List.of("x", "y"), index))
                    .isEqualTo("x: {y: " + expected.replace("~", newline) + "}");
        }
    }

    @Test
    void a_text_that_might_take_all_the_memory_is_not_edited() {
        String large = "#".repeat((int) (Runtime.getRuntime().maxMemory() / 130));
        assertThatThrownBy(() -> YamlEdit.of(large)).hasMessageContaining("are the most that a program edits");
    }

    @Test
    void the_first_line_may_begin_with_a_byte_order_mark() throws EditRefused {
        assertThat(YamlEdit.of("\ufeff- a\n- b\n").insert(List.of(), 1, "c")).isEqualTo("\ufeff- a\n- c\n- b\n");
        assertThat(YamlEdit.of("\ufeff- a\n- b\n").insert(List.of(), 2, "c")).isEqualTo("\ufeff- a\n- b\n- c\n");
        assertThat(YamlEdit.of("\ufeff- a\n- b\n").remove(List.of(), 0)).isEqualTo("\ufeff- b\n");
    }

    @Test
    void the_only_item_leaves_an_empty_list() throws EditRefused {
        for (String text : List.of("rules:\n  # why\n  - a # it\n", "rules:\n- {a: b}\nx: 1\n", "rules: [a,]\n")) {
            String edited = YamlEdit.of(text).remove(RULES, 0);
            assertThat(YamlEdit.of(edited).outline().at(RULES).kind()).isEqualTo(ConfigNode.Kind.SEQUENCE);
            assertThat(comments(edited)).isEqualTo(comments(text));
        }
    }

    @Test
    void a_key_is_added_and_a_value_is_set() throws EditRefused {
        assertThat(YamlEdit.of("a:\n  b: 1 # one\n# of c\nc: 2\n").put(List.of("a"), "d", "3"))
                .isEqualTo("a:\n  b: 1 # one\n  d: 3\n# of c\nc: 2\n");
        assertThat(YamlEdit.of("a: {}\n").put(List.of("a"), "d", "3")).isEqualTo("a: {d: 3}\n");
        assertThat(YamlEdit.of("a: {b: 1} # it\n").put(List.of("a"), "d", "3")).isEqualTo("a: {b: 1, d: 3} # it\n");
        assertThat(YamlEdit.of("a: # none\n  # x: 1\n").put(List.of("a"), "d", "3"))
                .isEqualTo("a: # none\n  d: 3\n  # x: 1\n");
        assertThat(YamlEdit.of("# nothing yet").put(List.of(), "a", "1")).isEqualTo("# nothing yet\na: 1\n");
        assertThat(YamlEdit.of("a: 1\n\n# the end\n").put(List.of(), "b", "\n  - 2\n  - 3"))
                .isEqualTo("a: 1\n\n# the end\nb:\n  - 2\n  - 3\n");
        assertThat(YamlEdit.of("a: [{b: 'x'}, {b: y}] # it\n").set(List.of("a", "1", "b"), "null"))
                .isEqualTo("a: [{b: 'x'}, {b: \"null\"}] # it\n");
        assertThat(YamlEdit.of("a: 'x' # it\n").set(List.of("a"), "two words")).isEqualTo("a: \"two words\" # it\n");
        assertThat(YamlEdit.of("a:   # it\n").set(List.of("a"), "x")).isEqualTo("a: x   # it\n");
    }

    @Test
    void a_key_is_taken_out_with_its_value_and_nothing_else() throws EditRefused {
        List<String> path = List.of("a");
        assertThat(YamlEdit.of("a:\n  # of b\n  b: 1 # one\n  c: [2,\n    3]\n\nd: 4\n")
                        .drop(path, "c"))
                .isEqualTo("a:\n  # of b\n  b: 1 # one\n\nd: 4\n");
        assertThat(YamlEdit.of("a:\n  b: 1 # one\n  c: 2\n").drop(path, "b")).isEqualTo("a:\n  c: 2\n");
        assertThat(YamlEdit.of("a:\n  b: 1\n  c: 2").drop(path, "c")).isEqualTo("a:\n  b: 1");
        assertThat(YamlEdit.of("a: {b: 1, c: 2} # it\n").drop(path, "b")).isEqualTo("a: {c: 2} # it\n");
        assertThat(YamlEdit.of("a: {b: 1, c: 2}\n").drop(path, "c")).isEqualTo("a: {b: 1}\n");
        assertThat(YamlEdit.of("a: {\"b\": 1}\n").drop(path, "b")).isEqualTo("a: {}\n");
        assertThat(YamlEdit.of("a:\n  b: 1 # one\nd: 4\n").drop(path, "b")).isEqualTo("a:\n  {} # one\nd: 4\n");
        assertThatThrownBy(() -> YamlEdit.of("a: {b: 1}\n").drop(path, "c")).isInstanceOf(EditRefused.class);
        assertThatThrownBy(() -> YamlEdit.of("a: {b: 1,\n  # of c\n  c: 2}\n").drop(path, "c"))
                .isInstanceOf(EditRefused.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rules: &r [a]\nx: *r\n",
                "x: &r\n  - a\nrules: *r\n",
                "? rules\n: - a\n  - b\n",
                "rules: text\n",
                "rules: {a: b}\n",
                "other: [a]\n",
            })
    void what_cannot_be_edited_safely_is_refused_or_means_the_right_thing(String text) {
        try {
            String edited = YamlEdit.of(text).insert(RULES, 0, "NEW");
            assertThat(YamlEdit.of(edited).outline().at(RULES).items()).hasSize(2 + (text.contains("b") ? 1 : 0));
        } catch (EditRefused e) {
            assertThat(e.getMessage()).isNotBlank();
        }
        assertThatThrownBy(() -> YamlEdit.of("a: [")).isInstanceOf(EditRefused.class);
        assertThatThrownBy(() -> YamlEdit.of("rules: [a]").insert(RULES, 0, "b]"))
                .isInstanceOf(EditRefused.class);
        assertThatThrownBy(() -> YamlEdit.of("rules:\n  - a\n").insert(RULES, 0, "b\nx: 1"))
                .isInstanceOf(EditRefused.class);
    }

    @Test
    void random_texts_are_edited_without_a_trace_in_all_else() throws EditRefused {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            String text = new RandomYaml(random).text();
            all(text, random, "seed " + seed + " of\n" + text);
        }
    }

    static Stream<Path> texts() throws IOException {
        List<Path> texts = new ArrayList<>(List.of(Path.of("config.example.yaml")));
        try (Stream<Path> rules = Files.list(Path.of("rules"))) {
            rules.forEach(texts::add);
        }
        return texts.stream();
    }

    @ParameterizedTest
    @MethodSource("texts")
    void the_files_that_come_with_fenliu_are_edited_without_a_trace(Path file) throws IOException, EditRefused {
        String text = Files.readString(file);
        all(text, new Random(1), file.toString());
        all(text.replace("\n", "\r\n"), new Random(2), file.toString());
    }

    /** Puts an item into every sequence, and a key into every mapping, somewhere, and takes them out again. */
    private static void all(String text, Random random, String what) throws EditRefused {
        YamlEdit edit = YamlEdit.of(text);
        for (List<String> path : paths(edit.outline(), List.of())) {
            Outline node = Objects.requireNonNull(edit.outline().at(path));
            String where = what + " at " + path;
            if (node.kind() == ConfigNode.Kind.SEQUENCE) {
                int index = random.nextInt(node.items().size() + 1);
                String with = edit.insert(path, index, "{new: [1, \"2\"]}");
                assertThat(comments(with)).as(where).isEqualTo(comments(text));
                String without = YamlEdit.of(with).remove(path, index);
                assertThat(YamlEdit.of(without).outline()).as(where).isEqualTo(edit.outline());
                assertThat(comments(without)).as(where).isEqualTo(comments(text));
                if (!node.items().isEmpty()) {
                    assertThat(without).as(where).isEqualTo(text);
                }
            } else if (node.kind() == ConfigNode.Kind.MAPPING) {
                String with = edit.put(path, "new-key", "1");
                assertThat(comments(with)).as(where).isEqualTo(comments(text));
                assertThat(with.replaceFirst("(, |\r?\n *)?new-key: 1(?=[ ,}\r\n]|$)", "")
                                .strip())
                        .as(where)
                        .isEqualTo(text.strip());
                if (!node.entries().isEmpty() && random.nextInt(4) == 0) { // reading it anew takes long
                    assertThat(YamlEdit.of(with).drop(path, "new-key").strip())
                            .as(where)
                            .isEqualTo(text.strip());
                }
            }
        }
    }

    private static List<List<String>> paths(Outline node, List<String> path) {
        List<List<String>> paths = new ArrayList<>();
        paths.add(path);
        for (int i = 0; i < node.items().size(); i++) {
            paths.addAll(paths(node.items().get(i), and(path, Integer.toString(i))));
        }
        node.entries()
                .forEach(entry ->
                        paths.addAll(paths(entry.value(), and(path, entry.key().text()))));
        return paths;
    }

    private static List<String> and(List<String> path, String step) {
        List<String> longer = new ArrayList<>(path);
        longer.add(step);
        return longer;
    }

    /** Comments in order; the random texts have no other '#'. */
    static List<String> comments(String text) {
        return text.lines()
                .filter(line -> line.matches("(.* )?#.*"))
                .map(line -> line.replaceFirst("^(.*? )??(#.*)$", "$2").strip())
                .toList();
    }
}
