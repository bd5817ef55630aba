package dev.fenliu.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TermTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "Example.TEST.; domain-suffix: example.test",
                "+.a.test; domain-suffix: a.test",
                "*.a.test; domain-suffix: a.test",
                "a.*.test; 'domain-wildcard: \"a.*.test\"'",
                "*.*.test; 'domain-wildcard: \"*.*.test\"'",
                "a.test:8443; 'domain-suffix: a.test, port: 8443'",
                "https://user:word@a.test:8443/x?y=*#z; domain-suffix: a.test",
                "203.0.113.7; ip-cidr: 203.0.113.7",
                "203.0.113.7:53; 'ip-cidr: 203.0.113.7, port: 53'",
                "203.0.113.0/24; ip-cidr: 203.0.113.0/24",
                "2001:db8::1; 'ip-cidr: \"2001:db8::1\"'",
                "[2001:db8::1]:53; 'ip-cidr: \"2001:db8::1\", port: 53'",
                "https://[2001:db8::1]/; 'ip-cidr: \"2001:db8::1\"'",
            })
    void what_is_named_is_a_condition_of_a_rule(String text, String condition) throws EditRefused {
        assertThat(Term.of(text).condition()).isEqualTo(condition);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a..b", "+.", "a.test:0", "a.test:65536", "https://", "a b.test"})
    void what_is_none_is_told_by_its_own_words(String text) {
        assertThatThrownBy(() -> Term.of(text)).isInstanceOf(EditRefused.class).hasMessageStartingWith(text + ": ");
    }

    @Test
    void a_name_of_another_script_is_written_as_resolvers_have_it() throws EditRefused {
        assertThat(Term.of("bücher.test").value()).isEqualTo("xn--bcher-kva.test");
    }
}
