package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.ConfigReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

class ConfigFuzzTest {
    /** Files of this machine that have no end, or are another thing at each look. */
    private static final List<String> NO_FILES = List.of("/dev", "/proc", "/sys", "../");

    @FuzzTest
    void a_config_is_read_or_every_error_in_it_has_a_place_and_words(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        if (NO_FILES.stream().anyMatch(text::contains)) {
            return;
        }
        Problems problems = new Problems();
        Config config = ConfigReader.read("config.yaml", Optional.empty(), text, Catalog.PROTOCOLS, problems);
        assertThat(config == null).isEqualTo(problems.hasErrors());
        for (Problem problem : problems.all()) {
            assertThat(problem.message()).isNotBlank();
            assertThat(problem.position().line()).isNotNegative();
            assertThat(problem.toString().chars()).allMatch(c -> c == '\n' || c == '\t' || !Character.isISOControl(c));
        }
        if (config != null) {
            assertThat(config.rules()).isNotEmpty();
            assertThat(config.files()).isNotNull();
        }
    }
}
