package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DomainRegexTest {
    @Test
    void it_is_found_anywhere_without_regard_to_case() {
        assertThat(DomainRegex.compile("^Chat-\\S+\\.Example$")
                        .matcher("chat-x.example")
                        .find())
                .isTrue();
        assertThat(DomainRegex.compile("open").matcher("api.openai.com").find()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "^chatgpt-async-webps-prod-\\S+-\\d+\\.webpubsub\\.azure\\.com$",
                "^r+[0-9]+(---|\\.)sn-(2x3|ni5|j5o)\\w{5}\\.googlevideo\\.com$",
                "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\.",
                "^(?:[a-z0-9-]{1,63}\\.){1,8}example$",
                "a{",
                "[]a]",
                "[^]]",
                "[[:alpha:]]{3}",
                "\\Q{9999}\\E"
            })
    void real_expressions_are_small_enough(String text) {
        assertThat(DomainRegex.compile(text)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "(",
                "(?=x)",
                "(a)\\1",
                "((a{100}){100}){100}",
                "(((((a{900}b){900})c){900}d){900})",
                "(?:(?:\\pL{500}){500})",
            })
    void none_too_large_and_wrong_ones_are_refused(String text) {
        assertThatThrownBy(() -> DomainRegex.compile(text)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Case folding of the first two never ends in RE2/J. */
    @ParameterizedTest
    @ValueSource(strings = {"[6-\ufffd]", "[a-\\x{10FFFF}]", "\u4e2d\u56fd$", "\\xE9", "[a-\\377]", "\\x{00080}"})
    @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void letters_that_no_name_has_are_refused(String text) {
        assertThatThrownBy(() -> DomainRegex.compile(text)).hasMessageContaining("xn--");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\x41", "[\\x{0}-\\x{7f}]", "\\101", "[^a-z]", "\\PN"})
    void numbers_of_ascii_letters_are_taken(String text) {
        assertThat(DomainRegex.compile(text)).isNotNull();
    }

    @Test
    void deep_nesting_does_not_exhaust_the_stack() {
        String text = "(".repeat(999) + "a" + ")".repeat(999);
        assertThat(DomainRegex.compile(text).matcher("a").find()).isTrue();
        assertThatThrownBy(() -> DomainRegex.compile("(".repeat(100_000))).hasMessageContaining("too large");
    }
}
