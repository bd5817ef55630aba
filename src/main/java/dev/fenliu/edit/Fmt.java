package dev.fenliu.edit;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Outline;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Writes a YAML file in the usual form: keys in the order of the reference, two blanks a level, double quotes, one blank
 * line at most, nothing behind the last character of a line. Comments stay, each with what it stands above or behind. What
 * comes out means the same, or it is refused; formatted again it stays as it is.
 */
public final class Fmt {
    private static final int STEP = 2;

    /** The usual order of keys. */
    @FunctionalInterface
    public interface Order {
        /**
         * Of a mapping; those that it does not name follow in the order of the file.
         *
         * @param path keys, and numbers of items, that lead to it
         */
        List<String> keys(List<String> path, Outline mapping);
    }

    /**
     * An entry of a mapping or an item of a sequence.
     *
     * @param key null for an item
     * @param column where it begins: its key, or its dash
     * @param lead lines of comments, and blank ones, above it
     * @param tail the same below it that are deeper than it
     */
    private record Piece(
            @org.jspecify.annotations.Nullable Outline key,
            Outline value,
            int at,
            int column,
            List<String> lead,
            List<String> tail) {}

    private final String text;
    private final Order order;
    private final List<String> lines;
    private final int[] starts;
    private final StringBuilder out = new StringBuilder();

    private Fmt(String text, Order order) {
        this.text = text;
        this.order = order;
        this.lines = List.of(text.split("\n", -1));
        this.starts = new int[lines.size()];
        for (int i = 1; i < starts.length; i++) {
            starts[i] = starts[i - 1] + lines.get(i - 1).length() + 1;
        }
    }

    /** The text in the usual form. @throws EditRefused if it is no good YAML, or written in a way that this does not know */
    public static String format(String given, Order order) throws EditRefused {
        String newline = given.contains("\r\n") ? "\r\n" : "\n";
        String text = given.startsWith("\ufeff") ? given.substring(1) : given;
        text = text.replace("\r\n", "\n");
        Outline root = YamlEdit.of(text).outline();
        if (root.style() != Outline.Style.BLOCK) {
            return root.kind() == ConfigNode.Kind.NULL ? given : tidy(text).replace("\n", newline);
        }
        Fmt fmt = new Fmt(text, order);
        fmt.block(root, List.of(), 0, 0, fmt.lines.size());
        String formatted = tidy(fmt.out.toString());
        Outline read = Outline.of(formatted);
        if (read == null
                || !sorted(read).equals(sorted(root))
                || !comments(formatted).equals(comments(text))) {
            throw new EditRefused(
                    "the file is written in a way that cannot be formatted without changing what it says");
        }
        return formatted.replace("\n", newline);
    }

    /** Lines that begin with a comment, in any order; the others are looked after one by one. */
    private static List<String> comments(String text) {
        return text.lines()
                .map(String::strip)
                .filter(line -> line.startsWith("#"))
                .sorted()
                .toList();
    }

    /** The order of keys means nothing. */
    private static Outline sorted(Outline node) {
        if (node.kind() == ConfigNode.Kind.SEQUENCE) {
            return node.withItems(node.items().stream().map(Fmt::sorted).toList());
        }
        return node.kind() != ConfigNode.Kind.MAPPING
                ? node
                : node.withEntries(node.entries().stream()
                        .map(entry -> new Outline.Entry(entry.key(), sorted(entry.value())))
                        .sorted(Comparator.comparing(entry -> entry.key().text()))
                        .toList());
    }

    private static String tidy(String text) {
        String tidy =
                text.replaceAll("(?m)[ \\t]+$", "").replaceAll("\n{3,}", "\n\n").replaceAll("\\A\n+|\n+\\z", "");
        return tidy + "\n";
    }

    /**
     * Prints a block.
     *
     * @param from the first line that may be a comment of it
     * @param to behind the last
     */
    private void block(Outline node, List<String> path, int indent, int from, int to) throws EditRefused {
        List<Piece> inOrder = pieces(node, from, to);
        List<Piece> pieces = inOrder;
        if (path.isEmpty()) {
            pieces = List.copyOf(withoutHeader(inOrder));
        }
        if (node.kind() == ConfigNode.Kind.MAPPING) {
            List<String> usual = order.keys(path, node);
            Piece first = pieces.get(0);
            List<Piece> ordered = new ArrayList<>(pieces);
            ordered.sort(Comparator.comparingInt(piece -> rank(usual, piece)));
            int moved = ordered.indexOf(first);
            if (path.isEmpty() && moved > 0) { // it had no line above it that would set it apart
                List<String> lead = new ArrayList<>(List.of(""));
                lead.addAll(first.lead);
                ordered.set(moved, new Piece(first.key, first.value, first.at, first.column, lead, first.tail));
            }
            pieces = ordered;
        }
        int item = 0;
        for (Piece piece : pieces) {
            comments(piece.lead, piece.column, indent, indent);
            List<String> there = new ArrayList<>(path);
            there.add(piece.key == null ? Integer.toString(item++) : piece.key.text());
            print(piece, there, indent);
        }
        Piece last = inOrder.get(inOrder.size() - 1);
        int end = lineOf(Math.max(last.at, Math.max(last.at, last.value.end()) - 1)) + 1 + last.tail.size();
        comments(end < to ? lines.subList(end, to) : List.of(), last.column, indent, indent);
    }

    /** Prints the comments at the beginning of the file that a blank line sets apart, and lets them stay there. */
    private List<Piece> withoutHeader(List<Piece> pieces) {
        Piece first = pieces.get(0);
        int end = first.lead.lastIndexOf("") + 1;
        first.lead.subList(0, end).forEach(line -> out.append(line.strip()).append('\n'));
        List<Piece> others = new ArrayList<>(pieces);
        List<String> rest = first.lead.subList(end, first.lead.size());
        others.set(0, new Piece(first.key, first.value, first.at, first.column, rest, first.tail));
        return others;
    }

    private static int rank(List<String> usual, Piece piece) {
        int rank = piece.key == null ? 0 : usual.indexOf(piece.key.text());
        return rank < 0 ? usual.size() : rank;
    }

    private List<Piece> pieces(Outline node, int from, int to) throws EditRefused {
        List<Piece> pieces = new ArrayList<>();
        boolean mapping = node.kind() == ConfigNode.Kind.MAPPING;
        int size = mapping ? node.entries().size() : node.items().size();
        int line = from;
        for (int i = 0; i < size; i++) {
            int at = begin(node, i);
            Outline value =
                    mapping ? node.entries().get(i).value() : node.items().get(i);
            if (value.style() == Outline.Style.ALIAS) {
                throw new EditRefused("line " + (1 + lineOf(at)) + ": files with aliases are not formatted");
            }
            int first = lineOf(at);
            int last = lineOf(Math.max(at, Math.max(at, value.end()) - 1));
            int next = i + 1 < size ? lineOf(begin(node, i + 1)) : to;
            int column = at - starts[first];
            List<String> lead = first > line ? lines.subList(line, first) : List.of();
            int deep = last + 1;
            for (int l = last + 1; l < next; l++) {
                String stripped = lines.get(l).strip();
                boolean deeper = indent(lines.get(l)) > column;
                deep = stripped.startsWith("#") && deeper ? l + 1 : deep;
            }
            List<String> tail = deep > last + 1 ? lines.subList(last + 1, deep) : List.of();
            pieces.add(new Piece(mapping ? node.entries().get(i).key() : null, value, at, column, lead, tail));
            line = deep;
        }
        return pieces;
    }

    private int begin(Outline node, int i) throws EditRefused {
        return node.kind() == ConfigNode.Kind.MAPPING
                ? node.entries().get(i).key().start()
                : YamlEdit.dash(text, node, i);
    }

    private void print(Piece piece, List<String> path, int indent) throws EditRefused {
        String head = " ".repeat(indent) + (piece.key == null ? "-" : scalar(piece.key) + ":");
        int headEnd = piece.key == null ? piece.at + 1 : text.indexOf(':', piece.key.end()) + 1;
        int headLine = lineOf(piece.at);
        Outline value = piece.value;
        int lastLine = lineOf(Math.max(piece.at, value.end() - 1));
        if (value.style() == Outline.Style.BLOCK && !isEmpty(value)) {
            int first = lineOf(value.start());
            String between = text.substring(headEnd, first == headLine ? value.start() : lineEnd(headLine));
            if (!between.strip().isEmpty() && !between.strip().startsWith("#")) {
                throw new EditRefused("line " + (1 + headLine) + ": names and tags are not formatted");
            }
            int inner = indent + STEP;
            int from = first == headLine ? headLine : headLine + 1;
            int start = out.length();
            block(value, path, inner, from, lastLine + 1 + piece.tail.size());
            String pad = " ".repeat(inner);
            boolean compact = piece.key == null
                    && between.isBlank()
                    && out.substring(start).startsWith(pad)
                    && !out.substring(start).stripLeading().startsWith("#");
            if (compact) {
                out.replace(start, start + inner, head + " ");
            } else {
                out.insert(start, head + between.stripTrailing() + "\n");
            }
            return;
        }
        String gap = text.substring(headEnd, Math.max(headEnd, value.start()));
        if (!gap.isBlank() || gap.indexOf('\n') >= 0) {
            throw new EditRefused("line " + (1 + headLine) + ": a value on another line than its key is not formatted");
        }
        String written = value.start() == value.end() ? "" : " " + value(value, path, indent - piece.column);
        out.append(head).append(written);
        String rest = text.substring(Math.max(headEnd, value.end()), lineEnd(lastLine));
        if (value.style() == Outline.Style.LINES) {
            rest = "";
        }
        out.append(rest.stripTrailing()).append('\n');
        comments(piece.tail, piece.column, indent, indent + STEP);
    }

    private static boolean isEmpty(Outline node) {
        return node.items().isEmpty() && node.entries().isEmpty();
    }

    /** A value that begins on its key's line. */
    private String value(Outline value, List<String> path, int shift) throws EditRefused {
        String raw = text.substring(value.start(), value.end());
        if (raw.indexOf('\n') < 0) {
            return inline(value, path);
        }
        StringBuilder shifted = new StringBuilder();
        for (String line : raw.split("\n", -1)) {
            int indent = indent(line);
            boolean first = shifted.length() == 0;
            shifted.append(first ? line : "\n" + " ".repeat(Math.max(0, indent + shift)) + line.substring(indent));
        }
        return shifted.toString();
    }

    private String inline(Outline node, List<String> path) throws EditRefused {
        if (node.style() != Outline.Style.FLOW) {
            return scalar(node);
        }
        requirePlain(node);
        List<String> parts = new ArrayList<>();
        if (node.kind() == ConfigNode.Kind.SEQUENCE) {
            for (int i = 0; i < node.items().size(); i++) {
                parts.add(inline(node.items().get(i), and(path, Integer.toString(i))));
            }
            return parts.stream().collect(Collectors.joining(", ", "[", "]"));
        }
        List<String> usual = order.keys(path, node);
        List<Outline.Entry> entries = new ArrayList<>(node.entries());
        entries.sort(Comparator.comparingInt(entry -> {
            int rank = usual.indexOf(entry.key().text());
            return rank < 0 ? usual.size() : rank;
        }));
        for (Outline.Entry entry : entries) {
            String value = inline(entry.value(), and(path, entry.key().text()));
            parts.add(scalar(entry.key()) + ":" + (value.isEmpty() ? "" : " " + value));
        }
        return parts.stream().collect(Collectors.joining(", ", "{", "}"));
    }

    /** What stands before an item of a flow, but for commas, is a name or a tag; and an alias is the place of another. */
    private void requirePlain(Outline flow) throws EditRefused {
        List<Outline> parts = new ArrayList<>(flow.items());
        flow.entries().forEach(entry -> parts.addAll(List.of(entry.key(), entry.value())));
        boolean plain = "[{".indexOf(text.charAt(flow.start())) >= 0;
        int from = flow.start() + 1;
        for (Outline part : parts) {
            plain &= part.style() != Outline.Style.ALIAS
                    && text.substring(from, Math.max(from, part.start())).matches("[\\s,:]*");
            from = Math.max(from, part.end());
        }
        if (!plain) {
            throw new EditRefused("line " + (1 + lineOf(flow.start())) + ": names, tags and aliases are not formatted");
        }
    }

    private static List<String> and(List<String> path, String step) {
        List<String> longer = new ArrayList<>(path);
        longer.add(step);
        return longer;
    }

    private String scalar(Outline scalar) {
        boolean requoted = scalar.style() == Outline.Style.SINGLE_QUOTED
                && scalar.text().chars().allMatch(c -> c >= ' ' && c != '"' && c != '\\');
        return requoted ? '"' + scalar.text() + '"' : text.substring(scalar.start(), scalar.end());
    }

    /** Lines of comments, moved with what they belong to, but not further out than {@code least}. */
    private void comments(List<String> comments, int column, int indent, int least) {
        for (String line : comments) {
            boolean lead = least == indent;
            int to = lead ? indent : Math.max(least, indent(line) - column + indent);
            out.append(line.isBlank() ? "" : " ".repeat(to) + line.strip()).append('\n');
        }
    }

    private static int indent(String line) {
        int indent = 0;
        while (indent < line.length() && line.charAt(indent) == ' ') {
            indent++;
        }
        return indent;
    }

    private int lineOf(int at) {
        int found = java.util.Arrays.binarySearch(starts, at);
        return found < 0 ? -found - 2 : found;
    }

    private int lineEnd(int line) {
        return starts[line] + lines.get(line).length();
    }
}
