package dev.fenliu.config;

import com.google.gson.JsonObject;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A mapping being read with a table of keys. Opening it reports unknown and duplicate keys; {@link #get} reads one key,
 * reports what is wrong with it, and gives the default or null then, so that reading can go on and find the rest.
 */
public final class Section {
    private final ConfigNode node;
    private final String what;
    private final Problems problems;
    private final Map<String, ConfigNode> values = new LinkedHashMap<>();
    private final int before;

    private Section(ConfigNode node, String what, Problems problems) {
        this.node = node;
        this.what = what;
        this.problems = problems;
        this.before = problems.size();
    }

    /**
     * Opens a mapping; an empty value counts as an empty mapping.
     *
     * @param what how messages call it: {@code outbound "vps"}
     * @return null when {@code node} is no mapping, which is reported
     */
    public static @Nullable Section open(ConfigNode node, String what, List<Key<?>> keys, Problems problems) {
        if (node.kind() != ConfigNode.Kind.MAPPING && node.kind() != ConfigNode.Kind.NULL) {
            boolean glued = node.text().matches("[a-z-]+:\\S.*");
            problems.error(
                    node,
                    what + " must be a mapping of keys, not " + node.kind().words(),
                    glued ? "a blank belongs behind the colon: KEY: VALUE" : meant(node, keys));
            return null;
        }
        Section section = new Section(node, what, problems);
        Set<String> meant = section.read(keys);
        for (Key<?> key : keys) {
            if (key.required() && !section.values.containsKey(key.name()) && !meant.contains(key.name())) {
                problems.error(node, what + " needs the key \"" + key.name() + "\": " + key.help());
            }
        }
        return section;
    }

    /** The JSON Schema of a mapping with these keys. */
    public static JsonObject schema(List<Key<?>> keys) {
        JsonObject properties = new JsonObject();
        keys.forEach(key -> properties.add(key.name(), key.type().schema()));
        JsonObject mapping = Type.schema("object");
        mapping.add("properties", properties);
        mapping.addProperty("additionalProperties", false);
        return mapping;
    }

    /** What a lone value was probably meant to be the value of. */
    private static @Nullable String meant(ConfigNode node, List<Key<?>> keys) {
        if (node.kind() != ConfigNode.Kind.SCALAR) {
            return null;
        }
        List<String> names = keys.stream().map(Key::name).toList();
        return Stream.of(node.text().contains("://") ? "url" : "file", "listen")
                .filter(names::contains)
                .findFirst()
                .map(key -> "write {" + key + ": " + node.text() + "}")
                .orElse(null);
    }

    /** Takes the known keys, reports the others; returns what these were probably meant to be. */
    private Set<String> read(List<Key<?>> keys) {
        Set<String> known = new LinkedHashSet<>();
        Set<String> meant = new HashSet<>();
        keys.forEach(key -> known.add(key.name()));
        Set<String> free = new LinkedHashSet<>(known);
        node.entries().forEach(entry -> free.remove(entry.key().text()));
        for (ConfigNode.Entry entry : node.entries()) {
            String name = entry.key().text();
            ConfigNode first = values.get(name);
            if (first != null) {
                problems.error(
                        entry.key(),
                        "duplicate key \"" + name + "\" in " + what,
                        "first at line " + first.position().line());
            } else if (known.contains(name)) {
                values.put(name, entry.value());
            } else {
                String match = Nearest.match(name, free);
                if (match != null) {
                    meant.add(match);
                }
                problems.error(
                        entry.key(),
                        "unknown key \"" + name + "\" in " + what,
                        Nearest.hint(name, match == null ? known : free));
            }
        }
        return meant;
    }

    /** The value of a key, its default when it is absent or malformed, null when it has none. */
    public <T> @Nullable T get(Key<T> key) {
        ConfigNode value = values.get(key.name());
        if (value == null) {
            return key.fallback();
        }
        if (value.kind() == ConfigNode.Kind.NULL && !key.type().takesNothing()) {
            problems.error(value, "\"" + key.name() + "\" in " + what + " has no value", key.help());
            return key.fallback();
        }
        T read = key.type().read(value, "\"" + key.name() + "\"", problems);
        return read == null ? key.fallback() : read;
    }

    /** The value of a key that has a default. */
    public <T> T value(Key<T> key) {
        T read = get(key);
        if (read == null) {
            throw new IllegalArgumentException("key " + key.name() + " has no default");
        }
        return read;
    }

    /** Whether the key is written in the file. */
    public boolean has(Key<?> key) {
        return values.containsKey(key.name());
    }

    /** The node of a key for a message about it; the whole mapping when the key is absent. */
    public ConfigNode at(Key<?> key) {
        ConfigNode value = values.get(key.name());
        return value == null ? node : value;
    }

    /** The mapping itself. */
    public ConfigNode node() {
        return node;
    }

    /** How messages call this mapping: {@code outbound "vps"}. */
    public String what() {
        return what;
    }

    public Problems problems() {
        return problems;
    }

    /** Whether anything was reported since this section was opened (its own keys, when it is read to its end). */
    public boolean clean() {
        return problems.size() == before;
    }
}
