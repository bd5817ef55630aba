package dev.fenliu.engine;

import com.google.re2j.Pattern;
import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Nearest;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Remark;
import dev.fenliu.config.Section;
import dev.fenliu.outbound.TunnelType;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the {@code subscriptions} of a config, and which groups use them. Reads no list. */
final class SubscriptionReader {
    /** In {@code use}: every subscription. */
    private static final String ALL = "all";

    private final Map<String, TunnelType<?>> types;
    private final Problems problems;
    private final List<ConfigNode.Entry> entries;
    /** Also of those that are wrong. */
    private final Set<String> names = new LinkedHashSet<>();

    SubscriptionReader(List<ConfigNode.Entry> entries, Map<String, TunnelType<?>> types, Problems problems) {
        this.types = types;
        this.problems = problems;
        this.entries = entries;
        entries.forEach(entry -> names.add(entry.key().text()));
    }

    /** @param targets the outbounds and groups that there are */
    Map<String, SubscriptionPlan> read(Set<String> targets) {
        Map<String, SubscriptionPlan> plans = new LinkedHashMap<>();
        Map<String, ConfigNode> places = new LinkedHashMap<>();
        for (ConfigNode.Entry entry : entries) {
            String name = entry.key().text();
            ConfigNode first = places.putIfAbsent(name, entry.key());
            String what = "subscription \"" + name + "\"";
            Section section = Section.open(entry.value(), what, ConfigKeys.SUBSCRIPTION, problems);
            SubscriptionPlan plan = section == null ? null : plan(name, what, section, targets);
            if (first != null) {
                problems.error(
                        entry.key(),
                        "two subscriptions are called \"" + name + "\"",
                        "the first is at line " + first.position().line());
            } else if (name.equals(ALL)) {
                problems.error(entry.key(), "the name \"all\" means every subscription", "choose another name");
            } else if (ConfigReader.isName(name, entry.key(), "subscription", problems) && plan != null) {
                plans.put(name, plan);
            }
        }
        return plans;
    }

    private @Nullable SubscriptionPlan plan(String name, String what, Section section, Set<String> targets) {
        if (section.has(ConfigKeys.SUBSCRIPTION_URL) == section.has(ConfigKeys.SUBSCRIPTION_FILE)) {
            problems.error(section.node(), what + " needs either \"url\" or \"file\"");
        }
        String via = section.get(ConfigKeys.SUBSCRIPTION_VIA);
        if (via != null && !targets.contains(via)) {
            problems.error(
                    section.at(ConfigKeys.SUBSCRIPTION_VIA),
                    what + " names \"" + via + "\", which does not exist",
                    Nearest.hint(via, targets));
        }
        var address = Optional.ofNullable(section.get(ConfigKeys.SUBSCRIPTION_URL));
        var file = Optional.ofNullable(section.get(ConfigKeys.SUBSCRIPTION_FILE));
        var every = Optional.ofNullable(section.get(ConfigKeys.SUBSCRIPTION_EVERY));
        Set<String> insecure = Set.copyOf(section.value(ConfigKeys.SUBSCRIPTION_INSECURE));
        String agent = section.value(ConfigKeys.USER_AGENT);
        if (!section.clean()) {
            return null;
        }
        if (address.isPresent() && address.get().value().startsWith("http:")) {
            problems.warning(
                    section.at(ConfigKeys.SUBSCRIPTION_URL),
                    Remark.of("subscription-in-clear").with("subscription", name),
                    what + " comes in clear: whoever is in between can read its secrets and change its nodes",
                    "use https if the provider has it");
        }
        return new SubscriptionPlan(
                name, address, file, every, Optional.ofNullable(via), agent, insecure, types, section.node());
    }

    /** What a group uses of what has been read; empty when it uses nothing, or when an error was reported. */
    Optional<GroupUse> use(Section group) {
        List<String> wanted = group.get(ConfigKeys.USE);
        Optional<Pattern> filter = Optional.ofNullable(group.get(ConfigKeys.FILTER));
        Optional<Pattern> exclude = Optional.ofNullable(group.get(ConfigKeys.EXCLUDE));
        if (wanted == null) {
            for (var key : List.of(ConfigKeys.FILTER, ConfigKeys.EXCLUDE)) {
                if (group.has(key)) {
                    problems.error(
                            group.at(key),
                            "\"" + key.name() + "\" chooses among the nodes of \"use\", which is missing");
                }
            }
            return Optional.empty();
        }
        for (String name : wanted) {
            if (!name.equals(ALL) && !names.contains(name)) {
                problems.error(
                        group.at(ConfigKeys.USE),
                        group.what() + " uses the subscription \"" + name + "\", which does not exist",
                        Nearest.hint(name, names));
            }
        }
        List<String> used = wanted.contains(ALL) ? List.copyOf(names) : List.copyOf(wanted);
        return Optional.of(new GroupUse(used, filter, exclude));
    }
}
