package dev.fenliu.config;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.nodes.CollectionNode;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * A node of a YAML text with the characters that it is written in, for edits of the text itself. Equal outlines mean the
 * same, wherever and however they are written. Immutable.
 */
public final class Outline {
    /** How a node is written. */
    public enum Style {
        /** A scalar without quotes. */
        PLAIN,
        SINGLE_QUOTED,
        DOUBLE_QUOTED,
        /** A scalar of lines of its own, behind {@code |} or {@code >}. */
        LINES,
        /** In brackets or braces. */
        FLOW,
        /** A line an item. */
        BLOCK,
        /** Elsewhere, under a name: its characters are not those of this place. */
        ALIAS
    }

    /** A key of a mapping and its value. */
    public record Entry(Outline key, Outline value) {}

    private final ConfigNode.Kind kind;
    private final Style style;
    private final int start;
    private final int end;
    private final String text;
    private final List<Outline> items;
    private final List<Entry> entries;

    private Outline(
            ConfigNode.Kind kind, Style style, Span span, String text, List<Outline> items, List<Entry> entries) {
        this.kind = kind;
        this.style = style;
        this.start = span.start;
        this.end = span.end;
        this.text = text;
        this.items = List.copyOf(items);
        this.entries = List.copyOf(entries);
    }

    private record Span(int start, int end) {}

    /**
     * The outline of a text; of kind NULL for an empty one.
     *
     * @return null when {@link YamlReader} refuses the text
     */
    public static @Nullable Outline of(String text) {
        Problems problems = new Problems();
        if (YamlReader.read("text", java.nio.file.Path.of(""), text, problems) == null) {
            return null;
        }
        int mark = text.startsWith("\ufeff") ? 1 : 0;
        Node root = YamlReader.compose(text.substring(mark));
        return root == null
                ? new Outline(
                        ConfigNode.Kind.NULL, Style.PLAIN, new Span(mark, text.length()), "", List.of(), List.of())
                : new Maker(text, mark).make(root);
    }

    public ConfigNode.Kind kind() {
        return kind;
    }

    public Style style() {
        return style;
    }

    /** Index of its first character: of the first dash, or the first key, of a block. */
    public int start() {
        return start;
    }

    /** Index behind its last character, without comments, blanks and line ends that follow. */
    public int end() {
        return end;
    }

    /** The scalar, quotes and escapes resolved; empty for other kinds. */
    public String text() {
        return text;
    }

    public List<Outline> items() {
        return items;
    }

    /** In the order of the text. */
    public List<Entry> entries() {
        return entries;
    }

    /** The first entry of that key, or null. */
    public @Nullable Entry entry(String key) {
        return entries.stream()
                .filter(entry -> entry.key.text.equals(key))
                .findFirst()
                .orElse(null);
    }

    /** The node below this one; a step is a key, or the number of an item from 0; null when there is none. */
    public @Nullable Outline at(List<String> path) {
        Outline at = this;
        for (String step : path) {
            at = at == null ? null : at.child(step);
        }
        return at;
    }

    private @Nullable Outline child(String step) {
        if (kind == ConfigNode.Kind.SEQUENCE) {
            int index = step.matches("[0-9]{1,9}") ? Integer.parseInt(step) : items.size();
            return index < items.size() ? items.get(index) : null;
        }
        Entry entry = entry(step);
        return entry == null ? null : entry.value;
    }

    /** The same with other items; a sequence. */
    public Outline withItems(List<Outline> others) {
        return new Outline(ConfigNode.Kind.SEQUENCE, style, new Span(start, end), "", others, List.of());
    }

    /** The same with other entries; a mapping. */
    public Outline withEntries(List<Entry> others) {
        return new Outline(ConfigNode.Kind.MAPPING, style, new Span(start, end), "", List.of(), others);
    }

    /** The same with another node at a path that leads somewhere. */
    public Outline with(List<String> path, Outline other) {
        if (path.isEmpty()) {
            return other;
        }
        String step = path.get(0);
        List<String> rest = path.subList(1, path.size());
        if (kind == ConfigNode.Kind.SEQUENCE) {
            List<Outline> changed = new ArrayList<>(items);
            int index = Integer.parseInt(step);
            changed.set(index, changed.get(index).with(rest, other));
            return withItems(changed);
        }
        List<Entry> changed = new ArrayList<>(entries);
        Entry entry = java.util.Objects.requireNonNull(entry(step), step);
        changed.set(changed.indexOf(entry), new Entry(entry.key, entry.value.with(rest, other)));
        return withEntries(changed);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Outline that
                && kind == that.kind
                && text.equals(that.text)
                && items.equals(that.items)
                && entries.equals(that.entries);
    }

    @Override
    public int hashCode() {
        return java.util.Objects.hash(kind, text, items, entries);
    }

    @Override
    public String toString() {
        return kind + " at " + start; // never the text: it may be a secret
    }

    /** Turns SnakeYAML's nodes, which count code points, into outlines, which count characters. */
    private static final class Maker {
        private final String text;
        private final int mark;
        private final boolean wide;
        private final IdentityHashMap<Node, Boolean> seen = new IdentityHashMap<>();
        private int point;
        private int index;

        Maker(String text, int mark) {
            this.text = text;
            this.mark = mark;
            this.wide = text.codePointCount(0, text.length()) != text.length();
        }

        /** Nodes come almost in the order of the text, so each index is found from the one before. */
        private int index(int codePoint) {
            if (!wide) {
                return codePoint + mark;
            }
            index = text.offsetByCodePoints(point == 0 ? mark : index, codePoint - point);
            point = codePoint;
            return index;
        }

        private int back(int end, int start) {
            int at = Math.min(end, text.length());
            while (at > start && " \t\r\n".indexOf(text.charAt(at - 1)) >= 0) {
                at--;
            }
            return at;
        }

        Outline make(Node node) {
            boolean alias = seen.put(node, true) != null;
            int start = index(node.getStartMark().getIndex());
            if (node instanceof ScalarNode scalar) {
                boolean plain = scalar.isPlain();
                String value = scalar.getValue();
                boolean nil = plain && (value.isEmpty() || value.equals("~") || value.equals("null"));
                int end = index(node.getEndMark().getIndex());
                Style style = switch (scalar.getScalarStyle()) {
                    case DOUBLE_QUOTED -> Style.DOUBLE_QUOTED;
                    case SINGLE_QUOTED -> Style.SINGLE_QUOTED;
                    case LITERAL, FOLDED -> Style.LINES;
                    default -> Style.PLAIN;
                };
                return new Outline(
                        nil ? ConfigNode.Kind.NULL : ConfigNode.Kind.SCALAR,
                        alias ? Style.ALIAS : style,
                        new Span(start, style == Style.LINES ? back(end, start) : end),
                        nil ? "" : value,
                        List.of(),
                        List.of());
            }
            return collection((CollectionNode<?>) node, start, alias);
        }

        private Outline collection(CollectionNode<?> node, int start, boolean alias) {
            List<Outline> items = new ArrayList<>();
            List<Entry> entries = new ArrayList<>();
            boolean flow = node.getFlowStyle() == DumperOptions.FlowStyle.FLOW;
            int end = start;
            if (node instanceof SequenceNode sequence) {
                for (Node item : sequence.getValue()) {
                    items.add(make(item));
                    end = Math.max(end, items.get(items.size() - 1).end);
                }
            } else {
                for (NodeTuple tuple : ((MappingNode) node).getValue()) {
                    Outline key = make(tuple.getKeyNode());
                    entries.add(new Entry(key, make(tuple.getValueNode())));
                    end = Math.max(end, Math.max(key.end, entries.get(entries.size() - 1).value.end));
                }
            }
            boolean sequence = node instanceof SequenceNode;
            return new Outline(
                    sequence ? ConfigNode.Kind.SEQUENCE : ConfigNode.Kind.MAPPING,
                    alias ? Style.ALIAS : flow ? Style.FLOW : Style.BLOCK,
                    new Span(start, flow ? index(node.getEndMark().getIndex()) : end),
                    "",
                    items,
                    entries);
        }
    }
}
