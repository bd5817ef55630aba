package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopScreenTest {
    private static final String STATUS = """
            {"version": "9.9", "uptime": 7260, "generation": 3,
             "outbounds": [
               {"name": "vps", "failing": false, "failure": null, "connect-ms": 41},
               {"name": "日本🇯🇵", "failing": true, "failure": "refused", "connect-ms": null}],
             "warnings": [{"file": "config.yaml", "line": 7, "message": "rule-set \\"ads\\" has no copy yet"}]}
            """;

    private static JsonObject json(String text) {
        return JsonParser.parseString(text).getAsJsonObject();
    }

    private static String flow(int id, String host, String device, long up, long down) {
        return """
                {"id": %d, "network": "tcp", "host": "%s", "port": 443, "source": "192.168.1.7", "device": %s,
                 "path": ["ai", "vps"], "up": %d, "down": %d}
                """.formatted(id, host, device == null ? "null" : '"' + device + '"', up, down);
    }

    private static TopModel model() {
        TopModel model = new TopModel();
        model.status(json(STATUS));
        model.flows(json("{\"total\": 2, \"offset\": 0, \"items\": [" + flow(1, "chatgpt.com", "tablet", 100, 1000)
                + "," + flow(2, "lists.test", null, 5, 5) + "]}"));
        assertThat(model.event(json("""
                {"topic": "totals", "time": "2026-01-01T00:00:00Z", "up": 105, "down": 1005, "up-rate": 0,
                 "down-rate": 0, "memory": 88080384, "outbounds": {}}"""))).isTrue();
        assertThat(model.event(json("{\"topic\": \"flows\", \"opened\": [" + flow(3, "new.test", "tablet", 0, 0)
                        + "], \"changed\": [[1, 1124, 201000]], \"updated\": [], \"closed\": [{\"id\": 2}]}")))
                .isFalse();
        model.event(json("{\"topic\": \"flows\", \"opened\": [], \"changed\": [[3, 2048, 2048], [9, 1, 1]]}"));
        model.event(json("""
                {"topic": "totals", "time": "2026-01-01T00:00:02Z", "up": 3172, "down": 203048, "up-rate": 1536,
                 "down-rate": 101024, "memory": 88080384, "outbounds": {"vps": [1536, 101024]}}"""));
        return model;
    }

    @Test
    void the_screen_tells_rates_outbounds_and_who_is_busy() {
        String screen = String.join("\n", TopScreen.draw(model(), 100, 40, false));
        assertThat(screen.lines().map(line -> line.replaceAll(" +", " ").strip()))
                .containsSubsequence(
                        "fenliu 9.9 up 2 h 1 min generation 3 2 flows memory 84 MiB",
                        "down 98.7 KiB/s up 1.5 KiB/s since the start: down 198 KiB, up 3.1 KiB",
                        "! config.yaml:7: rule-set \"ads\" has no copy yet",
                        "OUTBOUND DOWN UP STATE",
                        "vps 98.7 KiB/s 1.5 KiB/s connects in 41 ms",
                        "direct 0 KiB/s 0 KiB/s",
                        "日本🇯🇵 0 KiB/s 0 KiB/s down: refused",
                        "BUSIEST FLOWS DOWN UP THROUGH OF",
                        "chatgpt.com:443 97.7 KiB/s 0.5 KiB/s ai/vps tablet",
                        "new.test:443 1 KiB/s 1 KiB/s ai/vps tablet",
                        "BUSIEST DEVICES DOWN UP",
                        "tablet 98.7 KiB/s 1.5 KiB/s",
                        "BUSIEST HOSTS DOWN UP",
                        "chatgpt.com 97.7 KiB/s 0.5 KiB/s",
                        "new.test 1 KiB/s 1 KiB/s")
                .noneMatch(line -> line.contains("lists.test"));
    }

    @ParameterizedTest
    @CsvSource({"80,24", "40,10", "200,60", "20,5", "1,1"})
    void it_fits_whatever_the_terminal_is(int columns, int rows) {
        List<String> lines = TopScreen.draw(model(), columns, rows, false);
        assertThat(lines).hasSizeLessThanOrEqualTo(Math.max(5, rows));
        assertThat(lines).allMatch(line -> Columns.width(line) <= Math.max(20, columns));
    }

    @Test
    void titles_are_bold_where_that_is_wanted() {
        assertThat(TopScreen.draw(model(), 80, 24, true).get(0))
                .startsWith("\u001b[1mfenliu")
                .endsWith("\u001b[0m");
    }

    @Test
    void a_program_that_has_told_nothing_yet_makes_a_screen_too() {
        assertThat(TopScreen.draw(new TopModel(), 80, 24, false)).isNotEmpty();
    }

    @Test
    void names_of_strangers_do_not_rule_the_terminal() {
        assertThat(Columns.left("a\u001b[31mb\nc", 9)).isEqualTo("a [31mb c");
        assertThat(Columns.left("日本語", 5)).isEqualTo("日本…");
        assertThat(Columns.right("日本", 5)).isEqualTo(" 日本");
        assertThat(Columns.cut("abc", 0)).isEmpty();
    }

    @Test
    void messages_of_the_log_take_a_line_each_and_the_oldest_comes_first() {
        assertThat(LogsCommand.lines(json("""
                        {"items": [
                          {"time": "2026-01-01T00:00:00.5Z", "level": "info", "message": "later"},
                          {"time": "2026-01-01T00:00:00Z", "level": "warn", "message": "a\\nb"}]}""")))
                .containsExactly("2026-01-01T00:00:00Z warn a b", "2026-01-01T00:00:00.5Z info later");
    }
}
