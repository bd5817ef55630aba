package dev.fenliu.engine;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Type;
import dev.fenliu.inbound.ListenerType;
import dev.fenliu.model.Destination;
import dev.fenliu.model.GivenNames;
import dev.fenliu.model.Host;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The keys of the configuration file that belong to no protocol. The parser, the schema and the reference read them. */
public final class ConfigKeys {
    private static final Type<ConfigNode> MAPPING = Type.node("a mapping", Type.schema("object"));
    private static final Type<ConfigNode> LIST = Type.node("a list", Type.schema("array"));

    private static final Type<String> DEVICE_NAME = Type.text(
            "a name in one line, at most 60 characters",
            "[^\\p{Cntrl}\\p{Z}](?:[^\\p{Cntrl}\\p{Zl}\\p{Zp}]{0,58}[^\\p{Cntrl}\\p{Z}])?");

    static final Key<Integer> VERSION = Key.withDefault(
            "version", Type.integer(1, 1), 1, "The version of this format; 1 is the only one there is.");
    static final Key<ConfigNode> LISTENERS =
            Key.optional("listeners", LIST, "Where clients come in; one mixed listener on 127.0.0.1:7890 if absent.");
    static final Key<ConfigNode> OUTBOUNDS = Key.optional(
            "outbounds",
            MAPPING,
            "Ways out by name: a mapping with `type`, or a share link. `direct` and `block` exist.");
    static final Key<ConfigNode> GROUPS = Key.optional("groups", MAPPING, "Groups by name: they pick among outbounds.");
    static final Key<ConfigNode> SUBSCRIPTIONS = Key.optional(
            "subscriptions",
            MAPPING,
            "Lists of nodes by name, as providers keep them. Groups `use` them; an outbound of the config takes the"
                    + " place of the node that has its name.");
    static final Key<ConfigNode> RULE_SETS =
            Key.optional("rule-sets", MAPPING, "Lists of hosts and networks by name, for the `rule-set` condition.");
    static final Key<ConfigNode> RULES = Key.optional(
            "rules",
            LIST,
            "Who goes where: the first match wins, the last rule has no condition. All direct if absent.");
    static final Key<ConfigNode> RULE_TESTS = Key.optional(
            "rule-tests",
            LIST,
            "What the rules must decide; a failing test stops start and reload. A rule that ends by itself sets a"
                    + " test aside until then if it sends its host to a tunnel or blocks it.");
    static final Key<ConfigNode> DNS =
            Key.optional("dns", MAPPING, "How names of direct flows and of tunnel servers are resolved.");
    static final Key<ConfigNode> API = Key.optional("api", MAPPING, "Where the control API listens.");
    static final Key<ConfigNode> LOG = Key.optional("log", MAPPING, "What is written.");
    static final Key<ConfigNode> HISTORY = Key.optional(
            "history",
            Type.node("off, memory, disk, or a mapping", Type.schema("object")),
            "What is kept of the traffic that was counted: on the disk if absent, for 30 days, without destinations.");
    static final Key<ConfigNode> GEOIP =
            Key.optional("geoip", MAPPING, "The database of the `country` and `asn` conditions.");

    static final Key<List<Path>> DHCP_LEASES = Key.withDefault(
            "dhcp-leases",
            Type.listOf(Type.PATH),
            List.of(),
            "Lease files of the DHCP server on this machine (dnsmasq: /var/lib/misc/dnsmasq.leases; ISC:"
                    + " /var/lib/dhcp/dhcpd.leases). They name devices for `source-hostname`, and their names have an"
                    + " address for clients of a DNS listener: NAME and NAME.lan. Read anew when they change.");

    static final Key<GivenNames> DEVICES = Key.withDefault(
            "devices",
            Type.of(
                    "a mapping of MAC and IP addresses to names",
                    Type.mapOf(DEVICE_NAME).schema(),
                    ConfigKeys::givenNames),
            GivenNames.NONE,
            "What devices are called on the dashboard, in `status` and in what is counted, by their MAC address (Linux) or"
                    + " an IP address. Rules know nothing of it.");

    /** The keys of the file itself. */
    public static final List<Key<?>> ROOT = List.of(
            VERSION,
            LISTENERS,
            OUTBOUNDS,
            GROUPS,
            SUBSCRIPTIONS,
            RULE_SETS,
            RULES,
            RULE_TESTS,
            DNS,
            DEVICES,
            DHCP_LEASES,
            API,
            LOG,
            HISTORY,
            GEOIP);

    static final Key<String> TYPE = Key.required("type", Type.TEXT, "The protocol.");
    static final Key<String> NAME =
            Key.optional("name", Type.TEXT, "The listener's name in rules and logs; its type and port if absent.");
    static final Key<InetSocketAddress> LISTEN =
            Key.required("listen", Type.LISTEN, "The address and port to listen on.");
    static final Key<Map<String, Secret>> USERS =
            Key.optional("users", Type.mapOf(Type.SECRET), "Names and passwords of those who may use it.");
    static final Key<Path> USERS_FILE = Key.optional(
            "users-file",
            Type.PATH,
            "A file of users that `fenliu serve` made and `fenliu pair` changes, in the place of `users`.");
    static final Key<Boolean> LAN = Key.withDefault(
            "lan",
            Type.choice(Map.of("trusted", true)),
            false,
            "`trusted`: clients of the local network need no password.");

    /** The keys of every listener. */
    public static final List<Key<?>> LISTENER = List.of(TYPE, NAME, LISTEN, USERS, LAN);

    /** The keys of a listener of that type. */
    public static List<Key<?>> listener(ListenerType<?> type) {
        List<Key<?>> keys = new ArrayList<>(LISTENER);
        if (type.remote()) {
            keys.add(USERS_FILE);
        }
        keys.addAll(type.keys());
        return keys;
    }

    static final Key<String> VIA =
            Key.optional("via", Type.TEXT, "The outbound or group that carries it to its server.");

    /** The keys of every outbound. */
    public static final List<Key<?>> OUTBOUND = List.of(TYPE, VIA);

    private static final Type<Pattern> EXPRESSION = Type.scalar("a regular expression (RE2)", text -> {
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("\"" + text + "\": " + e.getDescription(), e);
        }
    });

    static final Key<List<String>> USE = Key.optional(
            "use",
            Type.listOf(Type.TEXT),
            "Subscriptions whose nodes are members too, behind those of `members`; `all` for every one.");
    static final Key<Pattern> FILTER =
            Key.optional("filter", EXPRESSION, "What the name of a node must have in it to be a member.");
    static final Key<Pattern> EXCLUDE =
            Key.optional("exclude", EXPRESSION, "What the name of a node must not have in it.");

    static final Key<Secret> SUBSCRIPTION_URL = Key.optional(
            "url",
            Type.of("an http or https address, or a reference", Type.SECRET.schema(), ConfigKeys::secretWeb),
            "Where the list is: a secret, shown nowhere but for its host. The last good copy is kept.");
    static final Key<Path> SUBSCRIPTION_FILE =
            Key.optional("file", Type.PATH, "A list on this machine, instead of `url`.");
    static final Key<Duration> SUBSCRIPTION_EVERY = Key.optional(
            "every",
            Type.DURATION.checked(ConfigKeys::period),
            "How often the list is asked for news; as its provider says if absent, else every 12 hours.");
    static final Key<String> SUBSCRIPTION_VIA = Key.optional(
            "via",
            Type.TEXT,
            "The outbound or group that fetches it; if absent direct, and where that fails through a tunnel.");
    static final Key<String> USER_AGENT = Key.withDefault(
            "user-agent",
            Type.text("one line of ASCII, at most 200 characters", "[ -~]{1,200}"),
            "Fenliu (clash.meta)",
            "What the server is told of who asks; many choose the format by it.");
    static final Key<List<String>> SUBSCRIPTION_INSECURE = Key.withDefault(
            "insecure",
            Type.listOf(Type.TEXT),
            List.of(),
            "Names of nodes that ask not to verify the server's certificate, and may; the others that ask are"
                    + " refused.");

    /** The keys of a subscription. */
    public static final List<Key<?>> SUBSCRIPTION = List.of(
            SUBSCRIPTION_URL,
            SUBSCRIPTION_FILE,
            SUBSCRIPTION_EVERY,
            SUBSCRIPTION_VIA,
            USER_AGENT,
            SUBSCRIPTION_INSECURE);

    static final Key<String> FILE = Key.optional(
            "file", Type.TEXT, "A file, relative to the config; `built-in:NAME` is a list that the program carries.");
    static final Type<URI> WEB = Type.scalar("an http or https address", ConfigKeys::web);

    static final Key<URI> URL = Key.optional("url", WEB, "A remote list; its last good copy is kept.");
    static final Key<ConfigNode> ENTRIES =
            Key.optional("entries", LIST, "The entries themselves: names, networks and Clash rule lines.");
    static final Key<String> FORMAT =
            Key.optional("format", Type.TEXT, "The format of the list; recognised from content if absent.");
    static final Key<String> CODE = Key.withDefault(
            "code",
            Type.TEXT,
            "",
            "Which list of a file that holds many (geosite.dat, geoip.dat): `openai`, `google@ads`.");
    static final Key<Duration> EVERY = Key.withDefault(
            "every",
            Type.DURATION.checked(ConfigKeys::period),
            Duration.ofHours(24),
            "How often a remote list is asked for news.");
    static final Key<String> LIST_VIA = Key.withDefault(
            "via",
            Type.TEXT,
            "direct",
            "The outbound or group that fetches a remote list; from a host that the rules tunnel it comes through that"
                    + " tunnel, not direct.");

    /** The keys of a rule-set. */
    public static final List<Key<?>> RULE_SET = List.of(FILE, URL, ENTRIES, FORMAT, CODE, EVERY, LIST_VIA);

    static final Key<Config.Level> LEVEL = Key.withDefault(
            "level", Type.choice(Config.Level.class), Config.Level.INFO, "The least important message written.");
    static final Key<Config.Flows> FLOWS = Key.withDefault(
            "flows",
            Type.choice(Config.Flows.class),
            Config.Flows.AUTO,
            "A line a flow: `on`, `off`, or `auto`: on a terminal only, never in a journal or file.");

    /** The keys of {@code log:}. */
    public static final List<Key<?>> LOG_KEYS = List.of(LEVEL, FLOWS);

    static final Key<List<Path>> GEO_FILE = Key.required(
            "file", Type.listOf(Type.PATH), "The .mmdb file of countries or of autonomous systems, or both files.");

    /** The keys of {@code geoip:}. */
    public static final List<Key<?>> GEOIP_KEYS = List.of(GEO_FILE);

    private ConfigKeys() {}

    private static @Nullable GivenNames givenNames(ConfigNode node, String what, Problems problems) {
        boolean good = Type.mapOf(DEVICE_NAME).read(node, what, problems) != null;
        Map<String, String> names = new LinkedHashMap<>();
        for (ConfigNode.Entry entry : node.entries()) {
            String text = entry.key().text();
            try {
                String before = names.put(GivenNames.key(text), entry.value().text());
                if (before != null) {
                    throw new IllegalArgumentException("\"" + text + "\" is named already: \"" + before + "\"");
                }
            } catch (IllegalArgumentException e) {
                problems.error(entry.key(), what + ": " + e.getMessage());
                good = false;
            }
        }
        return good ? new GivenNames(names) : null;
    }

    private static @Nullable Secret secretWeb(ConfigNode node, String what, Problems problems) {
        Secret address = Type.SECRET.read(node, what, problems);
        if (address == null) {
            return null;
        }
        try {
            web(address.value());
            return address;
        } catch (IllegalArgumentException e) {
            problems.error(node, what + " must be http://… or https://…, without user and password");
            return null;
        }
    }

    private static URI web(String text) {
        try {
            URI uri = new URI(text);
            boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
            if (web && uri.getHost() != null && uri.getUserInfo() == null) {
                new Destination(Host.parse(uri.getHost()), uri.getPort() < 0 ? 80 : uri.getPort());
                return uri;
            }
        } catch (URISyntaxException e) {
            // said below
        }
        String login = text.matches("https?://[^/]*@.*") ? ", without user and password" : "";
        throw new IllegalArgumentException("\"" + text + "\" (expected: http://… or https://…" + login + ")");
    }

    private static Duration period(Duration every) {
        if (every.compareTo(Duration.ofMinutes(1)) < 0) {
            throw new IllegalArgumentException("a list is not asked for more often than once a minute");
        }
        return every;
    }
}
