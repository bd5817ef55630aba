package dev.fenliu.app.pair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Destination;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PairingStringTest {
    private static final String PIN = "1fS+1CRd/48dQnuaWtrhABKa9SBZQp2LQO61CxYMGYk=";
    private static final PairingString PINNED = new PairingString(
            "home", Destination.parse("[2001:db8::7]:443"), PairingString.newCode(), Optional.of(PIN));
    private static final PairingString NAMED = new PairingString(
            "anna.phone", Destination.parse("vps.example.com:8443"), PairingString.newCode(), Optional.empty());

    @Test
    void what_is_shown_is_read_again() {
        for (PairingString string : new PairingString[] {PINNED, NAMED}) {
            assertThat(PairingString.parse(string.text().value())).isEqualTo(string);
        }
    }

    @Test
    void it_fits_a_code_that_phones_read() {
        assertThat(PINNED.text().value()).hasSizeLessThan(110);
        assertThat(NAMED.text().value()).hasSizeLessThan(75);
    }

    @Test
    void line_ends_and_blanks_of_a_terminal_are_passed_over() {
        String text = PINNED.text().value();
        assertThat(PairingString.parse("  " + text.substring(0, 40) + "\r\n " + text.substring(40) + "\n"))
                .isEqualTo(PINNED);
    }

    @Test
    void each_wrong_character_is_told_and_the_string_is_not() {
        String text = PINNED.text().value();
        for (int i = 0; i < text.length(); i++) {
            char other = text.charAt(i) == 'x' ? 'y' : 'x';
            String wrong = text.substring(0, i) + other + text.substring(i + 1);
            assertThatThrownBy(() -> PairingString.parse(wrong))
                    .as("character %d", i)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining(text.substring(30, 40));
        }
    }

    @Test
    void each_missing_end_is_told() {
        String text = NAMED.text().value();
        for (int i = 0; i < text.length(); i++) {
            String wrong = text.substring(0, i);
            assertThatThrownBy(() -> PairingString.parse(wrong)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "ss://abc", "https://example.com/", "fenliu://", "fenliu://a@b:1/", "fenliu://a@b/AAAA"})
    void other_text_is_told_what_is_wrong(String text) {
        assertThatThrownBy(() -> PairingString.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("pairing string");
    }

    @Test
    void the_code_is_in_no_text_but_its_own() {
        assertThat(PINNED.toString()).isEqualTo("pairing string of home at [2001:db8::7]:443");
        assertThat(PINNED.text().toString()).isEqualTo("***");
    }
}
