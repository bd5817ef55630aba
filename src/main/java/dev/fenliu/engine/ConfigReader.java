package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Nearest;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import dev.fenliu.config.YamlReader;
import dev.fenliu.dns.DnsKeys;
import dev.fenliu.dns.DnsOptions;
import dev.fenliu.route.Rule;
import dev.fenliu.route.RuleParser;
import dev.fenliu.route.RuleTest;
import dev.fenliu.route.RuleTests;
import dev.fenliu.route.Scope;
import dev.fenliu.sniff.Sniffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a configuration: text to {@link Config}, every problem of it collected in one run. Opens and binds nothing. */
public final class ConfigReader {
    private static final Pattern NAME = Pattern.compile("[^\\s,/\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]{1,64}");
    static final List<String> RESERVED = List.of("direct", "block");

    private final Protocols protocols;
    private final Problems problems;
    /** All names of outbounds and groups, good or bad: that one is bad is said once, not wherever it is used. */
    private final Map<String, ConfigNode> names = new LinkedHashMap<>();

    private ConfigReader(Protocols protocols, Problems problems) {
        this.protocols = protocols;
        this.problems = problems;
    }

    /**
     * Reads {@code text}.
     *
     * @param name how messages call the file
     * @param file the file itself, empty for built-in text
     * @return null when an error was reported
     */
    public static @Nullable Config read(
            String name, Optional<Path> file, String text, Protocols protocols, Problems problems) {
        Path folder = file.map(path -> path.toAbsolutePath().getParent()).orElse(Path.of(""));
        ConfigNode root = YamlReader.read(name, folder == null ? Path.of("") : folder, text, problems);
        return root == null ? null : new ConfigReader(protocols, problems).read(root, file);
    }

    /**
     * Reads the part about the API alone, whatever is wrong with the rest.
     *
     * @param name how messages call the file
     * @param folder that relative paths are relative to
     */
    public static ApiOptions readApi(String name, Path folder, String text, Problems problems) {
        ConfigNode root = YamlReader.read(name, folder, text, problems);
        return ApiReader.read(root == null ? null : root.get(ConfigKeys.API.name()), (at, address) -> {}, problems);
    }

    private @Nullable Config read(ConfigNode root, Optional<Path> file) {
        Section section = Section.open(root, "the config", ConfigKeys.ROOT, problems);
        if (section == null) {
            return null;
        }
        section.get(ConfigKeys.VERSION);
        ListenerReader listenerReader = new ListenerReader(protocols.listeners(), problems);
        List<ListenerPlan<?>> listeners = listenerReader.read(section);
        Map<String, OutboundPlan<?>> outbounds = outbounds(section);
        SubscriptionReader subscriptions =
                new SubscriptionReader(entries(section, ConfigKeys.SUBSCRIPTIONS), protocols.tunnels(), problems);
        Map<String, GroupUse> uses = new LinkedHashMap<>();
        Map<String, GroupPlan> groups = groups(section, subscriptions, uses);
        Set<String> targets = new LinkedHashSet<>(RESERVED);
        targets.addAll(names.keySet());
        new References(outbounds, groups, targets, problems).check();
        Map<String, SubscriptionPlan> subscribed = subscriptions.read(targets);
        Map<String, RuleSetPlan> ruleSets = RuleSetReader.read(section, targets, problems);
        GeoFiles geo = GeoFiles.read(section, problems);
        List<Path> leases = section.value(ConfigKeys.DHCP_LEASES);
        Scope scope = new Scope(
                targets,
                RuleSetReader.names(section),
                listenerReader.names(),
                listenerReader.users(),
                Sniffer.PROTOCOLS,
                geo.kinds(),
                section.has(ConfigKeys.DHCP_LEASES));
        List<Rule> rules = rules(section, scope);
        ConfigNode tests = section.get(ConfigKeys.RULE_TESTS);
        List<RuleTest> ruleTests = tests == null ? List.of() : RuleTests.parse(tests, scope, problems);
        ConfigNode dnsNode = section.get(ConfigKeys.DNS);
        Section dnsSection = dnsNode == null ? null : Section.open(dnsNode, "\"dns\"", DnsKeys.ALL, problems);
        DnsOptions dns = dnsSection == null ? DnsOptions.DEFAULT : DnsKeys.parse(dnsSection);
        ConfigNode fakeIp = dnsNode == null ? null : dnsNode.get("fake-ip");
        if (fakeIp != null) {
            FakeIpCheck.check(dns.replies().fake(), listeners, fakeIp, problems);
        }
        ApiOptions api = ApiReader.read(section.get(ConfigKeys.API), listenerReader::isFree, problems);
        Config.LogOptions log = log(section);
        HistoryOptions history = HistoryReader.read(section.get(ConfigKeys.HISTORY), problems);
        file.ifPresent(path -> SecretFiles.check(root, path, protocols, problems));
        if (problems.hasErrors()) {
            RuleSetSource.check(ruleSets, geo.geo(), problems); // what a good config would be told next
            return null;
        }
        return new Config(
                file,
                listeners,
                outbounds,
                groups,
                subscribed,
                uses,
                ruleSets,
                rules,
                ruleTests,
                dns,
                api,
                log,
                history,
                section.value(ConfigKeys.DEVICES),
                leases,
                geo.files(),
                geo.geo(),
                root);
    }

    private List<Rule> rules(Section section, Scope scope) {
        ConfigNode node = section.get(ConfigKeys.RULES);
        if (node == null) {
            ConfigNode fallback = YamlReader.read("built-in rules", Path.of(""), "- {to: direct}", problems);
            return fallback == null ? List.of() : RuleParser.parse(fallback, scope, problems);
        }
        return RuleParser.parse(node, scope, problems);
    }

    /** The type that a mapping names; null when it names none, which is reported. */
    static <T> @Nullable T type(ConfigNode node, String what, Map<String, T> known, Problems problems) {
        ConfigNode type = node.get("type");
        String all = "known: " + String.join(", ", new TreeSet<>(known.keySet()));
        if (node.kind() != ConfigNode.Kind.MAPPING || type == null) {
            problems.error(node, what + " must be a mapping with the key \"type\"", all);
            return null;
        }
        if (type.kind() != ConfigNode.Kind.SCALAR) {
            problems.error(
                    type,
                    "the type of " + what + " must be a word, not "
                            + type.kind().words(),
                    all);
            return null;
        }
        T found = known.get(type.text());
        if (found == null) {
            problems.error(
                    type, "unknown type \"" + type.text() + "\" of " + what, Nearest.hint(type.text(), known.keySet()));
        }
        return found;
    }

    private Map<String, OutboundPlan<?>> outbounds(Section section) {
        Map<String, OutboundPlan<?>> plans = new LinkedHashMap<>();
        OutboundReader reader = new OutboundReader(protocols.tunnels(), problems);
        for (ConfigNode.Entry entry : entries(section, ConfigKeys.OUTBOUNDS)) {
            String name = entry.key().text();
            OutboundPlan<?> plan = isFree(name, entry.key(), "outbound") ? reader.read(name, entry.value()) : null;
            if (plan != null) {
                plans.put(name, plan);
            }
        }
        return plans;
    }

    private Map<String, GroupPlan> groups(
            Section section, SubscriptionReader subscriptions, Map<String, GroupUse> uses) {
        Map<String, GroupPlan> plans = new LinkedHashMap<>();
        for (ConfigNode.Entry entry : entries(section, ConfigKeys.GROUPS)) {
            String name = entry.key().text();
            if (!isFree(name, entry.key(), "group")) {
                continue;
            }
            GroupPlan plan = GroupReader.read(name, entry.value(), subscriptions, uses, problems);
            if (plan != null) {
                plans.put(name, plan);
            }
        }
        return plans;
    }

    /** Takes a name for an outbound or group, unless it is bad or taken, which is reported. */
    private boolean isFree(String name, ConfigNode at, String what) {
        if (RESERVED.contains(name)) {
            problems.error(at, "the " + what + " name \"" + name + "\" is built in", "choose another name");
            return false;
        }
        ConfigNode first = names.putIfAbsent(name, at);
        if (first != null) {
            problems.error(
                    at,
                    "two outbounds or groups are called \"" + name + "\"",
                    "the first is at line " + first.position().line());
            return false;
        }
        return isName(name, at, what, problems);
    }

    /** Whether it can be called so in rules, logs and on the command line; if not, that is reported. */
    static boolean isName(String name, ConfigNode at, String what, Problems problems) {
        boolean good = NAME.matcher(name).matches();
        if (!good) {
            problems.error(
                    at,
                    what + " name \"" + name
                            + "\" (expected: up to 64 visible characters without blank, comma, slash)");
        }
        return good;
    }

    private List<ConfigNode.Entry> entries(Section section, Key<ConfigNode> key) {
        ConfigNode node = section.get(key);
        if (node == null || node.kind() == ConfigNode.Kind.NULL) {
            return List.of();
        }
        if (node.kind() != ConfigNode.Kind.MAPPING) {
            problems.error(
                    node,
                    "\"" + key.name() + "\" must be a mapping of names, not "
                            + node.kind().words(),
                    "write NAME: {…}, without a dash before it");
        }
        return node.entries();
    }

    private Config.LogOptions log(Section section) {
        ConfigNode node = section.get(ConfigKeys.LOG);
        Section log = node == null ? null : Section.open(node, "\"log\"", ConfigKeys.LOG_KEYS, problems);
        return log == null
                ? new Config.LogOptions(Config.Level.INFO, Config.Flows.AUTO)
                : new Config.LogOptions(log.value(ConfigKeys.LEVEL), log.value(ConfigKeys.FLOWS));
    }
}
