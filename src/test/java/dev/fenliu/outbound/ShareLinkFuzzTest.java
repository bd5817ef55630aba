package dev.fenliu.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.YamlReader;
import dev.fenliu.model.Destination;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;

class ShareLinkFuzzTest {
    private static final int LONG_ENOUGH = 12;

    @FuzzTest
    void a_link_is_an_outbound_or_is_refused_without_a_word_of_its_secrets(byte[] input) {
        String link = new String(input, StandardCharsets.UTF_8);
        ShareLink read = null;
        try {
            read = ShareLink.parse(link);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
            assertHides(e.getMessage(), link);
        }
        Problems problems = new Problems();
        ConfigNode at = Objects.requireNonNull(YamlReader.read("config.yaml", Path.of("."), "x", problems));
        ConfigNode node = ShareLink.toNode(ConfigNode.scalar(at, link), problems);
        assertThat(node == null).isEqualTo(problems.hasErrors());
        for (Problem problem : problems.all()) {
            assertHides(problem.toString(), link);
        }
        if (read != null) {
            assertThat(Destination.parse(read.server().toString())).isEqualTo(read.server());
            assertThat(read.name()).isNotBlank();
            assertThat(read.toString()).isEqualTo(read.type() + " " + read.server());
        }
        if (node != null) {
            assertThat(node.get("type")).isNotNull();
            assertThat(Destination.parse(
                            Objects.requireNonNull(node.get("server")).text()))
                    .isNotNull();
        }
    }

    /** Whatever stands before the last @ may be a secret. */
    private static void assertHides(String message, String link) {
        int start = link.indexOf("://");
        int end = link.lastIndexOf('@');
        if (start >= 0 && end - start - 3 >= LONG_ENOUGH) {
            assertThat(message).doesNotContain(link.substring(start + 3, end));
        }
    }
}
