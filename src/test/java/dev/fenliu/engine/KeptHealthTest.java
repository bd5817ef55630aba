package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Host;
import dev.fenliu.outbound.Health;
import dev.fenliu.outbound.History;
import dev.fenliu.state.StateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KeptHealthTest {
    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");

    private final AtomicLong clock = new AtomicLong();
    private final Map<String, String> selections = new ConcurrentHashMap<>();
    private final History history = new History(() -> START.plusNanos(clock.get()));

    @TempDir
    private Path folder;

    private KeptHealth open(Map<String, String> chosen, History written) {
        return new KeptHealth(new StateFiles(folder), chosen, written);
    }

    private void use(String outbound) {
        Health.Exchange exchange = new Health(clock::get, history).exchange(outbound, Host.parse("a.test"));
        exchange.asked();
        exchange.answered();
        exchange.ended(true, 10, 20);
    }

    private boolean exists(String name) {
        return Files.exists(folder.resolve(name + ".state"));
    }

    @Test
    void selections_and_history_outlive_the_program() {
        KeptHealth first = open(selections, history);
        selections.put("ai", "vps");
        use("vps");
        first.close();
        Map<String, String> chosen = new ConcurrentHashMap<>();
        History read = new History(() -> START.plusNanos(clock.get()));
        open(chosen, read).close();
        assertThat(chosen).isEqualTo(Map.of("ai", "vps"));
        assertThat(read.spans("vps", History.Scale.HOURS))
                .isNotEmpty()
                .isEqualTo(history.spans("vps", History.Scale.HOURS));
    }

    @Test
    void the_disk_is_written_once_an_hour_and_for_selections_in_ten_minutes_and_never_for_nothing() throws IOException {
        KeptHealth kept = open(selections, history);
        kept.round();
        assertThat(exists("selections")).isFalse();
        selections.put("ai", "vps");
        use("vps");
        kept.round();
        assertThat(exists("selections")).isTrue();
        assertThat(exists("health")).isFalse();
        for (int i = 0; i < 4; i++) {
            kept.round();
        }
        assertThat(exists("health")).isTrue();
        Files.delete(folder.resolve("health.state"));
        Files.delete(folder.resolve("selections.state"));
        for (int i = 0; i < 12; i++) {
            kept.round();
        }
        kept.close();
        assertThat(exists("health")).isFalse();
        assertThat(exists("selections")).isFalse();
    }

    @Test
    void damaged_files_cost_what_they_held_and_nothing_else() throws IOException {
        Files.writeString(folder.resolve("health.state"), "garbage");
        Files.writeString(folder.resolve("selections.state"), "garbage");
        open(selections, history).close();
        assertThat(selections).isEmpty();
        assertThat(history.spans("vps", History.Scale.HOURS)).isEmpty();
    }
}
