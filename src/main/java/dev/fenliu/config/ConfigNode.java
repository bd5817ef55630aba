package dev.fenliu.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A node of a YAML file with its place. Scalars stay the text that the user typed; whoever reads one converts it.
 * Immutable.
 */
public final class ConfigNode {
    /** What a node is. An empty value ({@code key:}) and an empty file are {@link #NULL}. */
    public enum Kind {
        MAPPING("a mapping"),
        SEQUENCE("a list"),
        SCALAR("a value"),
        NULL("nothing");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        /** In words for a message: {@code a list}. */
        public String words() {
            return words;
        }
    }

    /** A key of a mapping, as a scalar node, and its value. */
    public record Entry(ConfigNode key, ConfigNode value) {}

    private final Kind kind;
    private final SourceFile source;
    private final Position position;
    private final int width;
    private final String text;
    private final List<ConfigNode> items;
    private final List<Entry> entries;

    ConfigNode(
            Kind kind,
            SourceFile source,
            Position position,
            int width,
            String text,
            List<ConfigNode> items,
            List<Entry> entries) {
        this.kind = kind;
        this.source = source;
        this.position = position;
        this.width = width;
        this.text = text;
        this.items = List.copyOf(items);
        this.entries = List.copyOf(entries);
    }

    /** A line of a text that no message may quote; what stands in for it has this place and shows nothing. */
    public static ConfigNode untold(String file, int line) {
        SourceFile source = SourceFile.untold(file);
        return new ConfigNode(Kind.NULL, source, new Position(file, line, 1), 1, "", List.of(), List.of());
    }

    /** A scalar that stands in for {@code at}: at its place, with its folder and its line. */
    public static ConfigNode scalar(ConfigNode at, String text) {
        return new ConfigNode(Kind.SCALAR, at.source, at.position, at.width, text, List.of(), List.of());
    }

    /** A sequence that stands in for {@code at}, see {@link #scalar}. */
    public static ConfigNode sequence(ConfigNode at, List<ConfigNode> items) {
        return new ConfigNode(Kind.SEQUENCE, at.source, at.position, at.width, "", items, List.of());
    }

    /** A mapping that stands in for {@code at}, see {@link #scalar}; keeps the order of {@code values}. */
    public static ConfigNode mapping(ConfigNode at, Map<String, ConfigNode> values) {
        List<Entry> entries = values.entrySet().stream()
                .map(value -> new Entry(scalar(at, value.getKey()), value.getValue()))
                .toList();
        return new ConfigNode(Kind.MAPPING, at.source, at.position, at.width, "", List.of(), entries);
    }

    public Kind kind() {
        return kind;
    }

    public Position position() {
        return position;
    }

    /** The scalar as typed, quotes and escapes resolved; empty for other kinds. */
    public String text() {
        return text;
    }

    /** The items of a sequence; empty for other kinds. */
    public List<ConfigNode> items() {
        return items;
    }

    /** The entries of a mapping in the order of the file, duplicates included; empty for other kinds. */
    public List<Entry> entries() {
        return entries;
    }

    /** The first value of that key, or null. */
    public @Nullable ConfigNode get(String key) {
        for (Entry entry : entries) {
            if (entry.key().text().equals(key)) {
                return entry.value();
            }
        }
        return null;
    }

    /** The folder that relative paths of this file are relative to. */
    public Path folder() {
        return source.folder();
    }

    /** The line that this node begins on, without its secrets, the node marked. */
    public @Nullable Excerpt excerpt() {
        return source.excerpt(position, width);
    }

    @Override
    public String toString() {
        return kind + " at " + position; // never the text: it may be a secret
    }
}
