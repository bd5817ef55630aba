package dev.fenliu.route;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Nearest;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Remark;
import dev.fenliu.config.Section;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Turns mappings of condition keys into {@link Condition}s and checks the names they use. One per parse. */
final class ConditionParser {
    private final Scope scope;
    private final Problems problems;

    ConditionParser(Scope scope, Problems problems) {
        this.scope = scope;
        this.problems = problems;
    }

    /**
     * Reads the conditions of an opened mapping.
     *
     * @param resolve whether a mapping around this one said {@code resolve: true}
     * @return null when one of them is bad, which is reported; {@link Condition#always} when there is none
     */
    @Nullable
    Condition read(Section section, boolean resolve) {
        Parts parts = new Parts(section);
        boolean resolves = section.value(RuleKeys.RESOLVE) || resolve;
        Condition.LookUp lookUp = resolves ? Condition.LookUp.ASK : Condition.LookUp.NEVER;
        for (Condition.NameKind kind : Condition.NameKind.values()) {
            parts.add(RuleKeys.key(RuleKeys.NAMES, kind), values -> new Condition.Name(kind, values));
        }
        parts.add(RuleKeys.RULE_SET, values -> new Condition.InSet(values, lookUp));
        parts.add(RuleKeys.IP_CIDR, values -> new Condition.InNetwork(values, lookUp));
        parts.add(RuleKeys.COUNTRY, values -> new Condition.InCountry(values, lookUp));
        parts.add(RuleKeys.ASN, values -> new Condition.InAsn(values, lookUp));
        parts.add(RuleKeys.PORT, Condition.Port::new);
        parts.add(RuleKeys.SOURCE, Condition.Source::new);
        parts.add(RuleKeys.SOURCE_PORT, Condition.SourcePort::new);
        parts.add(RuleKeys.NETWORK, values -> new Condition.Network(Set.copyOf(EnumSet.copyOf(values))));
        for (Condition.WordKind kind : Condition.WordKind.values()) {
            parts.add(RuleKeys.key(RuleKeys.WORDS, kind), values -> new Condition.Word(kind, values));
        }
        checkNames(section, RuleKeys.RULE_SET, scope.ruleSets(), "rule-set");
        checkNames(section, RuleKeys.key(RuleKeys.WORDS, Condition.WordKind.LISTENER), scope.listeners(), "listener");
        checkNames(section, RuleKeys.key(RuleKeys.WORDS, Condition.WordKind.USER), scope.users(), "user");
        checkNames(section, RuleKeys.key(RuleKeys.WORDS, Condition.WordKind.PROTOCOL), scope.protocols(), "protocol");
        Key<?> hostname = RuleKeys.key(RuleKeys.WORDS, Condition.WordKind.SOURCE_HOSTNAME);
        if (section.has(hostname) && !scope.leases()) {
            problems.error(
                    section.at(hostname),
                    "\"source-hostname\" needs the leases of the DHCP server",
                    "name its file: dhcp-leases: /var/lib/misc/dnsmasq.leases");
        }
        checkDatabase(section, RuleKeys.COUNTRY, GeoKind.COUNTRY);
        checkDatabase(section, RuleKeys.ASN, GeoKind.ASN);
        parts.nested(RuleKeys.ALL, resolves, Condition.All::new);
        parts.nested(RuleKeys.ANY, resolves, Condition.Any::new);
        parts.nested(
                RuleKeys.NOT,
                resolves,
                inner -> new Condition.Not(inner.size() == 1 ? inner.get(0) : new Condition.Any(inner)));
        Condition whole = parts.whole();
        if (section.value(RuleKeys.RESOLVE) && whole != null && !whole.mayResolve()) {
            problems.warning(
                    section.at(RuleKeys.RESOLVE),
                    Remark.of("resolve-useless"),
                    "\"resolve\" does nothing here: no condition asks for addresses",
                    "it goes with ip-cidr, country, asn and rule-set");
        }
        return whole;
    }

    private void checkNames(Section section, Key<?> key, Set<String> known, String kind) {
        if (!section.has(key)) {
            return;
        }
        ConfigNode node = section.at(key);
        List<ConfigNode> items = node.kind() == ConfigNode.Kind.SEQUENCE ? node.items() : List.of(node);
        for (ConfigNode item : items) {
            if (item.kind() == ConfigNode.Kind.SCALAR && !known.contains(item.text())) {
                problems.error(
                        item, "no " + kind + " is called \"" + item.text() + "\"", hint(kind, item.text(), known));
            }
        }
    }

    /** What to write when no {@code kind} has that name. */
    static @Nullable String hint(String kind, String name, Set<String> known) {
        if (!known.isEmpty()) {
            return Nearest.hint(name, known);
        }
        return switch (kind) {
            case "rule-set" -> "there is none yet: rule-sets: {" + name + ": {file: PATH}}";
            case "user" -> "no listener has users yet: users: {" + name + ": PASSWORD}";
            default -> null;
        };
    }

    private void checkDatabase(Section section, Key<?> key, GeoKind kind) {
        if (section.has(key) && !scope.databases().contains(kind)) {
            problems.error(section.at(key), "\"" + kind.key() + "\" needs a GeoIP database", kind.remedy());
        }
    }

    /** An item of {@code all}, {@code any} or {@code not}: a mapping, or a Clash line without target. */
    private @Nullable Condition item(ConfigNode node, boolean resolve) {
        if (node.kind() == ConfigNode.Kind.SCALAR) {
            try {
                return ClashLine.condition(node.text(), scope);
            } catch (RuleSyntaxException e) {
                problems.error(node, e.reason(), e.hint());
                return null;
            }
        }
        if (node.kind() == ConfigNode.Kind.NULL
                || node.kind() == ConfigNode.Kind.MAPPING && node.entries().isEmpty()) {
            problems.error(node, "an empty condition", "write {domain-suffix: example.org} or another condition");
            return null;
        }
        Section section = Section.open(node, "a condition", RuleKeys.CONDITION, problems);
        return section == null ? null : read(section, resolve);
    }

    /** What one mapping holds. */
    private final class Parts {
        private final Section section;
        private final List<Condition> found = new ArrayList<>();
        private boolean bad;

        Parts(Section section) {
            this.section = section;
        }

        <T> void add(Key<List<T>> key, Function<List<T>, Condition> make) {
            if (!section.has(key)) {
                return;
            }
            List<T> values = section.get(key);
            if (values == null) {
                bad = true;
            } else if (values.isEmpty()) {
                problems.error(section.at(key), "\"" + key.name() + "\" needs at least one value", key.help());
                bad = true;
            } else {
                found.add(make.apply(values));
            }
        }

        void nested(Key<ConfigNode> key, boolean resolve, Function<List<Condition>, Condition> make) {
            if (!section.has(key)) {
                return;
            }
            ConfigNode node = section.at(key);
            boolean list = node.kind() == ConfigNode.Kind.SEQUENCE;
            if (list && node.items().isEmpty() && !key.equals(RuleKeys.ANY)) {
                problems.error(node, "\"" + key.name() + "\" needs at least one condition");
                bad = true;
                return;
            }
            List<Condition> inner = new ArrayList<>();
            for (ConfigNode item : list ? node.items() : List.of(node)) {
                Condition condition = item(item, resolve);
                bad |= condition == null;
                if (condition != null) {
                    inner.add(condition);
                }
            }
            found.add(make.apply(List.copyOf(inner)));
        }

        @Nullable
        Condition whole() {
            if (bad) {
                return null;
            }
            return found.size() == 1 ? found.get(0) : new Condition.All(List.copyOf(found));
        }
    }
}
