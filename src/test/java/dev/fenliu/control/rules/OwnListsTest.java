package dev.fenliu.control.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.edit.EditRefused;
import dev.fenliu.edit.Editor;
import dev.fenliu.engine.RuleList;
import dev.fenliu.engine.Updates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnListsTest {
    private static final String CONFIG = """
        rule-sets:
          mine: {entries: [a.test, '+.b.test', b.test, "DOMAIN-KEYWORD,ads"]} # four
          long:
            entries: [
              a.test, # one
              # of b
              b.test  # two
            ]
          file: {file: list.yaml}
          far: {url: "https://lists.example/x"}
          fixed: {file: "built-in:openai.yaml"}
        """;

    @TempDir
    private Path folder;

    private Path config;
    private OwnLists lists;

    @org.junit.jupiter.api.BeforeEach
    void write() throws IOException {
        config = Files.writeString(folder.resolve("config.yaml"), CONFIG);
        Path list = Files.writeString(folder.resolve("list.yaml"), "domain: [a.test, b.test] # two\n");
        lists = new OwnLists(
                config,
                List.of(
                        list("mine", "entries", Optional.empty()),
                        list("long", "entries", Optional.empty()),
                        list("file", "file", Optional.of(list)),
                        list("far", "url", Optional.empty()),
                        list("fixed", "built-in", Optional.empty())));
    }

    private static RuleList list(String name, String kind, Optional<Path> file) {
        return new RuleList(name, kind, name, Optional.empty(), file, Optional.empty(), Updates.NONE, Optional.empty());
    }

    private String removed(String list, String what) throws EditRefused {
        return lists.remove(list, what, Optional.empty()).edit().text();
    }

    @Test
    void all_that_is_meant_goes_from_a_line_and_the_rest_stays() throws EditRefused {
        assertThat(removed("mine", "b.test")).isEqualTo(CONFIG.replace(", '+.b.test', b.test,", ","));
        assertThat(removed("mine", "a.test")).isEqualTo(CONFIG.replace("[a.test, '", "['"));
        assertThat(removed("mine", "DOMAIN-KEYWORD,ads")).isEqualTo(CONFIG.replace(", \"DOMAIN-KEYWORD,ads\"", ""));
        assertThat(removed("file", "b.test")).isEqualTo("domain: [a.test] # two\n");
    }

    @Test
    void brackets_over_several_lines_are_edited_line_by_line() throws EditRefused {
        assertThat(removed("long", "a.test")).isEqualTo(CONFIG.replace("      a.test, # one\n", ""));
        assertThat(removed("long", "b.test"))
                .isEqualTo(CONFIG.replace("a.test, # one", "a.test # one").replace("      b.test  # two\n", ""));
        OwnLists.Planned added = lists.add("long", "c.test", Optional.empty());
        assertThat(added.edit().text())
                .isEqualTo(CONFIG.replace("b.test  # two\n", "b.test,  # two\n      \"+.c.test\"\n"));
        assertThat(added.line()).isEqualTo(8);
        assertThat(added.edit().version()).contains(Editor.version(CONFIG));
    }

    @Test
    void what_cannot_be_is_refused_with_the_reason() throws IOException {
        assertRefused(() -> removed("mine", "c.test"), "the list has no c.test");
        assertRefused(() -> removed("no", "a.test"), "there is no list \"no\"");
        assertRefused(() -> removed("far", "a.test"), "is fetched, and not yours to change");
        assertRefused(() -> removed("fixed", "a.test"), "is built in, and not yours to change");
        assertRefused(() -> lists.add("mine", "b.test", Optional.empty()), "in the list already: line 2");
        assertRefused(() -> lists.add("mine", "b.test:443", Optional.empty()), "leave out :443");
        Files.writeString(config, "rule-sets: {mine: {entries: [+.a.test]}}\n");
        assertRefused(() -> removed("mine", "a.test"), "that is all that the list has");
        assertRefused(() -> removed("long", "a.test"), "the config has changed since it was read");
        Files.delete(config);
        assertRefused(() -> removed("mine", "a.test"), "cannot read");
    }

    private static void assertRefused(ThrowingCallable edit, String why) {
        assertThatThrownBy(edit).isInstanceOf(EditRefused.class).hasMessageContaining(why);
    }
}
