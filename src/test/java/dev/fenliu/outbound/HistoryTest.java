package dev.fenliu.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class HistoryTest {
    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");

    private Instant now = START;
    private final History history = new History(() -> now);

    private void pass(Duration time) {
        now = now.plus(time);
    }

    private static byte[] saved(History history) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        history.save(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private History restarted(byte[] saved) throws IOException {
        History other = new History(() -> now);
        other.load(new DataInputStream(new ByteArrayInputStream(saved)));
        return other;
    }

    private static void use(Course course, int millis) {
        course.attempted();
        course.connected(Duration.ofMillis(millis));
        course.answered(Duration.ofMillis(2L * millis));
        course.carried(1_000, 4 << 20, Duration.ofSeconds(2));
    }

    @Test
    void spans_tell_what_happened_in_them_and_empty_ones_take_no_place() {
        Course vps = history.of("vps");
        use(vps, 30);
        use(vps, 10);
        use(vps, 20);
        vps.attempted();
        vps.failed();
        pass(Duration.ofHours(3));
        use(vps, 70);
        vps.carried(5, 10, Duration.ofNanos(1));
        assertThat(history.spans("vps", History.Scale.HOURS))
                .containsExactly(
                        new History.Span(
                                START,
                                4,
                                1,
                                Optional.of(Duration.ofMillis(20)),
                                Optional.of(Duration.ofMillis(40)),
                                3_000,
                                12 << 20,
                                2 << 20),
                        new History.Span(
                                START.plus(Duration.ofHours(3)),
                                1,
                                0,
                                Optional.of(Duration.ofMillis(70)),
                                Optional.of(Duration.ofMillis(140)),
                                1_005,
                                (4 << 20) + 10,
                                2 << 20));
        assertThat(history.spans("vps", History.Scale.FINE)).hasSize(2);
        assertThat(history.spans("other", History.Scale.FINE)).isEmpty();
    }

    @Test
    void it_outlives_restarts_in_the_midst_of_a_span() throws IOException {
        use(history.of("vps"), 10);
        History at = history;
        for (int i = 0; i < 40; i++) {
            pass(Duration.ofMinutes(2));
            List<History.Span> before = at.spans("vps", History.Scale.HOURS);
            at = restarted(saved(at));
            assertThat(at.spans("vps", History.Scale.HOURS)).isEqualTo(before);
            use(at.of("vps"), 10);
        }
        assertThat(at.spans("vps", History.Scale.HOURS))
                .extracting(History.Span::start)
                .containsExactly(START, START.plus(Duration.ofHours(1)));
        assertThat(at.spans("vps", History.Scale.HOURS).stream().mapToInt(History.Span::attempts))
                .containsExactly(30, 11);
    }

    @Test
    void thirty_days_are_kept_by_the_hour_and_one_by_five_minutes() {
        Course vps = history.of("vps");
        for (int i = 0; i < 40 * 24 * 12; i++) {
            use(vps, 10);
            pass(Duration.ofMinutes(5));
        }
        List<History.Span> hours = history.spans("vps", History.Scale.HOURS);
        assertThat(hours).hasSizeBetween(719, 720);
        assertThat(hours.get(0).start()).isAfterOrEqualTo(now.minus(Duration.ofDays(30)));
        assertThat(history.spans("vps", History.Scale.FINE)).hasSizeBetween(287, 288);
        history.keep(Set.of());
        assertThat(history.spans("vps", History.Scale.HOURS)).isNotEmpty();
        pass(Duration.ofDays(32));
        assertThat(history.spans("vps", History.Scale.FINE)).hasSizeLessThan(2);
    }

    @Test
    void thirty_days_of_very_many_busy_outbounds_take_less_than_three_mebibytes() throws IOException {
        int hours = 29 * 24;
        for (int step = 0; step < hours + 288; step++) {
            for (int outbound = 0; outbound < 150; outbound++) {
                Course course = history.of("node-" + outbound);
                for (int flow = 0; flow < 130; flow++) {
                    course.attempted();
                }
                course.connected(Duration.ofMillis(300 + step));
                course.answered(Duration.ofMillis(500 + step));
                course.failed();
                course.carried(9_000_000_000L + step, 90_000_000_000L + step, Duration.ofSeconds(70));
            }
            pass(step < hours ? Duration.ofHours(1) : Duration.ofMinutes(5));
        }
        byte[] saved = saved(history);
        assertThat(saved).hasSizeBetween(2 << 20, 3 << 20);
        assertThat(history.spans("node-119", History.Scale.HOURS)).hasSize(29 * 24 + 24);
        assertThat(history.spans("node-120", History.Scale.HOURS)).isEmpty();
        assertThat(saved(restarted(saved))).isEqualTo(saved);
    }

    @Test
    void a_clock_that_is_set_wrong_breaks_nothing() {
        Course vps = history.of("vps");
        use(vps, 10);
        pass(Duration.ofHours(-5));
        use(vps, 10);
        assertThat(history.spans("vps", History.Scale.HOURS)).hasSize(1);
        pass(Duration.ofDays(20_000));
        use(vps, 10);
        pass(Duration.ofDays(-20_000));
        use(vps, 10);
        pass(Duration.ofHours(7));
        use(vps, 10);
        assertThat(history.spans("vps", History.Scale.HOURS))
                .allSatisfy(span -> assertThat(span.start()).isBetween(now.minus(Duration.ofDays(30)), now));
        assertThat(history.spans("vps", History.Scale.HOURS).stream()
                        .mapToInt(History.Span::attempts)
                        .sum())
                .isPositive();
    }

    @Test
    void what_is_cut_off_or_not_ours_is_refused() throws IOException {
        use(history.of("vps"), 10);
        byte[] saved = saved(history);
        for (int length = 0; length < saved.length; length++) {
            byte[] part = java.util.Arrays.copyOf(saved, length);
            assertThatThrownBy(() -> restarted(part)).isInstanceOf(IOException.class);
        }
        byte[] wild = new byte[100];
        java.util.Arrays.fill(wild, (byte) 0xff);
        assertThatThrownBy(() -> restarted(wild)).isInstanceOf(IOException.class);
    }
}
