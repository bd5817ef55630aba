package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Nearest;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import dev.fenliu.route.list.ListFormat;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
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
        ConfigNode node = config.get(ConfigKeys.RULE_SETS);
        if (node != null && node.kind() != ConfigNode.Kind.MAPPING && node.kind() != ConfigNode.Kind.NULL) {
            problems.error(
                    node,
                    "\"rule-sets\" must be a mapping of names, not "
                            + node.kind().words());
            return plans;
        }
        for (ConfigNode.Entry entry : node == null ? List.<ConfigNode.Entry>of() : node.entries()) {
            String name = entry.key().text();
            String what = "rule-set \"" + name + "\"";
            Section section = Section.open(entry.value(), what, ConfigKeys.RULE_SET, problems);
            RuleSetPlan plan = section == null ? null : plan(name, what, section, targets);
            if (plans.containsKey(name)) {
                problems.error(entry.key(), "two rule-sets are called \"" + name + "\"");
            } else if (plan != null) {
                plans.put(name, plan);
            }
        }
        return plans;
    }

    private static @Nullable RuleSetPlan plan(String name, String what, Section section, Set<String> targets) {
        Problems problems = section.problems();
        String file = section.get(ConfigKeys.FILE);
        URI url = section.get(ConfigKeys.URL);
        List<ConfigNode> entries = entries(section);
        int sources = (section.has(ConfigKeys.FILE) ? 1 : 0)
                + (section.has(ConfigKeys.URL) ? 1 : 0)
                + (section.has(ConfigKeys.ENTRIES) ? 1 : 0);
        if (sources != 1) {
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
        if (!section.clean()) {
            return null;
        }
        return new RuleSetPlan(
                name,
                file == null || builtIn.isPresent()
                        ? Optional.<Path>empty()
                        : Optional.of(section.node().folder().resolve(file).normalize()),
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
        boolean scalars = node.items().stream().allMatch(item -> item.kind() == ConfigNode.Kind.SCALAR);
        if (node.items().isEmpty() || !scalars) {
            section.problems().error(node, "\"entries\" must be a list of names, networks or Clash rule lines");
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
            section.problems()
                    .error(
                            section.at(ConfigKeys.FORMAT),
                            "\"format\": \"" + word + "\" is not one of " + String.join(", ", ListFormat.keys()),
                            Nearest.hint(word, ListFormat.keys()));
        }
        return format;
    }
}
