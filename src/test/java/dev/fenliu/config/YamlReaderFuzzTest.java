package dev.fenliu.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

class YamlReaderFuzzTest {
    @FuzzTest
    void a_text_is_read_or_has_an_error_with_a_place_in_it(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        Problems problems = new Problems();
        ConfigNode root = YamlReader.read("config.yaml", Path.of("."), text, problems);
        assertThat(root == null).isEqualTo(problems.hasErrors());
        SourceFile source = new SourceFile("config.yaml", Path.of("."), text);
        for (Problem problem : problems.all()) {
            assertPlace(problem.position(), source);
            assertThat(problem.message()).isNotBlank();
            assertPrintable(problem.toString());
        }
        if (root != null) {
            assertPlaces(root, source);
        }
    }

    private static void assertPlaces(ConfigNode node, SourceFile source) {
        assertPlace(node.position(), source);
        if (node.excerpt() != null) {
            assertPrintable(node.excerpt().lines(node.position().line()));
        }
        node.items().forEach(item -> assertPlaces(item, source));
        node.entries().forEach(entry -> {
            assertPlaces(entry.key(), source);
            assertPlaces(entry.value(), source);
        });
    }

    private static void assertPlace(Position position, SourceFile source) {
        assertThat(position.line()).isPositive();
        String line = source.line(position.line());
        assertThat(position.column()).isBetween(1, line.codePointCount(0, line.length()) + 2);
    }

    /** Nothing that rewrites a terminal. */
    private static void assertPrintable(String text) {
        assertThat(text.chars()).allMatch(c -> c == '\n' || c == '\t' || !Character.isISOControl(c));
    }
}
