package dev.fenliu.tunnel.shadowsocks;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ReplayWindowTest {
    private final Wall wall = new Wall();
    private final ReplayWindow window = new ReplayWindow(wall.clocks);

    @Test
    void a_salt_is_known_for_a_minute_at_least_whenever_it_came() throws Exception {
        for (int i = 0; i < 100; i++) {
            window.admit(salt(i));
            wall.pass(1);
            for (int j = Math.max(0, i - 58); j <= i; j++) {
                byte[] known = salt(j);
                assertThatThrownBy(() -> window.admit(known)).hasMessageContaining("replay");
            }
        }
    }

    @Test
    void a_salt_is_forgotten_after_two_minutes() throws Exception {
        window.admit(salt(1));
        wall.pass(120);
        assertThatCode(() -> window.admit(salt(1))).doesNotThrowAnyException();
        window.admit(salt(2));
        wall.pass(61);
        window.admit(salt(3));
        wall.pass(61);
        window.admit(salt(4));
        assertThatCode(() -> window.admit(salt(2))).doesNotThrowAnyException();
    }

    @Test
    void when_it_is_full_nothing_is_forgotten_and_more_is_refused_until_a_minute_is_over() throws Exception {
        for (int i = 0; i < ReplayWindow.MOST; i++) {
            window.admit(salt(i));
        }
        assertThatThrownBy(() -> window.admit(salt(-1))).hasMessageContaining("too many");
        assertThatThrownBy(() -> window.admit(salt(0))).hasMessageContaining("too many");
        wall.pass(60);
        window.admit(salt(-1));
        assertThatThrownBy(() -> window.admit(salt(0))).hasMessageContaining("replay");
    }

    @Test
    void a_clock_that_is_set_back_brings_no_replay_back() throws Exception {
        window.admit(wall.seconds, salt(1));
        wall.seconds += 29;
        assertThatThrownBy(() -> window.admit(wall.seconds, salt(1))).hasMessageContaining("replay");
        wall.seconds -= 25;
        assertThatThrownBy(() -> window.admit(wall.seconds, salt(1))).hasMessageContaining("replay");
    }

    private static byte[] salt(int i) {
        return ByteBuffer.allocate(16).putLong(i).array();
    }
}
