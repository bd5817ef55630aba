package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GfwlistTest {
    private static final String TEXT = """
            [AutoProxy 0.2.9]
            ! comment
            ||a.example
            |http://b.example/path
            @@||c.a.example
            """;

    private static byte[] encoded() {
        return Base64.getMimeEncoder(64, new byte[] {'\n'}).encode(TEXT.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void it_is_recognised_in_base64_and_in_the_clear() throws ListFormatException {
        String[] expected = {"DOMAIN_SUFFIX a.example", "DOMAIN b.example", "except DOMAIN_SUFFIX c.a.example"};
        RecordedList list = RecordedList.of(encoded(), null, "");
        assertThat(list.entries).containsExactly(expected);
        assertThat(list.lines).containsExactly(3, 4, 5);
        assertThat(RecordedList.of(TEXT).entries).containsExactly(expected);
        assertThat(ListReader.detect(encoded())).isEqualTo(ListFormat.GFWLIST);
    }

    @Test
    void it_may_be_forced_for_lists_without_a_head() throws ListFormatException {
        assertThat(RecordedList.of(ListFormat.GFWLIST, "\ufeff||a.example\n").entries)
                .containsExactly("DOMAIN_SUFFIX a.example");
        String headless = Base64.getEncoder().encodeToString("||a.example\n".getBytes(StandardCharsets.UTF_8));
        assertThat(RecordedList.of(ListFormat.GFWLIST, headless).entries).containsExactly("DOMAIN_SUFFIX a.example");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "||a.example/path/* 'DOMAIN_SUFFIX a.example'",
                "||a.example:8080 'DOMAIN_SUFFIX a.example'",
                "|http://192.0.2.1/ 'IP_CIDR 192.0.2.1/32'",
                "|https://a.example 'DOMAIN a.example'",
                "|http://*.a.example/ 'DOMAIN_BELOW a.example'",
                "|http://cdn*.a.example/ 'DOMAIN_WILDCARD cdn*.a.example'",
                "|http://*2.a.example 'DOMAIN_WILDCARD *2.a.example'",
                ".a.example 'DOMAIN_SUFFIX a.example'",
                "www.a.example 'DOMAIN_SUFFIX www.a.example'",
                "http://www.a.example/x 'DOMAIN_SUFFIX www.a.example'",
                "word 'DOMAIN_KEYWORD word'",
                "@@|http://a.example/ 'except DOMAIN a.example'",
                "/^https?:\\/\\/[^\\/]+blog\\.(.*)/ 'DOMAIN_REGEX ^[^\\/]+blog\\.(.*)'",
            })
    void the_part_of_a_rule_that_is_about_the_host_counts(String line, String expected) {
        assertThat(RecordedList.of(new AutoProxyLine(), line).entries).containsExactly(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "@@||a.example/path 'whole host'",
                "/^https?:\\/\\/a\\.example\\/path/ paths",
                "/a.*/path/ paths",
                "/^https?:\\/\\/(?=x)a/ 'no expression'",
                "/search?q=x paths",
                "q=word% 'no host name'",
            })
    void a_rule_that_says_nothing_about_a_host_is_left_out(String line, String reason) {
        RecordedList list = RecordedList.of(new AutoProxyLine(), line);
        assertThat(list.entries).isEmpty();
        assertThat(list.bad).singleElement().asString().contains(reason);
    }

    @Test
    void a_star_at_a_label_is_told_from_one_in_it() {
        assertThat(RecordedList.of(new AutoProxyLine(), "||cdn*.a.example").entries)
                .containsExactly("DOMAIN_WILDCARD cdn*.a.example", "DOMAIN_WILDCARD *.cdn*.a.example");
    }

    @Test
    void damaged_base64_is_an_error_and_never_more() {
        byte[] content = encoded();
        for (int i = 0; i < content.length; i++) {
            Damage.read(Arrays.copyOf(content, i), ListFormat.GFWLIST);
        }
        assertThatThrownBy(() -> RecordedList.of(ListFormat.GFWLIST, "W0F1dG9Qcm94eSAwLjIuOV0K="))
                .isInstanceOf(ListFormatException.class);
    }
}
