package dev.fenliu.app.pair;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

class PairingStringFuzzTest {
    @FuzzTest
    void a_string_is_read_or_refused_in_words(byte[] input) {
        PairingString read;
        try {
            read = PairingString.parse(new String(input, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        assertThat(PairingString.parse(read.text().value())).isEqualTo(read);
    }
}
