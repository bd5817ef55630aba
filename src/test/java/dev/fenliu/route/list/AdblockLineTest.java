package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdblockLineTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "||ads.example^ 'DOMAIN_SUFFIX ads.example'",
                "||ads.example 'DOMAIN_SUFFIX ads.example'",
                "||Ads.Example^$important 'DOMAIN_SUFFIX ads.example'",
                "@@||ok.example^ 'except DOMAIN_SUFFIX ok.example'",
                "@@||ok.example^| 'except DOMAIN_SUFFIX ok.example'",
                "|ads.example^ 'DOMAIN ads.example'",
                "|ads.example| 'DOMAIN ads.example'",
                "ads.example 'DOMAIN ads.example'",
                "ads.example^ 'DOMAIN_WILDCARD *ads.example'",
                ".ads.example^ 'DOMAIN_BELOW ads.example'",
                "*.ads.example 'DOMAIN_BELOW ads.example'",
                "||*.ads.example^ 'DOMAIN_BELOW ads.example'",
                "-banner- 'DOMAIN_KEYWORD -banner-'",
                "|ads. 'DOMAIN_WILDCARD ads.*'",
                "||192.0.2.1^ 'IP_CIDR 192.0.2.1/32'",
                "/^ads\\d{1,3}\\./ 'DOMAIN_REGEX ^ads\\d{1,3}\\.'",
                "@@/^Ok$/$important 'except DOMAIN_REGEX ^Ok$'",
            })
    void a_rule_about_names_is_read(String line, String expected) {
        RecordedList list = RecordedList.of(new AdblockLine(), line);
        assertThat(list.entries).containsExactly(expected);
    }

    @Test
    void a_star_within_a_name_starts_at_a_label_where_the_rule_does() {
        RecordedList list = RecordedList.of(new AdblockLine(), "||ad*.example^");
        assertThat(list.entries).containsExactly("DOMAIN_WILDCARD ad*.example", "DOMAIN_WILDCARD *.ad*.example");
        assertThat(list.matches("ads1.example")).isTrue();
        assertThat(list.matches("x.ads1.example")).isTrue();
        assertThat(list.matches("bad1.example")).isFalse();
        assertThat(RecordedList.of(new AdblockLine(), "||ads.").entries)
                .containsExactly("DOMAIN_WILDCARD ads.*", "DOMAIN_WILDCARD *.ads.*");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "||ads.example^$third-party third-party",
                "||ads.example^$important,client=x client=x",
                "||ads.example/banner paths",
                "||ads.example:8080^ ports",
                "|https://ads.example^ paths",
                "|| 'without a name'",
                "/(?=x)/ 'no expression'",
            })
    void a_rule_about_more_than_a_name_is_left_out(String line, String reason) {
        RecordedList list = RecordedList.of(new AdblockLine(), line);
        assertThat(list.entries).isEmpty();
        assertThat(list.bad).singleElement().asString().contains(reason);
    }

    @ParameterizedTest
    @CsvSource({"! comment", "[Adblock Plus 2.0]", "# comment", "example.org##.ad", "example.org#@#.ad", "##.ad", "''"})
    void comments_and_rules_about_elements_are_passed_over(String line) {
        RecordedList list = RecordedList.of(new AdblockLine(), line);
        assertThat(list.entries).isEmpty();
        assertThat(list.bad).isEmpty();
    }

    @Test
    void an_exception_wins_over_the_rules_of_the_list() throws ListFormatException {
        RecordedList list = RecordedList.of("[Adblock]\n@@||cdn.example^\n||example^\n0.0.0.0 other.test\n");
        assertThat(list.matches("ads.example")).isTrue();
        assertThat(list.matches("a.cdn.example")).isFalse();
        assertThat(list.matches("other.test")).isTrue();
    }
}
