package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Nearest;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.route.list.ListFormat;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the {@code rule-sets} of a config: where each list comes from, not yet what is in it. */
final class RuleSetReader {
    private static final String BUILT_IN = "built-in:";

    private RuleSetReader() {}

    static Map<String, RuleSetPlan> read(Section config, Set<String> targets, Problems problems) {
        Map<String, RuleSetPlan> plans = new LinkedHashMap<>();
        Map<String, ConfigNode> names = new LinkedHashMap<>();
        ConfigNode node = config.get(ConfigKeys.RULE_SETS);
        if (node != null && node.kind() != ConfigNode.Kind.MAPPING && node.kind() != ConfigNode.Kind.NULL) {
            problems.error(
                    node,
                    "\"rule-sets\" must be a mapping of names, not "
                            + node.kind().words(),
                    "write NAME: {file: PATH} or NAME: {url: ADDRESS}");
            return plans;
        }
        for (ConfigNode.Entry entry : node == null ? List.<ConfigNode.Entry>of() : node.entries()) {
            String name = entry.key().text();
            String what = "rule-set \"" + name + "\"";
            Section section = Section.open(entry.value(), what, ConfigKeys.RULE_SET, problems);
            RuleSetPlan plan = section == null ? null : plan(name, what, section, targets);
            ConfigNode first = names.putIfAbsent(name, entry.key());
            if (first != null) {
                problems.error(
                        entry.key(),
                        "two rule-sets are called \"" + name + "\"",
                        "the first is at line " + first.position().line());
            } else if (ConfigReader.isName(name, entry.key(), "rule-set", problems) && plan != null) {
                plans.put(name, plan);
            }
        }
        return plans;
    }

    /** The names that rules may use, also those of rule-sets that are wrong. */
    static Set<String> names(Section config) {
        Set<String> names = new LinkedHashSet<>();
        ConfigNode node = config.get(ConfigKeys.RULE_SETS);
        if (node != null) {
            node.entries().forEach(entry -> names.add(entry.key().text()));
        }
        return names;
    }

    private static @Nullable RuleSetPlan plan(String name, String what, Section section, Set<String> targets) {
        Problems problems = section.problems();
        String file = section.get(ConfigKeys.FILE);
        URI url = section.get(ConfigKeys.URL);
        List<ConfigNode> entries = entries(section);
        int sources = (section.has(ConfigKeys.FILE) ? 1 : 0)
                + (section.has(ConfigKeys.URL) ? 1 : 0)
                + (section.has(ConfigKeys.ENTRIES) ? 1 : 0);
        if (sources != 1 && section.clean()) {
            problems.error(section.node(), what + " needs exactly one of \"file\", \"url\" and \"entries\"");
        }
        String via = section.value(ConfigKeys.LIST_VIA);
        if (!targets.contains(via)) {
            problems.error(
                    section.at(ConfigKeys.LIST_VIA),
                    what + " names \"" + via + "\", which does not exist",
                    Nearest.hint(via, targets));
        }
        ListFormat format = format(section);
        Optional<String> builtIn = Optional.ofNullable(file)
                .filter(text -> text.startsWith(BUILT_IN))
                .map(text -> text.substring(BUILT_IN.length()));
        Path path = file == null || builtIn.isPresent()
                ? null
                : Type.path(section.at(ConfigKeys.FILE), file, "\"file\"", problems);
        if (!section.clean()) {
            return null;
        }
        return new RuleSetPlan(
                name,
                Optional.ofNullable(path).map(Path::normalize),
                Optional.ofNullable(url),
                builtIn,
                entries,
                format,
                section.value(ConfigKeys.CODE),
                section.value(ConfigKeys.EVERY),
                via,
                section.at(url != null ? ConfigKeys.URL : file != null ? ConfigKeys.FILE : ConfigKeys.ENTRIES));
    }

    private static List<ConfigNode> entries(Section section) {
        ConfigNode node = section.get(ConfigKeys.ENTRIES);
        if (node == null) {
            return List.of();
        }
        if (node.items().isEmpty()) {
            section.problems().error(node, "\"entries\" must be a list of names, networks or Clash rule lines");
        }
        for (ConfigNode item : node.items()) {
            if (item.kind() != ConfigNode.Kind.SCALAR) {
                section.problems()
                        .error(
                                item,
                                "an entry must be a name, a network or a Clash rule line, not "
                                        + item.kind().words());
            }
        }
        return node.items();
    }

    private static @Nullable ListFormat format(Section section) {
        String word = section.get(ConfigKeys.FORMAT);
        if (word == null) {
            return null;
        }
        ListFormat format = ListFormat.of(word);
        if (format == null) {
            String match = Nearest.match(word, ListFormat.keys());
            section.problems()
                    .error(
                            section.at(ConfigKeys.FORMAT),
                            "\"format\": \"" + word + "\" (expected: one of " + String.join(", ", ListFormat.keys())
                                    + ")",
                            match == null ? null : "did you mean \"" + match + "\"?");
        }
        return format;
    }
}
