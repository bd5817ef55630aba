package dev.fenliu.edit;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Outline;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * Edits of a YAML text that change the characters of what they change and no others: comments, blank lines, quotes, order
 * and line ends stay as they were typed. What comes out is read again, and if it does not mean the old text with just that
 * change, the edit is refused. Immutable.
 */
public final class YamlEdit {
    /** What the nodes of two texts take at most, and those that they are made of (measured with short rules). */
    private static final int BYTES_A_CHARACTER = 140;

    private final String text;
    private final Outline root;
    private final Lines lines;

    private YamlEdit(String text, Outline root) {
        this.text = text;
        this.root = root;
        this.lines = new Lines(text);
    }

    /**
     * Begins with a text.
     *
     * @throws EditRefused if it is no good YAML, or so long that an edit might take all the memory of a program that runs
     */
    public static YamlEdit of(String text) throws EditRefused {
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getMax(); // -1 where nobody can tell
        long most = heap / BYTES_A_CHARACTER;
        if (heap > 0 && text.length() > most) {
            throw new EditRefused("the file has " + text.length() + " characters, and " + most
                    + " are the most that a program edits with this memory; change it with an editor, or keep what is long"
                    + " in a rule-set with a `file:`, a host a line");
        }
        Outline root = Outline.of(text);
        if (root == null) {
            throw new EditRefused("the file has errors; see `fenliu check`");
        }
        return new YamlEdit(text, root);
    }

    /** What the text says. */
    public Outline outline() {
        return root;
    }

    /**
     * Puts an item into a sequence.
     *
     * @param path of a sequence; a value that is empty counts as one
     * @param index from 0, at most the number of items
     * @param item YAML in one line
     * @return the new text
     */
    public String insert(List<String> path, int index, String item) throws EditRefused {
        Outline sequence = node(path);
        if (sequence.kind() != ConfigNode.Kind.SEQUENCE && sequence.kind() != ConfigNode.Kind.NULL) {
            throw new EditRefused(String.join(".", path) + " is no list");
        }
        List<Outline> items = new ArrayList<>(sequence.items());
        items.add(index, parsed(item));
        Outline expected = root.with(path, sequence.withItems(items));
        if (sequence.kind() == ConfigNode.Kind.NULL) {
            return splice(below(sequence, "- " + item), expected);
        }
        if (sequence.style() == Outline.Style.FLOW) {
            return splice(new FlowEdit(lines, sequence).insert(index, item), expected);
        }
        if (index > 0 && index == sequence.items().size()) {
            int end = sequence.items().get(index - 1).end();
            return splice(line(end, lines.column(sequence.start()), "- " + item), expected);
        }
        int start = dash(sequence, index);
        int lineStart = lines.start(start);
        if (!text.substring(lineStart, start).isBlank()) { // behind something else on its line
            String pad = lines.newline() + " ".repeat(lines.column(start));
            return splice(new Piece(start, start, "- " + item + pad), expected);
        }
        String pad = text.substring(lineStart, start);
        int at = lines.aboveComments(lineStart);
        return splice(new Piece(at, at, pad + "- " + item + lines.newline()), expected);
    }

    /** Takes an item out of a sequence, with the comment behind it on its own line; comments above it stay. */
    public String remove(List<String> path, int index) throws EditRefused {
        Outline sequence = node(path);
        if (sequence.kind() != ConfigNode.Kind.SEQUENCE
                || index >= sequence.items().size()) {
            throw new EditRefused(String.join(".", path) + " has no item " + index);
        }
        List<Outline> items = new ArrayList<>(sequence.items());
        Outline item = items.remove(index);
        Outline expected = root.with(path, sequence.withItems(items));
        return sequence.style() == Outline.Style.FLOW
                ? splice(new FlowEdit(lines, sequence).remove(index), expected)
                : splice(outOfBlock(sequence, index, item), expected);
    }

    /**
     * Adds a key as the last of a mapping.
     *
     * @param path of a mapping; a value that is empty, and an empty file, count as one
     * @param value YAML; of several lines only in a mapping that is a block, each with its indentation below the key
     */
    public String put(List<String> path, String key, String value) throws EditRefused {
        Outline mapping = node(path);
        if (mapping.kind() != ConfigNode.Kind.MAPPING && mapping.kind() != ConfigNode.Kind.NULL) {
            throw new EditRefused((path.isEmpty() ? "the file" : String.join(".", path)) + " is no mapping");
        }
        String entry = key + ":" + (value.startsWith("\n") ? "" : " ") + value;
        Outline added = parsed(entry);
        List<Outline.Entry> entries = new ArrayList<>(mapping.entries());
        if (mapping.entry(key) != null) {
            throw new EditRefused("there is a \"" + key + "\" already");
        }
        entries.addAll(added.entries());
        Outline expected = root.with(path, mapping.withEntries(entries));
        boolean empty = mapping.entries().isEmpty();
        if (mapping.style() == Outline.Style.FLOW) {
            int at = empty
                    ? mapping.start() + 1
                    : mapping.entries()
                            .get(mapping.entries().size() - 1)
                            .value()
                            .end();
            return splice(new Piece(at, at, empty ? entry : ", " + entry), expected);
        }
        if (!empty) {
            int at = Math.max(
                    mapping.end(),
                    mapping.entries().get(mapping.entries().size() - 1).key().end());
            boolean section = path.isEmpty(); // the end of the file is a place of its own
            return section
                    ? splice(atEnd(entry), expected)
                    : splice(line(at, lines.column(mapping.start()), entry), expected);
        }
        return splice(path.isEmpty() ? atEnd(entry) : below(mapping, entry), expected);
    }

    /** Takes a key out of a mapping, with its value and the comment behind it on its own line. */
    public String drop(List<String> path, String key) throws EditRefused {
        Outline mapping = node(path);
        List<Outline.Entry> entries = new ArrayList<>(mapping.entries());
        int index = entries.indexOf(mapping.entry(key));
        if (index < 0) {
            throw new EditRefused(String.join(".", path) + " has no \"" + key + "\"");
        }
        Outline.Entry entry = entries.remove(index);
        Outline expected = root.with(path, mapping.withEntries(entries));
        int start = entry.key().start();
        int end = Math.max(entry.value().end(), entry.key().end());
        if (mapping.style() == Outline.Style.FLOW) {
            int from = index > 0 ? entries.get(index - 1).value().end() : start;
            int to = index > 0 || entries.isEmpty() ? end : entries.get(0).key().start();
            if (text.substring(from, to).indexOf('#') >= 0) {
                throw new EditRefused("line " + lines.number(start) + " has a comment in it; change it with an editor");
            }
            return splice(new Piece(from, to, ""), expected);
        }
        if (entries.isEmpty()) { // a mapping all the same
            return splice(new Piece(start, end, "{}"), expected);
        }
        int to = lines.end(end);
        boolean open = to == text.length();
        int from = lines.start(start);
        return splice(
                new Piece(
                        open ? lines.end(from - lines.newline().length()) : from,
                        open ? to : to + lines.breakAt(to),
                        ""),
                expected);
    }

    /** Writes another scalar in the place of one, or of an empty value. */
    public String set(List<String> path, String value) throws EditRefused {
        Outline scalar = node(path);
        if (scalar.kind() != ConfigNode.Kind.SCALAR && scalar.kind() != ConfigNode.Kind.NULL) {
            throw new EditRefused(String.join(".", path) + " is no single value");
        }
        boolean glued = scalar.start() == scalar.end();
        String written = (glued ? " " : "") + scalar(value);
        return splice(new Piece(scalar.start(), scalar.end(), written), root.with(path, parsed(scalar(value))));
    }

    /** Makes a scalar the only item of a list. */
    public String listed(List<String> path) throws EditRefused {
        Outline scalar = node(path);
        String list = "[" + text.substring(scalar.start(), scalar.end()) + "]";
        return splice(new Piece(scalar.start(), scalar.end(), list), root.with(path, parsed(list)));
    }

    /** A text as a YAML scalar: plain where it can be, else in double quotes. */
    public static String scalar(String text) {
        boolean plain = text.matches("[A-Za-z0-9_./][A-Za-z0-9_./+-]*") && !text.equalsIgnoreCase("null");
        if (plain) {
            return text;
        }
        StringBuilder out = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                out.append('\\').appendCodePoint(c);
            } else if (c < 0x20 || c >= 0x7f && c < 0xa0 || c == 0x2028 || c == 0x2029 || c == 0xfeff) {
                out.append(String.format(java.util.Locale.ROOT, "\\u%04x", c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.append('"').toString();
    }

    /** Characters to be replaced. */
    record Piece(int from, int to, String by) {}

    private String splice(Piece piece, Outline expected) throws EditRefused {
        String edited = text.substring(0, piece.from) + piece.by + text.substring(piece.to);
        if (!expected.equals(Outline.of(edited))) {
            throw new EditRefused("line " + lines.number(piece.from) + " is written in a way that cannot be edited by a"
                    + " program; change it with an editor");
        }
        return edited;
    }

    private Outline node(List<String> path) throws EditRefused {
        Outline node = root.at(path);
        if (node == null) {
            throw new EditRefused("there is no " + String.join(".", path));
        }
        return node;
    }

    static Outline parsed(String yaml) throws EditRefused {
        Outline outline = Outline.of(yaml);
        if (outline == null) {
            throw new EditRefused("not good YAML: " + yaml);
        }
        return outline;
    }

    /** A line of its own behind the one on which {@code end} is. */
    private Piece line(int end, int column, String content) {
        int at = lines.end(end);
        return new Piece(at, at, lines.newline() + padded(" ".repeat(column), content));
    }

    /** The first line below a key without a value. */
    private Piece below(Outline nothing, String content) {
        int keyLine = lines.start(nothing.start());
        int indent = 0;
        while (text.charAt(keyLine + indent) == ' ') {
            indent++;
        }
        return new Piece(
                lines.end(nothing.start()),
                lines.end(nothing.start()),
                lines.newline() + padded(" ".repeat(indent + 2), content));
    }

    private Piece atEnd(String content) {
        boolean open = !text.isEmpty() && !text.endsWith("\n");
        return new Piece(
                text.length(), text.length(), (open ? lines.newline() : "") + padded("", content) + lines.newline());
    }

    private String padded(String pad, String content) {
        return pad + content.replace("\n", lines.newline() + pad);
    }

    private Piece outOfBlock(Outline sequence, int index, Outline item) throws EditRefused {
        int dash = dash(sequence, index);
        int end = Math.max(item.end(), dash + 1);
        int from = lines.start(dash);
        boolean alone = text.substring(from, dash).isBlank();
        if (sequence.items().size() == 1) { // a list all the same
            return new Piece(dash, end, lines.column(dash) == 0 ? " []" : "[]");
        }
        if (!alone) {
            int next = index + 1 < sequence.items().size() ? dash(sequence, index + 1) : -1;
            if (next < 0 || text.substring(end, next).indexOf('#') >= 0) {
                throw new EditRefused(
                        "line " + lines.number(dash) + " holds more than this item; change it with an editor");
            }
            return new Piece(dash, next, "");
        }
        int to = lines.end(end);
        boolean open = to == text.length();
        return new Piece(
                open && from > 0 ? lines.end(from - 1 - (lines.newline().length() - 1)) : from,
                open ? to : to + lines.breakAt(to),
                "");
    }

    private int dash(Outline sequence, int index) throws EditRefused {
        return dash(text, sequence, index);
    }

    /** Where the dash of an item stands: the first behind the item before it that is in no comment. */
    static int dash(String text, Outline sequence, int index) throws EditRefused {
        int from =
                index == 0 ? sequence.start() : sequence.items().get(index - 1).end();
        int to = Math.min(sequence.items().get(index).start(), text.length());
        for (int at = from; at < to || at == from && at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '#') {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else if (c == '-') {
                return at;
            }
        }
        throw new EditRefused("a list is written in a way that cannot be edited by a program");
    }
}
