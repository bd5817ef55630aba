package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Nearest;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.config.YamlReader;
import dev.fenliu.dns.DnsKeys;
import dev.fenliu.dns.DnsOptions;
import dev.fenliu.inbound.Access;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ListenerType;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.outbound.ShareLink;
import dev.fenliu.outbound.TunnelType;
import dev.fenliu.route.Geo;
import dev.fenliu.route.GeoReader;
import dev.fenliu.route.Rule;
import dev.fenliu.route.RuleParser;
import dev.fenliu.route.RuleTest;
import dev.fenliu.route.RuleTests;
import dev.fenliu.route.Scope;
import dev.fenliu.sniff.Sniffer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a configuration: text to {@link Config}, every problem of it collected in one run. Opens and binds nothing. */
public final class ConfigReader {
    private static final Set<String> RESERVED = Set.of("direct", "block");

    private final Protocols protocols;
    private final Problems problems;

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

    private @Nullable Config read(ConfigNode root, Optional<Path> file) {
        Section section = Section.open(root, "the config", ConfigKeys.ROOT, problems);
        if (section == null) {
            return null;
        }
        section.get(ConfigKeys.VERSION);
        List<ListenerPlan<?>> listeners = listeners(section);
        Map<String, OutboundPlan<?>> outbounds = outbounds(section);
        Map<String, GroupPlan> groups = groups(section, outbounds.keySet());
        new References(outbounds, groups, targets(outbounds, groups), problems).check();
        Map<String, RuleSetPlan> ruleSets = RuleSetReader.read(section, targets(outbounds, groups), problems);
        Set<String> listenerNames = new LinkedHashSet<>();
        listeners.forEach(plan -> listenerNames.add(plan.settings().name()));
        Set<String> users = new LinkedHashSet<>();
        listeners.forEach(plan -> users.addAll(plan.settings().users().keySet()));
        List<Path> geoip = geoip(section);
        Geo geo = geo(section, geoip);
        Scope scope = new Scope(
                targets(outbounds, groups), ruleSets.keySet(), listenerNames, users, Sniffer.PROTOCOLS, geo.kinds());
        List<Rule> rules = rules(section, scope);
        ConfigNode tests = section.get(ConfigKeys.RULE_TESTS);
        List<RuleTest> ruleTests = tests == null ? List.of() : RuleTests.parse(tests, scope, problems);
        ConfigNode dnsNode = section.get(ConfigKeys.DNS);
        Section dnsSection = dnsNode == null ? null : Section.open(dnsNode, "\"dns\"", DnsKeys.ALL, problems);
        DnsOptions dns = dnsSection == null ? DnsOptions.DEFAULT : DnsKeys.parse(dnsSection);
        api(section);
        Config.LogOptions log = log(section);
        file.ifPresent(path -> SecretFiles.check(root, path, protocols, problems));
        if (problems.hasErrors()) {
            return null;
        }
        return new Config(file, listeners, outbounds, groups, ruleSets, rules, ruleTests, dns, log, geoip, geo, root);
    }

    private List<Rule> rules(Section section, Scope scope) {
        ConfigNode node = section.get(ConfigKeys.RULES);
        if (node == null) {
            ConfigNode fallback = YamlReader.read("built-in rules", Path.of(""), "- {to: direct}", problems);
            return fallback == null ? List.of() : RuleParser.parse(fallback, scope, problems);
        }
        return RuleParser.parse(node, scope, problems);
    }

    private List<ListenerPlan<?>> listeners(Section section) {
        List<ListenerPlan<?>> plans = new ArrayList<>();
        ConfigNode list = section.get(ConfigKeys.LISTENERS);
        if (list == null) {
            list = YamlReader.read(
                    "built-in listeners", Path.of(""), "- {type: mixed, listen: \"127.0.0.1:7890\"}", problems);
        }
        if (list == null || list.kind() != ConfigNode.Kind.SEQUENCE) {
            if (list != null) {
                problems.error(
                        list, "\"listeners\" must be a list, not " + list.kind().words());
            }
            return plans;
        }
        Map<InetSocketAddress, ConfigNode> addresses = new LinkedHashMap<>();
        Map<String, ConfigNode> names = new LinkedHashMap<>();
        for (ConfigNode node : list.items()) {
            ListenerType<?> type = type(node, "a listener", protocols.listeners());
            ListenerPlan<?> plan = type == null ? null : listener(node, type);
            if (plan != null) {
                once(
                        names,
                        plan.settings().name(),
                        node,
                        "name \"" + plan.settings().name() + "\"");
                InetSocketAddress address = plan.settings().listen();
                if (address.getPort() != 0) {
                    once(addresses, address, node, "address " + dev.fenliu.net.Sockets.text(address));
                }
                plans.add(plan);
            }
        }
        return plans;
    }

    private <K> void once(Map<K, ConfigNode> seen, K key, ConfigNode at, String what) {
        ConfigNode first = seen.putIfAbsent(key, at);
        if (first != null) {
            problems.error(
                    at,
                    "two listeners have the " + what,
                    "the first is at line " + first.position().line());
        }
    }

    private <O> @Nullable ListenerPlan<O> listener(ConfigNode node, ListenerType<O> type) {
        List<Key<?>> keys = new ArrayList<>(ConfigKeys.LISTENER);
        keys.addAll(type.keys());
        Section section = Section.open(node, "listener of type " + type.name(), keys, problems);
        InetSocketAddress listen = section == null ? null : section.get(ConfigKeys.LISTEN);
        if (section == null || listen == null) {
            return null;
        }
        String name = section.get(ConfigKeys.NAME);
        Map<String, Secret> users = section.get(ConfigKeys.USERS);
        ListenerSettings settings = new ListenerSettings(
                type.name(),
                name == null ? type.name() + "-" + listen.getPort() : name,
                listen,
                users == null ? Map.of() : users,
                section.value(ConfigKeys.LAN));
        Access.refusal(settings, type.remote())
                .ifPresent(why -> problems.error(section.at(ConfigKeys.LISTEN), why, null));
        O options = type.parse(section, settings);
        return options == null ? null : new ListenerPlan<>(type, settings, options);
    }

    private <T> @Nullable T type(ConfigNode node, String what, Map<String, T> known) {
        ConfigNode type = node.get("type");
        if (node.kind() != ConfigNode.Kind.MAPPING || type == null) {
            problems.error(node, what + " must be a mapping with the key \"type\"", Nearest.hint("", known.keySet()));
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
        for (ConfigNode.Entry entry : entries(section, ConfigKeys.OUTBOUNDS)) {
            String name = entry.key().text();
            ConfigNode node = entry.value();
            if (!isFree(name, entry.key(), plans.keySet(), "outbound")) {
                continue;
            }
            String what = "outbound \"" + name + "\"";
            if (node.kind() == ConfigNode.Kind.SCALAR) {
                node = ShareLink.toNode(node, problems);
            }
            TunnelType<?> type = node == null ? null : type(node, what, protocols.tunnels());
            OutboundPlan<?> plan = node == null || type == null ? null : outbound(name, what, node, type);
            if (plan != null) {
                plans.put(name, plan);
            }
        }
        return plans;
    }

    private <O> @Nullable OutboundPlan<O> outbound(String name, String what, ConfigNode node, TunnelType<O> type) {
        List<Key<?>> keys = new ArrayList<>(ConfigKeys.OUTBOUND);
        keys.addAll(type.keys());
        Section section = Section.open(node, what, keys, problems);
        O options = section == null ? null : type.parse(section);
        if (section == null || options == null) {
            return null;
        }
        String via = section.get(ConfigKeys.VIA);
        if (via != null && options instanceof SocketOptions) {
            problems.error(
                    section.at(ConfigKeys.VIA),
                    what + " goes direct: it has no server that \"via\" could lead to",
                    "send its flows to \"" + via + "\"");
        }
        return new OutboundPlan<>(name, type, options, Optional.ofNullable(via), node);
    }

    private Map<String, GroupPlan> groups(Section section, Set<String> outbounds) {
        Map<String, GroupPlan> plans = new LinkedHashMap<>();
        for (ConfigNode.Entry entry : entries(section, ConfigKeys.GROUPS)) {
            String name = entry.key().text();
            Set<String> taken = new LinkedHashSet<>(outbounds);
            taken.addAll(plans.keySet());
            if (!isFree(name, entry.key(), taken, "group")) {
                continue;
            }
            String what = "group \"" + name + "\"";
            Section group = Section.open(entry.value(), what, ConfigKeys.GROUP, problems);
            GroupPlan.Kind kind = group == null ? null : group.get(ConfigKeys.GROUP_TYPE);
            List<String> members = group == null ? null : group.get(ConfigKeys.MEMBERS);
            if (kind != null && members != null) {
                plans.put(name, new GroupPlan(name, kind, members, entry.value()));
                if (members.isEmpty()) {
                    problems.warning(
                            entry.value(),
                            what + " has no member: what is sent to it is refused",
                            "add an outbound to its `members`");
                }
            }
        }
        return plans;
    }

    private boolean isFree(String name, ConfigNode at, Set<String> taken, String what) {
        if (RESERVED.contains(name)) {
            problems.error(at, "the " + what + " name \"" + name + "\" is built in", "choose another name");
            return false;
        }
        if (taken.contains(name)) {
            problems.error(at, "two outbounds or groups are called \"" + name + "\"");
            return false;
        }
        if (!name.matches("[^\\s,/]{1,64}")) {
            problems.error(
                    at, what + " name \"" + name + "\" (expected: up to 64 characters without blank, comma, slash)");
            return false;
        }
        return true;
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
                            + node.kind().words());
        }
        return node.entries();
    }

    /** Names that {@code to}, {@code members} and {@code via} may use. */
    private static Set<String> targets(Map<String, OutboundPlan<?>> outbounds, Map<String, GroupPlan> groups) {
        Set<String> names = new LinkedHashSet<>(RESERVED);
        names.addAll(outbounds.keySet());
        names.addAll(groups.keySet());
        return names;
    }

    private void api(Section section) {
        ConfigNode node = section.get(ConfigKeys.API);
        Section api = node == null ? null : Section.open(node, "\"api\"", ConfigKeys.API_KEYS, problems);
        if (api != null) {
            api.get(ConfigKeys.API_LISTEN);
            problems.warning(api.node(), "this version has no API yet: \"api\" does nothing", null);
        }
    }

    private Config.LogOptions log(Section section) {
        ConfigNode node = section.get(ConfigKeys.LOG);
        Section log = node == null ? null : Section.open(node, "\"log\"", ConfigKeys.LOG_KEYS, problems);
        return log == null
                ? new Config.LogOptions(Config.Level.INFO, Config.Flows.AUTO)
                : new Config.LogOptions(log.value(ConfigKeys.LEVEL), log.value(ConfigKeys.FLOWS));
    }

    private Geo geo(Section section, List<Path> files) {
        GeoReader all = null;
        for (Path file : files) {
            try {
                GeoReader one = GeoReader.open(file);
                all = all == null ? one : all.and(one);
            } catch (IOException e) {
                problems.error(section.at(ConfigKeys.GEOIP), "\"geoip\": cannot use " + file, Type.reason(e));
            }
        }
        return all == null ? Geo.NONE : all;
    }

    private List<Path> geoip(Section section) {
        ConfigNode node = section.get(ConfigKeys.GEOIP);
        Section geo = node == null ? null : Section.open(node, "\"geoip\"", ConfigKeys.GEOIP_KEYS, problems);
        List<Path> files = geo == null ? null : geo.get(ConfigKeys.GEO_FILE);
        return files == null ? List.of() : files;
    }
}
