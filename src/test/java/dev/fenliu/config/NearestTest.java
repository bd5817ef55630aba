package dev.fenliu.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class NearestTest {
    private static final Set<String> KNOWN = Set.of("listeners", "outbounds", "rule-sets");

    @Test
    void a_word_is_near_that_differs_little_or_is_another_programs() {
        assertThat(Nearest.match("listeners", KNOWN)).isEqualTo("listeners");
        assertThat(Nearest.match("Rule_Set", KNOWN)).isEqualTo("rule-sets");
        assertThat(Nearest.match("inbounds", KNOWN)).isEqualTo("listeners");
        assertThat(Nearest.match("weather", KNOWN)).isNull();
    }

    /** The table of edits would take gigabytes. */
    @Test
    void a_text_of_millions_of_characters_is_near_no_word() {
        assertThat(Nearest.match("x".repeat(1 << 24), KNOWN)).isNull();
    }
}
