package dev.fenliu.outbound;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import dev.fenliu.config.YamlReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a type makes of its keys: its options, or the messages of what is wrong. */
public record Parsed<O>(@Nullable O options, List<String> problems) {
    public static <O> Parsed<O> of(TunnelType<O> type, String yaml) {
        Problems problems = new Problems();
        ConfigNode node = YamlReader.read("c.yaml", Path.of("."), yaml, problems);
        Section section = Section.open(Objects.requireNonNull(node), "outbound \"far\"", type.keys(), problems);
        O options = type.parse(Objects.requireNonNull(section));
        return new Parsed<>(
                options, problems.all().stream().map(Problem::message).toList());
    }
}
