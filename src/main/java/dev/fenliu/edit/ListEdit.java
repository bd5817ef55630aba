package dev.fenliu.edit;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Outline;
import dev.fenliu.route.list.EntryKind;
import dev.fenliu.route.list.ListFormat;
import dev.fenliu.route.list.ListFormatException;
import dev.fenliu.route.list.ListReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Adds hosts and networks to the text of a list, and takes them out, in the format that the list has. What comes out is read
 * again: if it does not hold just that more or less than before, the edit is refused.
 */
public final class ListEdit {
    private static final String BY_HAND = "; change it with an editor";

    /** The new text of the list, and the line that is new in it, from 1; 0 for none. */
    public record Edited(String text, int line) {}

    private final String text;
    private final boolean recognised;
    private final ListFormat format;
    private final ListContent content;

    private ListEdit(String text, @Nullable ListFormat forced) throws EditRefused {
        this.text = text;
        this.recognised = forced == null;
        this.format = forced == null ? detected(text) : forced;
        this.content = ListContent.of(text, format);
    }

    private static ListFormat detected(String text) throws EditRefused {
        try {
            return ListReader.detect(text.getBytes(StandardCharsets.UTF_8));
        } catch (ListFormatException e) {
            throw new EditRefused("the list cannot be read: " + e.getMessage());
        }
    }

    /**
     * Adds to a list, behind what it has of that kind.
     *
     * @param forced the format, or null to recognise it
     * @param what a host with all below it, an address, a network, a URL; or a Clash line without a target
     */
    public static Edited add(String text, @Nullable ListFormat forced, String what) throws EditRefused {
        return new ListEdit(text, forced).add(what.strip());
    }

    /** Takes out what says just that, or is about just that host. */
    public static Edited remove(String text, @Nullable ListFormat forced, String what) throws EditRefused {
        return new ListEdit(text, forced).remove(what.strip());
    }

    /** What stands among the {@code entries:} of a config, and in plain texts. */
    public static String plain(String what) throws EditRefused {
        if (what.indexOf(',') >= 0) {
            return what;
        }
        Term term = term(what);
        return switch (term.key()) {
            case Term.SUFFIX -> "+." + term.value();
            case Term.WILDCARD -> "DOMAIN-WILDCARD," + term.value();
            default -> term.value();
        };
    }

    /** Whether an item of the {@code entries:} of a config says that, or is about just that host. */
    public static boolean isMeant(String item, String what) {
        return item.equals(what) || meant(what).stream().anyMatch(meant(item)::contains);
    }

    private static Term term(String what) throws EditRefused {
        if (what.startsWith("{")) {
            throw new EditRefused("a list holds hosts and networks, and no rules with braces");
        }
        Term term = Term.of(what);
        if (term.port().isPresent()) {
            throw new EditRefused(
                    "a list names no ports: leave out :" + term.port().get());
        }
        return term;
    }

    private static ListContent.Entry entry(String what) throws EditRefused {
        return ListContent.of(plain(what), ListFormat.TEXT).said().get(0);
    }

    /** What is taken out for those words: what they would add, and the name alone; nothing for other words. */
    private static Set<ListContent.Entry> meant(String what) {
        ListContent.Entry entry;
        try {
            entry = entry(what);
        } catch (EditRefused e) {
            return Set.of(); // a line as it stands there, maybe
        }
        return switch (entry.kind()) {
            case DOMAIN_SUFFIX -> Set.of(entry, new ListContent.Entry(EntryKind.DOMAIN, entry.value()));
            case IP_CIDR -> Set.of(entry, new ListContent.Entry(EntryKind.IP_CIDR_KNOWN, entry.value()));
            default -> Set.of(entry);
        };
    }

    private Edited add(String what) throws EditRefused {
        ListContent.Entry added = entry(what);
        Optional<ListContent.Placed> there = content.entries().stream()
                .filter(placed -> isSame(placed.entry(), added))
                .findFirst();
        if (there.isPresent()) {
            throw new EditRefused(
                    "this is in the list already: line " + there.get().line());
        }
        String edited = switch (format) {
            case FENLIU -> intoYaml(key(what), value(what));
            case CLASH -> intoYaml(head(), isClassical() ? classical(what) : plain(what));
            default -> {
                String newline = new Lines(text).newline();
                yield text + (text.endsWith("\n") ? "" : newline) + line(what) + newline;
            }
        };
        Predicate<ListContent.Entry> isAdded = entry -> isSame(entry, added);
        return again(edited, isAdded, content.said(), "the list is written in a way that cannot be edited by a program")
                .entries()
                .stream()
                .filter(placed -> isAdded.test(placed.entry()))
                .findFirst()
                .map(placed -> new Edited(edited, placed.line()))
                .orElseThrow(() -> new EditRefused("the list does not take " + what + BY_HAND));
    }

    /**
     * Reads what came out as the program will, in whatever format it recognises then.
     *
     * @param beside what may be there beside {@code entries}
     * @throws EditRefused if it is something else, with {@code otherwise} as the reason if there is none better
     */
    private ListContent again(
            String edited, Predicate<ListContent.Entry> beside, List<ListContent.Entry> entries, String otherwise)
            throws EditRefused {
        ListFormat then = format;
        try {
            then = recognised ? detected(edited) : format;
            ListContent now = ListContent.of(edited, then);
            List<ListContent.Entry> said =
                    now.said().stream().filter(beside.negate()).toList();
            if (said.equals(entries) && now.others() == content.others()) {
                return now;
            }
        } catch (EditRefused e) {
            // as good as something else
        }
        throw new EditRefused(
                then == format
                        ? otherwise + BY_HAND
                        : "the list would be taken for another format then: say `format: " + format.key()
                                + "` in the config first");
    }

    /** Whether both are the same network, or the same in all. */
    private static boolean isSame(ListContent.Entry one, ListContent.Entry other) {
        boolean networks = isNetwork(one) && isNetwork(other);
        return networks ? one.value().equals(other.value()) : one.equals(other);
    }

    private static boolean isNetwork(ListContent.Entry entry) {
        return entry.kind() == EntryKind.IP_CIDR || entry.kind() == EntryKind.IP_CIDR_KNOWN;
    }

    /** A line of a format that has lines. */
    private String line(String what) throws EditRefused {
        boolean rule = what.indexOf(',') >= 0;
        return switch (format) {
            case TEXT -> plain(what);
            case CLASSICAL, SURGE -> classical(what);
            case DOMAIN_SET -> name(what, ".");
            case ADBLOCK -> name(what, "||") + "^";
            case V2FLY -> name(what, "domain:");
            default ->
                throw new EditRefused("a list of the format " + format.key() + " cannot say "
                        + (rule ? what : what + " and all below it") + BY_HAND);
        };
    }

    private String name(String what, String before) throws EditRefused {
        Term term = what.indexOf(',') >= 0 ? null : term(what);
        if (term == null || !term.key().equals(Term.SUFFIX)) {
            throw new EditRefused("a list of the format " + format.key() + " holds names alone, not " + what);
        }
        return before + term.value();
    }

    private static String classical(String what) throws EditRefused {
        if (what.indexOf(',') >= 0) {
            return what;
        }
        Term term = term(what);
        return switch (term.key()) {
            case Term.SUFFIX -> "DOMAIN-SUFFIX," + term.value();
            case Term.WILDCARD -> "DOMAIN-WILDCARD," + term.value();
            default -> {
                boolean six = term.value().indexOf(':') >= 0;
                String network = term.value().indexOf('/') >= 0 ? term.value() : term.value() + (six ? "/128" : "/32");
                yield "IP-CIDR" + (six ? "6," : ",") + network + ",no-resolve";
            }
        };
    }

    private static String key(String what) throws EditRefused {
        if (what.indexOf(',') >= 0) {
            throw new EditRefused("this list has no Clash lines: name the host or network itself");
        }
        return term(what).key();
    }

    private static String value(String what) throws EditRefused {
        return term(what).value();
    }

    /** The key above the entries of a Clash list; empty if there is none. */
    private String head() throws EditRefused {
        Outline root = YamlEdit.of(text).outline();
        return root.kind() == ConfigNode.Kind.SEQUENCE ? "" : root.entry("payload") != null ? "payload" : "rules";
    }

    private boolean isClassical() throws EditRefused {
        String key = head();
        Outline items = YamlEdit.of(text).outline().at(key.isEmpty() ? List.of() : List.of(key));
        return items != null
                && items.items().stream().anyMatch(item -> item.text().indexOf(',') >= 0);
    }

    private String intoYaml(String key, String value) throws EditRefused {
        List<String> path = key.isEmpty() ? List.of() : List.of(key);
        YamlEdit edit = YamlEdit.of(text);
        Outline list = edit.outline().at(path);
        if (list == null) {
            return edit.put(List.of(), key, "\n  - " + YamlEdit.scalar(value));
        }
        if (list.kind() == ConfigNode.Kind.SCALAR) {
            edit = YamlEdit.of(edit.listed(path));
            list = edit.outline().at(path);
        }
        return edit.insert(path, list == null ? 0 : list.items().size(), YamlEdit.scalar(value));
    }

    private Edited remove(String what) throws EditRefused {
        String[] lines = text.split("\n", -1);
        Set<ListContent.Entry> meant = meant(what);
        Map<Integer, Set<ListContent.Entry>> rows = rows(lines, what, meant);
        Set<Integer> out = new TreeSet<>();
        List<ListContent.Entry> left = new ArrayList<>();
        for (ListContent.Placed placed : content.entries()) {
            boolean said = placed.line() > 0 && said(lines[placed.line() - 1]).equals(what);
            if (said || rows.getOrDefault(placed.line(), meant).contains(placed.entry())) {
                out.add(placed.line());
            } else {
                left.add(placed.entry());
            }
        }
        if (out.isEmpty()) {
            throw new EditRefused("the list has no " + what);
        }
        if (left.isEmpty()) {
            throw EditRefused.empty();
        }
        StringBuilder edited = new StringBuilder();
        for (int i = 0; i < lines.length; i++) {
            Set<ListContent.Entry> inRow = rows.get(i + 1);
            if (!out.contains(i + 1) || inRow != null) {
                edited.append(inRow == null ? lines[i] : without(lines[i], inRow))
                        .append(i + 1 < lines.length ? "\n" : "");
            }
        }
        again(
                edited.toString(),
                any -> false,
                left,
                "line " + out.iterator().next() + " of the list holds more than " + what);
        return new Edited(edited.toString(), 0);
    }

    /** Which lines have their items in brackets, and what is meant there: also an item that just says {@code what}. */
    private Map<Integer, Set<ListContent.Entry>> rows(String[] lines, String what, Set<ListContent.Entry> meant) {
        Map<Integer, Set<ListContent.Entry>> rows = new HashMap<>();
        boolean yaml = format == ListFormat.FENLIU || format == ListFormat.CLASH;
        for (int i = 0; yaml && i < lines.length; i++) {
            Outline.Entry row = lines[i].indexOf('[') < 0 || said(lines[i]).equals(what) ? null : row(lines[i]);
            if (row != null) {
                Set<ListContent.Entry> here = new HashSet<>(meant);
                row.value().items().stream()
                        .filter(item -> item.text().equals(what))
                        .findFirst()
                        .ifPresent(item -> here.addAll(said(row.key(), item)));
                rows.put(i + 1, here);
            }
        }
        return rows;
    }

    /** The key and the list of a line such as {@code domain: [a, b]}; null for other lines. */
    private static Outline.@Nullable Entry row(String line) {
        Outline whole = Outline.of(line);
        List<Outline.Entry> entries = whole == null ? List.of() : whole.entries();
        return entries.size() == 1 && entries.get(0).value().style() == Outline.Style.FLOW ? entries.get(0) : null;
    }

    /** What one item of a line says. */
    private List<ListContent.Entry> said(Outline key, Outline item) {
        try {
            return ListContent.of(key.text() + ": " + YamlEdit.scalar(item.text()), format)
                    .said();
        } catch (EditRefused e) {
            return List.of();
        }
    }

    private String without(String line, Set<ListContent.Entry> meant) throws EditRefused {
        Outline.Entry row = Objects.requireNonNull(row(line));
        String edited = line;
        for (int i = row.value().items().size() - 1; i >= 0; i--) {
            if (said(row.key(), row.value().items().get(i)).stream().anyMatch(meant::contains)) {
                edited = YamlEdit.of(edited).remove(List.of(row.key().text()), i);
            }
        }
        return edited;
    }

    /** A line as somebody would name it, without the dash, quotes and comments. */
    private static String said(String line) {
        return line.strip()
                .replaceFirst("^- +", "")
                .replaceFirst("\\s+#.*$", "")
                .replaceAll("^[\"']|[\"']$", "");
    }
}
