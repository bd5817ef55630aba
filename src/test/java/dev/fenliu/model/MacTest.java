package dev.fenliu.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MacTest {
    @ParameterizedTest
    @ValueSource(strings = {"00:1b:63:aa:Bb:cC", "00-1B-63-AA-BB-CC", "00:1b:63:aa:bb:cc"})
    void all_usual_ways_to_write_it_are_the_same(String text) {
        assertThat(Mac.parse(text)).hasToString("00:1b:63:aa:bb:cc");
        assertThat(Mac.of(new byte[] {9, 0, 0x1b, 0x63, (byte) 0xaa, (byte) 0xbb, (byte) 0xcc}, 1))
                .isEqualTo(Mac.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00:1b:63:aa:bb",
                "00:1b:63:aa:bb:cc:dd",
                "00:1b-63:aa:bb:cc",
                "0:1b:63:aa:bb:cc",
                "001b63aabbcc",
                "00:1b:63:aa:bb:cg",
                "００:1b:63:aa:bb:cc"
            })
    void what_is_none_is_refused(String text) {
        assertThatThrownBy(() -> Mac.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
