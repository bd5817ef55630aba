package dev.fenliu.edit;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Outline;
import dev.fenliu.config.Problems;
import dev.fenliu.config.YamlReader;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import dev.fenliu.route.RuleText;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Adds rules to the text of a config, and takes them out. */
public final class RuleEdit {
    private static final List<String> RULES = List.of("rules");
    private static final String LAST = "{to: direct}";

    /** The new text of the config, and which rule of it is the new one, from 0. */
    public record Placed(String text, int index) {}

    private RuleEdit() {}

    /**
     * Writes a rule in one line of YAML.
     *
     * @param what a host, an address, a network or a URL; or a rule as it stands in a config, in braces or as a Clash line,
     *     with its target or without
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
        return mapping("{" + condition(text) + "}", target, until);
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

    private static String condition(String text) throws EditRefused {
        try {
            int slash = text.indexOf('/');
            if (slash > 0 && Addresses.parse(text.substring(0, slash)) != null) {
                return "ip-cidr: " + YamlEdit.scalar(text);
            }
            if (text.startsWith("+.") || text.startsWith("*.") && text.indexOf('*', 1) < 0) {
                return "domain-suffix: "
                        + YamlEdit.scalar(Host.parse(text.substring(2)).toString());
            }
            int scheme = text.indexOf("://");
            if (scheme < 0 && (text.indexOf('*') >= 0 || text.indexOf('?') >= 0)) {
                return "domain-wildcard: " + YamlEdit.scalar(text);
            }
            String host = scheme < 0 ? text : text.substring(scheme + 3).split("[/?#]", 2)[0];
            if (scheme >= 0) { // the host of a page, not its port
                String authority = host.substring(host.lastIndexOf('@') + 1);
                host = authority.replaceFirst(":[0-9]+$", "");
            }
            boolean port = host.matches("[^:]+:[0-9]+|\\[.*]:[0-9]+");
            Destination to = port ? Destination.parse(host) : new Destination(Host.parse(host), 443);
            return (to.host() instanceof Host.Address ? "ip-cidr: " : "domain-suffix: ")
                    + YamlEdit.scalar(to.host().toString().replaceAll("[\\[\\]]", ""))
                    + (port ? ", port: " + to.port() : "");
        } catch (IllegalArgumentException e) {
            throw new EditRefused(text + ": " + e.getMessage());
        }
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

    /** The rules as they are shown: in one line each. */
    public static List<String> texts(String config) {
        ConfigNode root = YamlReader.read("config", Path.of(""), config, new Problems());
        ConfigNode rules = root == null ? null : root.get("rules");
        return rules == null
                ? List.of()
                : rules.items().stream().map(RuleText::of).toList();
    }

    /** Takes rule number {@code index} out. */
    public static String remove(String config, int index) throws EditRefused {
        return YamlEdit.of(config).remove(RULES, index);
    }

    /** The numbers of the rules that say just that, in whatever way they are written. */
    public static List<Integer> find(String config, String rule) throws EditRefused {
        Outline rules = YamlEdit.of(config).outline().at(RULES);
        Outline wanted = Outline.of(rule);
        List<Integer> found = new ArrayList<>();
        List<Outline> items = rules == null ? List.of() : rules.items();
        for (int i = 0; i < items.size(); i++) {
            boolean line = items.get(i).kind() == ConfigNode.Kind.SCALAR
                    && items.get(i).text().equals(rule);
            if (line || items.get(i).equals(wanted)) {
                found.add(i);
            }
        }
        return found;
    }
}
