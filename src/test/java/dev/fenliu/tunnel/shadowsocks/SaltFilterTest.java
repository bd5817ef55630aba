package dev.fenliu.tunnel.shadowsocks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class SaltFilterTest {
    private final SaltFilter filter = new SaltFilter();

    @Test
    void a_salt_is_known_until_a_generation_of_others_has_followed() {
        for (int i = 0; i < 10 * SaltFilter.GENERATION; i++) {
            assertThat(filter.admit(salt(i))).isTrue();
            int old = i - SaltFilter.GENERATION + 1;
            if (old >= 0 && old % 1000 == 0) {
                assertThat(filter.admit(salt(old))).isFalse();
            }
        }
    }

    @Test
    void memory_is_bounded_so_that_very_old_salts_are_forgotten() {
        for (int i = 0; i < 2 * SaltFilter.GENERATION; i++) {
            filter.admit(salt(i));
        }
        assertThat(filter.admit(salt(0))).isTrue();
        assertThat(filter.admit(salt(0))).isFalse();
    }

    private static byte[] salt(int number) {
        return ByteBuffer.allocate(16)
                .putInt(number * 0x9E3779B9)
                .putInt(number)
                .array();
    }
}
