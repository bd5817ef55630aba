package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.YamlReader;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HistoryReaderTest {
    private final Problems problems = new Problems();

    private HistoryOptions read(String yaml) {
        ConfigNode root = YamlReader.read("test.yaml", Path.of(""), yaml, problems);
        return HistoryReader.read(root == null ? null : root.get("history"), problems);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "version: 1 | DISK | false | 30",
                "history: off | OFF | false | 30",
                "history: memory | MEMORY | false | 30",
                "history: disk | DISK | false | 30",
                "history: {} | DISK | false | 30",
                "history: {keep: memory, domains: yes, days: 7} | MEMORY | true | 7",
            })
    void a_word_or_a_mapping(String yaml, HistoryOptions.Keep keep, boolean domains, int days) {
        assertThat(read(yaml)).isEqualTo(new HistoryOptions(keep, domains, days));
        assertThat(problems.all()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "history: sometimes | memory",
                "history: {keep: tape} | memory",
                "history: {days: 0} | from 1 to 400",
                "history: {domain: yes} | unknown key \"domain\"",
                "history: [disk] | must be a mapping",
            })
    void anything_else_is_refused(String yaml, String why) {
        read(yaml);
        assertThat(problems.all())
                .extracting(Problem::toString)
                .anySatisfy(text -> assertThat(text).contains(why));
    }
}
