package dev.fenliu.subscribe;

import dev.fenliu.config.ConfigNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An entry of a list in YAML or JSON: its values by key, those of YAML's merge keys ({@code <<}) below its own. */
final class Fields {
    private final Map<String, ConfigNode> values = new HashMap<>();
    private final int line;

    Fields(ConfigNode node) {
        this.line = node.position().line();
        take(node, 0);
    }

    private void take(ConfigNode node, int depth) {
        node.entries().forEach(entry -> values.putIfAbsent(entry.key().text(), entry.value()));
        ConfigNode merged = values.remove("<<");
        if (merged != null && depth < 8) {
            (merged.items().isEmpty() ? List.of(merged) : merged.items()).forEach(one -> take(one, depth + 1));
        }
    }

    int line() {
        return line;
    }

    /** What the entry calls itself. */
    String title() {
        String name = text("name");
        String tag = name.isEmpty() ? text("tag") : name;
        return tag.isEmpty() ? text("remarks") : tag;
    }

    boolean has(String key) {
        ConfigNode value = values.get(key);
        return value != null && value.kind() != ConfigNode.Kind.NULL;
    }

    /** A scalar; empty if it is absent or none. */
    String text(String key) {
        ConfigNode value = values.get(key);
        return value == null ? "" : value.text().strip();
    }

    boolean isTrue(String key) {
        return text(key).equals("true") || text(key).equals("1");
    }

    /** A mapping; empty if it is absent or none. */
    Fields in(String key) {
        ConfigNode value = values.get(key);
        return new Fields(value == null ? ConfigNode.untold("", line) : value);
    }

    /** The first of a list, or a mapping that is there instead. */
    Fields firstIn(String key) {
        ConfigNode value = values.get(key);
        @Nullable
        ConfigNode first =
                value == null || value.items().isEmpty() ? value : value.items().get(0);
        return new Fields(first == null ? ConfigNode.untold("", line) : first);
    }

    /** A list, or a scalar that holds one, as a link has it: separated by commas. */
    String list(String key) {
        ConfigNode value = values.get(key);
        return value == null || value.items().isEmpty()
                ? text(key)
                : value.items().stream().map(ConfigNode::text).collect(Collectors.joining(","));
    }

    /** The first of a list, or the scalar that is there instead. */
    String first(String key) {
        ConfigNode value = values.get(key);
        return value == null || value.items().isEmpty()
                ? text(key)
                : value.items().get(0).text();
    }
}
