package dev.fenliu.route;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Remark;
import dev.fenliu.config.Type;
import dev.fenliu.model.Transport;
import dev.fenliu.route.list.Cidr;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The keys of a rule and of the conditions inside it: what the parser reads and what schema and reference print. */
public final class RuleKeys {
    /** Reads one value of a condition. */
    @FunctionalInterface
    interface Reader<T> {
        T read(String text) throws RuleSyntaxException;
    }

    static final Map<Condition.NameKind, Key<List<String>>> NAMES = Map.of(
            Condition.NameKind.EXACT,
            names(Condition.NameKind.EXACT, ConditionValues::name, "The host is exactly this name."),
            Condition.NameKind.SUFFIX,
            names(Condition.NameKind.SUFFIX, ConditionValues::suffix, "The host is this name or below it."),
            Condition.NameKind.KEYWORD,
            names(Condition.NameKind.KEYWORD, ConditionValues::keyword, "The host's name contains this text."),
            Condition.NameKind.WILDCARD,
            names(
                    Condition.NameKind.WILDCARD,
                    ConditionValues::wildcard,
                    "The whole name fits this pattern; * is any run of characters, ? is one."),
            Condition.NameKind.REGEX,
            names(
                    Condition.NameKind.REGEX,
                    ConditionValues::regex,
                    "This RE2 expression is found in the host's name; not anchored, case ignored."));

    static final Key<List<String>> RULE_SET =
            Key.optional("rule-set", Type.listOf(Type.TEXT), "The host or address is in this rule-set.");
    static final Key<List<Cidr>> IP_CIDR =
            Key.optional("ip-cidr", networks(), "The destination is an address in this network.");
    static final Key<List<String>> COUNTRY = Key.optional(
            "country",
            Type.listOf(value("a country's code", "string", ConditionValues::country)),
            "The destination is an address of this country; needs geoip.");
    static final Key<List<Long>> ASN = Key.optional(
            "asn",
            Type.listOf(value("an AS number", "integer", ConditionValues::asn)),
            "The destination is an address of this autonomous system; needs geoip.");
    static final Key<Boolean> RESOLVE = Key.withDefault(
            "resolve",
            Type.BOOLEAN,
            false,
            "Look names up so that conditions about addresses apply to them too; otherwise they see literals only.");
    static final Key<List<PortRange>> PORT = Key.optional("port", ports(), "The destination's port is this or in it.");
    static final Key<List<Cidr>> SOURCE =
            Key.optional("source", networks(), "The client's address is in this network.");
    static final Key<List<PortRange>> SOURCE_PORT =
            Key.optional("source-port", ports(), "The client's port is this or in it.");
    static final Key<List<Transport>> NETWORK =
            Key.optional("network", Type.listOf(Type.choice(Transport.class)), "The flow is tcp or udp.");
    static final Map<Condition.WordKind, Key<List<String>>> WORDS = Map.of(
            Condition.WordKind.LISTENER,
            words(Condition.WordKind.LISTENER, "The flow came in by the listener of this name."),
            Condition.WordKind.USER,
            words(Condition.WordKind.USER, "The client logged in as this user."),
            Condition.WordKind.PROTOCOL,
            words(Condition.WordKind.PROTOCOL, "The first bytes are of this protocol: tls, http, quic, …"),
            Condition.WordKind.PROCESS,
            Key.optional(
                    Condition.WordKind.PROCESS.key(),
                    Type.listOf(value("the name of a program", "string", ConditionValues::process)),
                    "A program of this name on this machine opened the flow (Linux)."),
            Condition.WordKind.SOURCE_MAC,
            Key.optional(
                    Condition.WordKind.SOURCE_MAC.key(),
                    Type.listOf(value("a MAC address", "string", ConditionValues::mac)),
                    "The client is the device with this MAC address, by IPv4 or IPv6 (Linux). A client whose MAC"
                            + " address cannot be seen, behind another router for example, meets this condition if the"
                            + " rule leads to a tunnel, and does not if not."),
            Condition.WordKind.SOURCE_HOSTNAME,
            Key.optional(
                    Condition.WordKind.SOURCE_HOSTNAME.key(),
                    Type.listOf(value("a host name", "string", ConditionValues::deviceName)),
                    "The client is the device that told the DHCP server this name; needs dhcp-leases. It holds for all"
                            + " addresses of the device. While its name cannot be found out, it meets this condition if"
                            + " the rule leads to a tunnel, and does not if not. Devices choose their names themselves."));

    static final Key<ConfigNode> ALL = nested("all", "All of these conditions hold.");
    static final Key<ConfigNode> ANY = nested("any", "At least one of these conditions holds.");
    static final Key<ConfigNode> NOT = nested("not", "This condition does not hold.");

    static final Key<String> TO = Key.required("to", Type.TEXT, "an outbound, a group, direct or block");

    static final Key<Instant> UNTIL = Key.optional(
            "until",
            Type.scalar("a time such as 2026-11-26T18:00:00Z, or 2026-11-26 18:00 of this machine", RuleKeys::time),
            "When the rule ends to match, by itself; flows then go by the rules below. As long as the clock has not"
                    + " been set, a rule that leads to no tunnel counts as ended.");

    /** The keys of a condition inside {@code all}, {@code any} and {@code not}. */
    public static final List<Key<?>> CONDITION = conditionKeys();

    /** The keys of a rule. */
    public static final List<Key<?>> RULE = ruleKeys();

    private RuleKeys() {}

    private static List<Key<?>> conditionKeys() {
        List<Key<?>> keys = new ArrayList<>();
        for (Condition.NameKind kind : Condition.NameKind.values()) {
            keys.add(key(NAMES, kind));
        }
        keys.addAll(List.of(RULE_SET, IP_CIDR, COUNTRY, ASN, RESOLVE, PORT, SOURCE, SOURCE_PORT, NETWORK));
        for (Condition.WordKind kind : Condition.WordKind.values()) {
            keys.add(key(WORDS, kind));
        }
        keys.addAll(List.of(ALL, ANY, NOT));
        return List.copyOf(keys);
    }

    private static List<Key<?>> ruleKeys() {
        List<Key<?>> keys = new ArrayList<>(CONDITION);
        keys.addAll(List.of(TO, UNTIL));
        return List.copyOf(keys);
    }

    /** The key of a kind; every kind has one. */
    static <K> Key<List<String>> key(Map<K, Key<List<String>>> keys, K kind) {
        Key<List<String>> key = keys.get(kind);
        if (key == null) {
            throw new IllegalArgumentException("no key for " + kind);
        }
        return key;
    }

    /**
     * A time: RFC 3339, or a date and a time of day of this machine.
     *
     * @throws IllegalArgumentException naming what is wrong
     */
    public static Instant time(String text) {
        String iso = text.strip().replaceFirst("^([0-9-]{10}) +", "$1T");
        try {
            return iso.matches(".*(Z|z|[+-][0-9]{2}:[0-9]{2})")
                    ? OffsetDateTime.parse(iso).toInstant()
                    : LocalDateTime.parse(iso).atZone(ZoneId.systemDefault()).toInstant();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "\"" + text
                            + "\" (expected: a time such as 2026-11-26T18:00:00Z, or 2026-11-26 18:00 of this machine)",
                    e);
        }
    }

    private static Key<List<String>> names(Condition.NameKind kind, Reader<String> reader, String help) {
        return Key.optional(kind.key(), Type.listOf(value("a " + kind.key(), "string", reader)), help);
    }

    private static Key<List<String>> words(Condition.WordKind kind, String help) {
        return Key.optional(kind.key(), Type.listOf(Type.TEXT), help);
    }

    private static Key<ConfigNode> nested(String name, String help) {
        JsonObject reference = new JsonObject();
        reference.addProperty("$ref", "#/$defs/condition");
        JsonObject list = Type.schema("array");
        list.add("items", reference.deepCopy());
        JsonArray either = new JsonArray();
        either.add(reference);
        either.add(list);
        JsonObject schema = new JsonObject();
        schema.add("anyOf", either);
        return Key.optional(name, Type.node("conditions", schema), help);
    }

    private static Type<List<PortRange>> ports() {
        return Type.listOf(value("a port or a range such as 1000-2000", "integer", ConditionValues::ports));
    }

    private static Type<List<Cidr>> networks() {
        return Type.listOf(Type.of("an address or network", Type.schema("string"), (node, what, problems) -> {
            Cidr network = value("an address or network", "string", ConditionValues::network)
                    .read(node, what, problems);
            if (network != null && ConditionValues.hasHostBits(node.text(), network)) {
                problems.warning(
                        node,
                        Remark.of("network-bits").with("text", node.text()).with("network", network),
                        what + ": \"" + node.text() + "\" has bits set behind its prefix",
                        "it is read as " + network);
            }
            return network;
        }));
    }

    /** A scalar; {@code json} is the type that a number-like value may also have in the schema. */
    private static <T> Type<T> value(String words, String json, Reader<T> reader) {
        JsonObject schema = Type.schema("string");
        if (!json.equals("string")) {
            JsonArray types = new JsonArray();
            types.add(json);
            types.add("string");
            schema.add("type", types);
        }
        return Type.of(words, schema, (node, what, problems) -> {
            if (node.kind() != ConfigNode.Kind.SCALAR) {
                problems.error(
                        node,
                        what + " must be " + words + ", not " + node.kind().words());
                return null;
            }
            try {
                return reader.read(node.text());
            } catch (RuleSyntaxException e) {
                problems.error(node, what + ": " + e.reason(), e.hint());
                return null;
            }
        });
    }
}
