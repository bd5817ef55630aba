package dev.fenliu.control.rules;

import dev.fenliu.config.Outline;
import dev.fenliu.edit.Change;
import dev.fenliu.edit.EditRefused;
import dev.fenliu.edit.Editor;
import dev.fenliu.edit.ListEdit;
import dev.fenliu.edit.YamlEdit;
import dev.fenliu.engine.RuleList;
import dev.fenliu.route.list.ListFormat;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Edits of lists that the user keeps: a file, or entries in the config. */
public final class OwnLists {
    /** What is to be saved, and where the entry stands then; on line 0 if it is gone. */
    public record Planned(Editor.Edit edit, int line) {}

    private final Path config;
    private final List<RuleList> lists;

    /** @param lists those of the config that is in that file */
    public OwnLists(Path config, List<RuleList> lists) {
        this.config = config;
        this.lists = List.copyOf(lists);
    }

    /**
     * Adds to a list.
     *
     * @param what see {@link ListEdit#add}
     */
    public Planned add(String name, String what, Optional<Change.Pending> pending) throws EditRefused {
        RuleList list = own(name);
        String summary = "added to the list " + name + ": " + what;
        if (list.file().isPresent()) {
            String text = Editor.read(list.file().get());
            return planned(list.file().get(), text, ListEdit.add(text, format(list), what), summary, pending);
        }
        String text = Editor.read(config);
        String item = ListEdit.plain(what);
        Outline entries = entries(text, name);
        for (Outline one : entries.items()) {
            if (one.text().equals(item)) {
                throw EditRefused.wrong("this is in the list already: line " + line(text, one.start()));
            }
        }
        String edited = YamlEdit.of(text).insert(path(name), entries.items().size(), YamlEdit.scalar(item));
        List<Outline> items = entries(edited, name).items();
        int line = line(edited, items.get(items.size() - 1).start());
        return planned(config, text, new ListEdit.Edited(edited, line), summary, pending);
    }

    /**
     * Takes out of a list.
     *
     * @param what see {@link ListEdit#remove}
     */
    public Planned remove(String name, String what, Optional<Change.Pending> pending) throws EditRefused {
        RuleList list = own(name);
        String summary = "taken out of the list " + name + ": " + what;
        if (list.file().isPresent()) {
            String text = Editor.read(list.file().get());
            return planned(list.file().get(), text, ListEdit.remove(text, format(list), what), summary, pending);
        }
        String text = Editor.read(config);
        String edited = text;
        List<Outline> items = entries(text, name).items();
        for (int i = items.size() - 1; i >= 0; i--) {
            if (ListEdit.isMeant(items.get(i).text(), what)) {
                edited = YamlEdit.of(edited).remove(path(name), i);
            }
        }
        if (edited.equals(text)) {
            throw EditRefused.wrong("the list has no " + what);
        }
        if (entries(edited, name).items().isEmpty()) {
            throw EditRefused.empty();
        }
        return planned(config, text, new ListEdit.Edited(edited, 0), summary, pending);
    }

    private static Planned planned(
            Path file, String before, ListEdit.Edited edited, String summary, Optional<Change.Pending> pending) {
        Optional<String> version = Optional.of(Editor.version(before));
        return new Planned(new Editor.Edit(file, version, edited.text(), summary, pending), edited.line());
    }

    private RuleList own(String name) throws EditRefused {
        RuleList list = lists.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> EditRefused.wrong("there is no list \"" + name + "\" among the rule-sets of the config"));
        if (!list.kind().equals("file") && !list.kind().equals("entries")) {
            throw EditRefused.wrong(
                    "the list \"" + name + "\" is " + (list.kind().equals("url") ? "fetched" : "built in")
                            + ", and not yours to change; add a rule, or a list of your own: a rule-set with a `file:`");
        }
        return list;
    }

    private static List<String> path(String name) {
        return List.of("rule-sets", name, "entries");
    }

    private static Outline entries(String config, String name) throws EditRefused {
        Outline entries = YamlEdit.of(config).outline().at(path(name));
        if (entries == null) {
            throw EditRefused.wrong("the config has changed since it was read: reload it first");
        }
        return entries;
    }

    private static @Nullable ListFormat format(RuleList list) {
        return list.format().map(ListFormat::of).orElse(null);
    }

    private static int line(String text, int at) {
        return 1 + (int) text.substring(0, at).chars().filter(c -> c == '\n').count();
    }
}
