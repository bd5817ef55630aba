package dev.fenliu.edit;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Outline;
import dev.fenliu.config.Problems;
import dev.fenliu.config.YamlReader;
import dev.fenliu.route.Rule;
import dev.fenliu.route.RuleRef;
import dev.fenliu.route.RuleText;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Adds rules to the text of a config, and takes them out. */
public final class RuleEdit {
    private static final List<String> RULES = List.of("rules");
    private static final String BUT_HOME = "{not: {rule-set: " + Rule.PRIVATE + "}}";
    private static final String LAST = "{to: direct}";

    /** How the summary of a change begins that added a rule; behind it stands the rule. */
    public static final String ADDED = "rule added: ";

    /** The same for a change that took such a rule out by itself. */
    public static final String OVER = "its time was over: ";

    /** The new text of the config, and which rule of it is the new one, from 0. */
    public record Placed(String text, int index) {}

    private RuleEdit() {}

    /**
     * Writes a rule in one line of YAML.
     *
     * @param what as {@link #said} has it: a host, an address, a network or a URL; or a rule as it stands in a config, in
     *     braces or as a Clash line, with its target or without
     * @param target an outbound or group; empty if {@code what} names it
     * @param until when it ends; empty for never
     */
    public static String rule(String what, Optional<String> target, Optional<Instant> until) throws EditRefused {
        String text = what.strip();
        if (text.startsWith("{")) {
            return mapping(text, target, until);
        }
        if (text.indexOf(',') >= 0) {
            return line(text, target, until);
        }
        if (target.isEmpty()) {
            throw new EditRefused("where is " + text + " to go? Name an outbound, a group, direct or block");
        }
        return mapping("{" + Term.of(text).condition() + "}", target, until);
    }

    /**
     * What somebody says of a rule for that config: {@code any} and {@code *} are everything, but for the home network if
     * there is the rule-set that tells it.
     */
    public static String said(String config, String what) throws EditRefused {
        if (!isAny(what)) {
            return what;
        }
        boolean home = YamlEdit.of(config).outline().at(List.of("rule-sets", Rule.PRIVATE)) != null;
        return home ? BUT_HOME : "{}";
    }

    private static boolean isAny(String what) {
        return what.equals("any") || what.equals("*");
    }

    private static String mapping(String text, Optional<String> target, Optional<Instant> until) throws EditRefused {
        String rule = text;
        if (target.isPresent()) {
            rule = YamlEdit.of(rule).put(List.of(), "to", YamlEdit.scalar(target.get()));
        }
        if (until.isPresent()) {
            String time = until.get()
                    .atZone(ZoneId.systemDefault())
                    .toOffsetDateTime()
                    .toString();
            rule = YamlEdit.of(rule).put(List.of(), "until", YamlEdit.scalar(time));
        }
        return rule;
    }

    private static String line(String text, Optional<String> target, Optional<Instant> until) throws EditRefused {
        if (until.isPresent()) {
            throw new EditRefused("a Clash line has no end; write the rule as {domain-suffix: example.org}");
        }
        String option = text.endsWith(",no-resolve") ? ",no-resolve" : "";
        String rule = text.substring(0, text.length() - option.length())
                + target.map(name -> "," + name).orElse("")
                + option;
        return '"' + rule.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /**
     * Puts a rule before all others, or before the last, which takes the rest.
     *
     * @param rule see {@link #rule}
     */
    public static Placed add(String config, String rule, boolean last) throws EditRefused {
        YamlEdit edit = YamlEdit.of(config);
        Outline rules = edit.outline().at(RULES);
        if (rules == null) {
            return new Placed(edit.put(List.of(), "rules", "\n  - " + rule + "\n  - " + LAST), 0);
        }
        int index = last ? Math.max(0, rules.items().size() - 1) : 0;
        int there = rules.items().indexOf(YamlEdit.parsed(rule));
        if (there >= 0 && (last || there == 0)) {
            throw new EditRefused("this rule is there already: number " + there);
        }
        return new Placed(edit.insert(RULES, index, rule), index);
    }

    /**
     * The rules with their places.
     *
     * @param file what the places name
     */
    public static List<RuleRef> rules(String file, String config) {
        ConfigNode root = YamlReader.read(file, Path.of(""), config, new Problems());
        ConfigNode rules = root == null ? null : root.get("rules");
        List<RuleRef> all = new ArrayList<>();
        for (ConfigNode rule : rules == null ? List.<ConfigNode>of() : rules.items()) {
            all.add(new RuleRef(all.size(), rule.position(), RuleText.of(rule)));
        }
        return all;
    }

    /** The number of a rule that means the same, from 0; -1 if there is none. */
    public static int find(String config, String rule) throws EditRefused {
        Outline rules = YamlEdit.of(config).outline().at(RULES);
        return rules == null ? -1 : rules.items().indexOf(YamlEdit.parsed(rule));
    }

    /** Takes rule number {@code index} out. */
    public static String remove(String config, int index) throws EditRefused {
        return YamlEdit.of(config).remove(RULES, index);
    }

    /**
     * Tells by their texts which rules somebody means by some words: by the rule itself, however it is written, or by what
     * {@link #rule} would make a rule of, wherever that leads. What takes everything for ever is not meant by {@code any}.
     */
    public static Predicate<String> meant(String words) {
        if (isAny(words)) {
            return text -> text.contains("until") && isOfAll(Outline.of(text));
        }
        Outline whole = words.startsWith("{") ? Outline.of(words) : null;
        Optional<Term> term = words.startsWith("{") ? Optional.empty() : term(words);
        String key = term.map(Term::value).orElse(""); // there may be many rules, and to parse a text takes time
        return text -> text.equals(words)
                || whole != null && whole.equals(Outline.of(text))
                || term.isPresent() && text.contains(key) && isOf(Outline.of(text), term.get());
    }

    private static Optional<Term> term(String words) {
        try {
            return Optional.of(Term.of(words));
        } catch (EditRefused e) {
            return Optional.empty();
        }
    }

    private static boolean isOf(@Nullable Outline rule, Term term) {
        Outline condition = Outline.of("{" + term.condition() + "}");
        return rule != null && condition != null && conditions(rule).equals(condition.entries());
    }

    private static boolean isOfAll(@Nullable Outline rule) {
        Outline butHome = Outline.of(BUT_HOME);
        return rule != null
                && rule.kind() == ConfigNode.Kind.MAPPING
                && butHome != null
                && (conditions(rule).isEmpty() || conditions(rule).equals(butHome.entries()));
    }

    private static List<Outline.Entry> conditions(Outline rule) {
        return rule.entries().stream()
                .filter(entry -> !List.of("to", "until").contains(entry.key().text()))
                .toList();
    }
}
