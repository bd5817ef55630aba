package dev.fenliu.tally;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DayTest {
    private static Map<String, Amount> contents(Day day) {
        Map<String, Amount> all = new TreeMap<>();
        day.each((name, hour, amount) -> all.put(name + "@" + hour, amount));
        return all;
    }

    @Test
    void a_day_is_read_as_it_was_written() throws IOException {
        Day day = new Day();
        day.add("direct", 0, new Amount(1, 2, 3));
        day.add("direct", 0, new Amount(10, 20, 30));
        day.add("分流", 23, new Amount(Long.MAX_VALUE, 127, 128));
        day.add("nothing", 5, Amount.NONE);
        Map<String, Amount> read = contents(Day.read(day.write()));
        assertThat(read).isEqualTo(contents(day));
        assertThat(read).containsEntry("direct@0", new Amount(11, 22, 33));
    }

    @Test
    void of_too_many_names_the_largest_are_told_apart_and_nothing_is_lost() throws IOException {
        Day day = new Day();
        int names = 5 * Day.MOST;
        for (int i = 0; i < names; i++) {
            day.add("name" + i, i % Day.HOURS, new Amount(i, 0, 1));
        }
        Day read = Day.read(day.write());
        Map<String, Amount> all = contents(read);
        assertThat(all.keySet().stream().map(key -> key.replaceAll("@.*", "")).distinct())
                .hasSize(Day.MOST + 1)
                .contains("name" + (names - 1), Day.OTHER)
                .doesNotContain("name1");
        assertThat(all.values().stream().reduce(Amount.NONE, Amount::plus))
                .isEqualTo(new Amount((long) names * (names - 1) / 2, 0, names));
    }

    @Test
    void long_names_are_cut() {
        Day day = new Day();
        day.add("x".repeat(70_000), 0, new Amount(1, 1, 1));
        day.add("x".repeat(70_001), 0, new Amount(1, 1, 1));
        assertThat(contents(day).values()).containsExactly(new Amount(2, 2, 2));
    }

    @Test
    void what_is_no_day_is_refused() {
        Day day = new Day();
        day.add("direct", 0, new Amount(1, 2, 3));
        byte[] bytes = day.write();
        for (int length = 0; length < bytes.length - 6; length++) { // the rest is of no use
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> Day.read(cut)).isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> Day.read("nonsense".getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
                .isInstanceOf(IOException.class);
    }
}
