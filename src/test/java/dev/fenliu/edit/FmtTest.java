package dev.fenliu.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.config.Outline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FmtTest {
    private static String fmt(String text) throws EditRefused {
        return Fmt.format(
                text,
                (path, mapping) -> path.isEmpty()
                        ? List.of("version", "listeners", "rules")
                        : path.get(0).equals("rules") ? List.of("domain", "port", "to") : List.of());
    }

    @Test
    void names_tags_and_aliases_stay_as_they_were_typed_or_the_file_is_left_alone() throws EditRefused {
        for (String text : List.of(
                "a: {b: &x [1, 2]}\n",
                "a: {b: &x []}\n",
                "a: &x [1, 2]\n",
                "a: [&x 1]\nb: [*x]\n",
                "r:\n  - {h: &h [a, b], to: c}\n  - {h: *h, to: d}\n")) {
            assertThatThrownBy(() -> fmt(text)).as(text).isInstanceOf(EditRefused.class);
        }
        assertThat(fmt("a:  {b: &x 1}\n")).isEqualTo("a: {b: &x 1}\n");
        assertThat(fmt("a: {b: , c: '&x', d: [*  , \"e\"]}\n".replace("*  ", "1  ")))
                .isEqualTo("a: {b:, c: \"&x\", d: [1, \"e\"]}\n");
    }

    @Test
    void a_config_is_written_in_the_usual_form_and_its_comments_go_with_what_they_belong_to() throws EditRefused {
        String text = """
            # The file.

            # of the rules
            rules:
            - {to: vps,  domain: 'a.example' }   # why
            # of b
            -  to: vps
               # of the port
               port: 80
               domain: [ b.example,c.example ]

            # - {domain: later, to: vps}
            - to: direct



            # of the listeners
            listeners:
                -   type: mixed
                    listen: "127.0.0.1:1"
                # the end of them

            version:   1
            """;
        assertThat(fmt(text)).isEqualTo("""
            # The file.

            version: 1

            # of the listeners
            listeners:
              - type: mixed
                listen: "127.0.0.1:1"
              # the end of them

            # of the rules
            rules:
              - {domain: "a.example", to: vps}   # why
              # of b
              - domain: [b.example, c.example]
                # of the port
                port: 80
                to: vps

              # - {domain: later, to: vps}
              - to: direct
            """);
    }

    static Stream<Path> texts() throws IOException {
        return Stream.concat(Stream.of(Path.of("src/main/resources/default-config.yaml")), YamlEditTest.texts());
    }

    @ParameterizedTest
    @MethodSource("texts")
    void the_files_that_come_with_fenliu_are_in_the_usual_form(Path file) throws IOException, EditRefused {
        String text = Files.readString(file);
        assertThat(Fmt.format(text, (path, mapping) -> List.of())).isEqualTo(text);
        String windows = text.replace("\n", "\r\n");
        assertThat(Fmt.format(windows, (path, mapping) -> List.of())).isEqualTo(windows);
    }

    @Test
    void random_texts_keep_their_meaning_and_comments_and_are_formatted_once() throws EditRefused {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int formatted = 0;
        for (int i = 0; i < 1_500; i++) {
            String text = new RandomYaml(random).text();
            String once;
            try {
                once = fmt(text);
            } catch (EditRefused e) {
                continue; // said below
            }
            formatted++;
            assertThat(Outline.of(once)).as("seed " + seed + "\n" + text).isEqualTo(Outline.of(text));
            assertThat(YamlEditTest.comments(once))
                    .as("seed " + seed + "\n" + text + "\n---\n" + once)
                    .containsExactlyInAnyOrderElementsOf(YamlEditTest.comments(text));
            assertThat(fmt(once)).as("seed " + seed + "\n" + text).isEqualTo(once);
        }
        assertThat(formatted).isGreaterThan(1_400);
    }
}
