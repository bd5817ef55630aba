package dev.fenliu.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Reads YAML text into {@link ConfigNode}s. Takes one document, no tags, at most {@value #MAX_CHARS} characters, 40
 * levels and 50 aliases; whatever the parser throws becomes a located problem.
 */
public final class YamlReader {
    /** The largest text, in characters; checked before the parser sees it. */
    public static final int MAX_CHARS = 4 << 20;

    static final int MAX_DEPTH = 40;
    static final int MAX_ALIASES = 50;
    /** What they stand for counts among the values too. */
    private static final int MAX_FOREIGN_ALIASES = 50_000;

    private static final int MAX_NODES = 500_000;

    private final SourceFile source;
    private final Problems problems;
    private int nodes;

    private YamlReader(SourceFile source, Problems problems) {
        this.source = source;
        this.problems = problems;
    }

    /**
     * Reads {@code text}.
     *
     * @param name how messages call the file
     * @param folder what its relative paths are relative to
     * @return the root, of kind NULL for an empty file; null when a problem was reported
     */
    public static @Nullable ConfigNode read(String name, Path folder, String text, Problems problems) {
        String plain = text.startsWith("\ufeff") ? text.substring(1) : text; // a byte order mark
        SourceFile source = new SourceFile(name, folder, plain.length() > MAX_CHARS ? "" : plain);
        return new YamlReader(source, problems).read(plain, MAX_ALIASES);
    }

    /**
     * The same for a text that others wrote, YAML or JSON: it may have many aliases, and no message quotes its lines, which
     * may be secrets.
     *
     * @param name how messages call the text
     */
    public static @Nullable ConfigNode readForeign(String name, String text, Problems problems) {
        return new YamlReader(SourceFile.untold(name), problems).read(text, MAX_FOREIGN_ALIASES);
    }

    private @Nullable ConfigNode read(String text, int aliases) {
        if (text.length() > MAX_CHARS) {
            fail(null, "the file has " + text.length() + " characters (at most " + MAX_CHARS + ")", null);
            return null;
        }
        try {
            Composer documents = documents(text, aliases);
            Node root = null;
            while (documents.checkNode()) {
                Node document = documents.getNode();
                if (root != null) {
                    fail(document.getStartMark(), "a second YAML document starts here", "keep one document a file");
                    return null;
                }
                root = document;
            }
            return root == null ? nothing() : convert(root, 0);
        } catch (MarkedYAMLException e) {
            YamlFault fault = YamlFault.of(e, source);
            fail(fault.mark(), fault.message(), fault.hint());
        } catch (ReaderException e) {
            Mark mark = mark(text, e.getPosition());
            String point = String.format(Locale.ROOT, "U+%04X", e.getCodePoint());
            fail(mark, "the character " + point + " cannot stand in YAML", "is this a text file in UTF-8?");
        } catch (RuntimeException | StackOverflowError e) { // the parser throws unchecked exceptions on odd input
            fail(null, YamlFault.limit(String.valueOf(e.getMessage())), null);
        }
        return null;
    }

    private static Composer documents(String text, int aliases) {
        LoaderOptions options = new LoaderOptions();
        options.setMaxAliasesForCollections(aliases);
        options.setNestingDepthLimit(MAX_DEPTH);
        options.setCodePointLimit(MAX_CHARS);
        options.setAllowDuplicateKeys(true); // the reader of the mapping reports them, with both places
        return new Composer(new ParserImpl(new StreamReader(text), options), new Resolver(), options);
    }

    /** The parser's own nodes of a text that {@link #read} has taken; null for an empty one. */
    static @Nullable Node compose(String text) {
        Composer documents = documents(text, MAX_ALIASES);
        return documents.checkNode() ? documents.getNode() : null;
    }

    private ConfigNode nothing() {
        Position start = new Position(source.name(), 1, 1);
        return new ConfigNode(ConfigNode.Kind.NULL, source, start, 1, "", List.of(), List.of());
    }

    private @Nullable ConfigNode convert(Node node, int depth) {
        if (depth > MAX_DEPTH || ++nodes > MAX_NODES) {
            fail(node.getStartMark(), depth > MAX_DEPTH ? "nested too deeply" : "too many values in one file", null);
            return null;
        }
        if (!isPlainTag(node.getTag())) {
            fail(
                    node.getStartMark(),
                    "the tag " + node.getTag() + " is not allowed",
                    "write plain values without tags");
            return null;
        }
        Position position = position(node.getStartMark());
        if (node instanceof ScalarNode scalar) {
            boolean plain = scalar.isPlain();
            String value = scalar.getValue();
            boolean nil = plain && (value.isEmpty() || value.equals("~") || value.equals("null"));
            return new ConfigNode(
                    nil ? ConfigNode.Kind.NULL : ConfigNode.Kind.SCALAR,
                    source,
                    position,
                    width(node),
                    nil ? "" : value,
                    List.of(),
                    List.of());
        }
        if (node instanceof SequenceNode sequence) {
            List<ConfigNode> items = new ArrayList<>();
            for (Node item : sequence.getValue()) {
                ConfigNode converted = convert(item, depth + 1);
                if (converted == null) {
                    return null;
                }
                items.add(converted);
            }
            return new ConfigNode(ConfigNode.Kind.SEQUENCE, source, position, width(node), "", items, List.of());
        }
        List<ConfigNode.Entry> entries = new ArrayList<>();
        for (NodeTuple tuple : ((MappingNode) node).getValue()) {
            ConfigNode key = convert(tuple.getKeyNode(), depth + 1);
            ConfigNode value = key == null ? null : convert(tuple.getValueNode(), depth + 1);
            if (key == null || value == null) {
                return null;
            }
            if (key.kind() != ConfigNode.Kind.SCALAR) {
                fail(
                        tuple.getKeyNode().getStartMark(),
                        "a key must be a plain word, not " + key.kind().words(),
                        null);
                return null;
            }
            entries.add(new ConfigNode.Entry(key, value));
        }
        return new ConfigNode(ConfigNode.Kind.MAPPING, source, position, width(node), "", List.of(), entries);
    }

    private static boolean isPlainTag(Tag tag) {
        return tag.startsWith(Tag.PREFIX)
                && switch (tag.getValue().substring(Tag.PREFIX.length())) {
                    case "str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge", "value" -> true;
                    default -> false;
                };
    }

    /** The mark at a code point of the text. */
    private static Mark mark(String text, int point) {
        int index = text.offsetByCodePoints(0, Math.min(point, text.codePointCount(0, text.length())));
        String[] lines = text.substring(0, index).split(SourceFile.LINE_END, -1);
        String line = lines[lines.length - 1];
        return new Mark("", index, lines.length - 1, line.codePointCount(0, line.length()), new int[0], 0);
    }

    private Position position(Mark mark) {
        return new Position(source.name(), mark.getLine() + 1, mark.getColumn() + 1);
    }

    private static int width(Node node) {
        Mark start = node.getStartMark();
        Mark end = node.getEndMark();
        return end.getLine() == start.getLine() ? Math.max(1, end.getColumn() - start.getColumn()) : 1;
    }

    private void fail(@Nullable Mark mark, String message, @Nullable String hint) {
        Position position = mark == null ? new Position(source.name(), 1, 1) : position(mark);
        Excerpt excerpt = mark == null ? null : source.excerpt(position, 1);
        problems.add(new Problem(Problem.Severity.ERROR, position, message, hint, excerpt));
    }
}
