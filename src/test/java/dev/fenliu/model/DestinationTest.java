package dev.fenliu.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DestinationTest {
    @ParameterizedTest
    @CsvSource({
        "Example.ORG:443, example.org:443",
        "10.0.0.1:1, 10.0.0.1:1",
        "[::1]:65535, [::1]:65535",
        "[::ffff:10.0.0.1]:80, 10.0.0.1:80",
    })
    void host_and_port_are_read(String text, String expected) {
        assertThat(Destination.parse(text)).hasToString(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "a:",
                ":1",
                "a:0",
                "a:65536",
                "a:99999999999",
                "a:-1",
                "a:+1",
                "a: 1",
                "a:1a",
                "::1:80",
                "[::1]",
                "[::1]80",
                "a:b:c"
            })
    void what_is_malformed_is_refused(String text) {
        assertThatThrownBy(() -> Destination.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
