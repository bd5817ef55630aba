package dev.fenliu.tunnel.shadowsocks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SlidingWindowTest {
    private final SlidingWindow window = new SlidingWindow();

    @Test
    void a_number_is_new_once() {
        assertThat(window.isNew(0)).isTrue();
        window.add(0);
        assertThat(window.isNew(0)).isFalse();
        assertThat(window.isNew(1)).isTrue();
        window.add(3);
        assertThat(window.isNew(2)).isTrue();
        window.add(2);
        assertThat(window.isNew(2)).isFalse();
        assertThat(window.isNew(3)).isFalse();
    }

    @Test
    void a_number_that_is_too_old_is_not_new() {
        window.add(10_000);
        assertThat(window.isNew(10_000 - SlidingWindow.SIZE + 1)).isTrue();
        assertThat(window.isNew(10_000 - SlidingWindow.SIZE)).isFalse();
        assertThat(window.isNew(0)).isFalse();
    }

    @Test
    void numbers_have_no_sign() {
        window.add(Long.MAX_VALUE);
        assertThat(window.isNew(Long.MIN_VALUE)).isTrue();
        window.add(Long.MIN_VALUE);
        assertThat(window.isNew(Long.MAX_VALUE)).isFalse();
        assertThat(window.isNew(Long.MAX_VALUE - 1)).isTrue();
        window.add(-1);
        assertThat(window.isNew(0)).isFalse();
        assertThat(window.isNew(-1)).isFalse();
        assertThat(window.isNew(-2)).isTrue();
    }

    @Test
    void it_agrees_with_a_set_of_all_numbers() {
        Random random = new Random(11);
        Set<Long> seen = new HashSet<>();
        long highest = 0;
        for (int i = 0; i < 200_000; i++) {
            int spread = random.nextInt(50) == 0 ? 10_000 : 1500;
            long number = Math.max(0, highest - random.nextInt(spread) + random.nextInt(60));
            boolean isNew = !seen.contains(number) && highest - number < SlidingWindow.SIZE;
            assertThat(window.isNew(number)).as("%d after %d", number, highest).isEqualTo(isNew);
            if (isNew && random.nextInt(4) > 0) {
                window.add(number);
                seen.add(number);
                highest = Math.max(highest, number);
            }
        }
    }
}
