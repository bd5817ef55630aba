package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the {@code history} of a config: where it is kept, in a word, or a mapping. */
public final class HistoryReader {
    private static final Type<HistoryOptions.Keep> WHERE = Type.choice(HistoryOptions.Keep.class);

    private static final Key<HistoryOptions.Keep> KEEP = Key.withDefault(
            "keep",
            WHERE,
            HistoryOptions.Keep.DISK,
            "Where it is kept: nowhere, until the program ends, or on the disk.");
    private static final Key<Boolean> DOMAINS = Key.withDefault(
            "domains", Type.BOOLEAN, false, "Whether destinations are kept too, by their registrable domain.");
    private static final Key<Integer> DAYS =
            Key.withDefault("days", Type.integer(1, 400), HistoryOptions.DAYS, "How many days are kept.");

    /** The keys of {@code history:}. */
    public static final List<Key<?>> KEYS = List.of(KEEP, DOMAINS, DAYS);

    private HistoryReader() {}

    /** Reads it; {@code node} is null when the config does not speak of it. */
    static HistoryOptions read(@Nullable ConfigNode node, Problems problems) {
        if (node == null) {
            return HistoryOptions.DEFAULT;
        }
        if (node.kind() == ConfigNode.Kind.SCALAR) {
            HistoryOptions.Keep keep = WHERE.read(node, "\"history\"", problems);
            return keep == null ? HistoryOptions.DEFAULT : new HistoryOptions(keep, false, HistoryOptions.DAYS);
        }
        Section history = Section.open(node, "\"history\"", KEYS, problems);
        return history == null
                ? HistoryOptions.DEFAULT
                : new HistoryOptions(history.value(KEEP), history.value(DOMAINS), history.value(DAYS));
    }
}
