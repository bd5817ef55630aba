package dev.fenliu.dns;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.model.Host;
import dev.fenliu.net.TlsOptions;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The keys of {@code dns:} and of an upstream that is written as a mapping. */
public final class DnsKeys {
    private static final Key<Upstream> URL = Key.required(
            "url",
            Type.scalar("an upstream", Upstream::parse),
            "The upstream as the short form writes it, such as https://dns.example/dns-query.");
    private static final Key<InetAddress> ADDRESS =
            Key.optional("address", Type.ADDRESS, "Where the host of `url` is, so that its name is never looked up.");
    private static final Key<String> SNI = Key.optional(
            "sni",
            Type.scalar("a host name", text -> Host.parse(text).toString()),
            "The server name to ask for and to verify; the host of `url` if absent.");
    private static final Key<Path> CA =
            Key.optional("ca", Type.PATH, "PEM file of the authorities to trust instead of the system's.");
    private static final Key<String> PIN =
            Key.optional("pin", Type.SHA256, "Base64 SHA-256 of the server's public key; no other key is accepted.");

    private static final Key<Edns.Subnet> CLIENT_SUBNET = Key.optional(
            "client-subnet",
            Type.scalar("a network", Edns.Subnet::parse),
            "ADDRESS/PREFIX: a network near you, for a resolver that is far away and whose answers depend on where the"
                    + " client is (EDNS client subnet); 0.0.0.0/0 asks it to tell others nothing. Absent: none is sent,"
                    + " and what clients send is not passed on.");

    /** Of an upstream that is a mapping. */
    public static final List<Key<?>> UPSTREAM = List.of(URL, ADDRESS, SNI, CA, PIN, CLIENT_SUBNET);

    private static final Type<List<Upstream>> UPSTREAMS =
            Type.listOf(Type.of("an upstream", upstreamSchema(), DnsKeys::upstream));

    private static final Key<List<Upstream>> DIRECT = Key.withDefault(
            "direct",
            UPSTREAMS,
            DnsOptions.DEFAULT_DIRECT,
            "Upstreams for names that go direct: system, udp://ADDRESS, tcp://ADDRESS, tls://HOST or"
                    + " https://HOST/dns-query; #NAME after an address is the name on the certificate.");
    private static final Key<List<Upstream>> TUNNEL = Key.withDefault(
            "tunnel",
            UPSTREAMS,
            List.of(),
            "Upstreams asked through the tunnel for clients of a DNS listener; without them the far end resolves.");
    private static final Key<List<Upstream>> BOOTSTRAP = Key.withDefault(
            "bootstrap",
            UPSTREAMS,
            List.of(),
            "Upstreams by address for the names of tunnel servers and of other upstreams; those of `direct` that"
                    + " have an address, then the system's, if absent.");
    private static final Key<Map<String, List<InetAddress>>> HOSTS = Key.withDefault(
            "hosts",
            Type.mapOf(Type.listOf(Type.ADDRESS)),
            Map.of(),
            "Fixed addresses by name; *.NAME stands for all names below it. They come before the system's hosts file.");

    private static final Key<Long> SIZE =
            Key.withDefault("size", Type.SIZE, CacheOptions.DEFAULT.size(), "Memory for answers; 0 keeps none.");
    private static final Key<Duration> STALE = Key.withDefault(
            "stale",
            Type.DURATION,
            CacheOptions.DEFAULT.stale(),
            "How long after it expired an answer is given at once while a new one is fetched.");
    private static final Key<Duration> STALE_ON_ERROR = Key.withDefault(
            "stale-on-error",
            Type.DURATION,
            CacheOptions.DEFAULT.staleOnError(),
            "How long after it expired an answer is given when no upstream answers.");

    private static final Key<Boolean> PERSIST = Key.withDefault(
            "persist",
            Type.BOOLEAN,
            CacheOptions.DEFAULT.persist(),
            "Whether answers are kept over a restart, in a file of the state folder that only its owner can read.");

    /** Of {@code cache:}. */
    public static final List<Key<?>> CACHE_KEYS = List.of(SIZE, STALE, STALE_ON_ERROR, PERSIST);

    private static final Key<CacheOptions> CACHE = Key.withDefault(
            "cache",
            Type.of("a mapping of cache settings", mapping(CACHE_KEYS), DnsKeys::cache),
            CacheOptions.DEFAULT,
            "How answers are kept: `size`, `stale`, `stale-on-error`, `persist`.");
    private static final Key<List<String>> PRIVATE_NAMES = Key.withDefault(
            "private-names",
            Type.listOf(Type.scalar("a host name", DnsKeys::nameOf)),
            List.of(),
            "Public names, with all below them, that may have private addresses. Other names get no answer when a public"
                    + " resolver gives one, so that no web page reaches into the home by a name of its own (DNS rebinding).");
    private static final Key<DnsOptions.Blocked> BLOCKED = Key.withDefault(
            "blocked",
            Type.choice(DnsOptions.Blocked.class),
            DnsOptions.Blocked.NXDOMAIN,
            "What clients of a DNS listener are told of a name that a rule blocks: nxdomain, there is no such name; zero,"
                    + " its addresses are 0.0.0.0 and [::].");
    private static final Key<DnsOptions.Ipv6> IPV6 = Key.withDefault(
            "ipv6",
            Type.choice(DnsOptions.Ipv6.class),
            DnsOptions.Ipv6.AUTO,
            "Whether IPv6 addresses are looked up; auto: if this machine has a global one.");

    /** Of {@code dns:}. */
    public static final List<Key<?>> ALL =
            List.of(DIRECT, TUNNEL, BOOTSTRAP, HOSTS, PRIVATE_NAMES, CACHE, IPV6, BLOCKED);

    private DnsKeys() {}

    /** Reads {@code dns:}, opened with {@link #ALL}; problems are reported to the section. */
    public static DnsOptions parse(Section section) {
        List<Upstream> direct = section.value(DIRECT);
        if (direct.isEmpty()) {
            section.problems().error(section.at(DIRECT), "\"direct\" names no upstream");
        }
        List<Upstream> bootstrap = section.value(BOOTSTRAP);
        List<ConfigNode> places = section.at(BOOTSTRAP).items();
        for (int i = 0; i < bootstrap.size(); i++) {
            Upstream upstream = bootstrap.get(i);
            if (!upstream.hasAddress()) {
                section.problems()
                        .error(
                                places.isEmpty() ? section.at(BOOTSTRAP) : places.get(i),
                                "\"bootstrap\": " + upstream.text() + " has a name, which nothing could resolve",
                                "write its address, and the name on its certificate after a #");
            }
        }
        return new DnsOptions(
                direct,
                section.value(TUNNEL),
                bootstrap,
                new DnsOptions.Local(hosts(section), Set.copyOf(section.value(PRIVATE_NAMES))),
                section.value(CACHE),
                new DnsOptions.Replies(section.value(IPV6), section.value(BLOCKED)));
    }

    private static String nameOf(String text) {
        if (Host.parse(text) instanceof Host.Name name) {
            return name.value();
        }
        throw new IllegalArgumentException("is an address");
    }

    private static Map<String, List<InetAddress>> hosts(Section section) {
        Map<String, List<InetAddress>> out = new LinkedHashMap<>();
        Map<String, List<InetAddress>> written = section.value(HOSTS);
        List<ConfigNode.Entry> entries = section.has(HOSTS) ? section.at(HOSTS).entries() : List.<ConfigNode.Entry>of();
        for (ConfigNode.Entry entry : entries) {
            String name = hostName(entry.key(), section.problems());
            List<InetAddress> addresses = written.get(entry.key().text());
            if (name == null || addresses == null) {
                continue;
            }
            if (addresses.isEmpty()) {
                section.problems().error(entry.value(), "\"hosts\": \"" + name + "\" has no address");
            } else if (out.put(name, addresses) != null) {
                section.problems().error(entry.key(), "\"hosts\": \"" + name + "\" is there twice");
            }
        }
        return out;
    }

    private static @Nullable String hostName(ConfigNode key, Problems problems) {
        String below = key.text().startsWith("*.") ? "*." : "";
        try {
            if (Host.parse(key.text().substring(below.length())) instanceof Host.Name name) {
                return below + name.value();
            }
            problems.error(key, "\"hosts\": \"" + key.text() + "\" is an address, not a name");
        } catch (IllegalArgumentException e) {
            problems.error(key, "\"hosts\": " + e.getMessage());
        }
        return null;
    }

    private static @Nullable CacheOptions cache(ConfigNode node, String what, Problems problems) {
        Section section = Section.open(node, what, CACHE_KEYS, problems);
        if (section == null) {
            return null;
        }
        Duration stale = section.value(STALE);
        Duration onError = section.value(STALE_ON_ERROR);
        return new CacheOptions(
                section.value(SIZE), stale, onError.compareTo(stale) < 0 ? stale : onError, section.value(PERSIST));
    }

    private static @Nullable Upstream upstream(ConfigNode node, String what, Problems problems) {
        if (node.kind() != ConfigNode.Kind.MAPPING) {
            return URL.type().read(node, what, problems);
        }
        Section section = Section.open(node, "an upstream in " + what, UPSTREAM, problems);
        Upstream upstream = section == null ? null : section.get(URL);
        if (section == null || upstream == null) {
            return null;
        }
        InetAddress address = section.get(ADDRESS);
        Path ca = section.get(CA);
        TlsOptions tls = new TlsOptions(
                Optional.ofNullable(section.get(SNI)),
                List.of(),
                Optional.ofNullable(ca),
                Optional.ofNullable(section.get(PIN)),
                Optional.empty(),
                Optional.empty());
        if (ca != null && !Files.isReadable(ca)) {
            String why = Files.exists(ca) ? "permission denied" : "there is no such file";
            problems.error(section.at(CA), "\"ca\": cannot read " + ca, why);
        }
        if (!upstream.scheme().encrypted() && Stream.of(ADDRESS, SNI, CA, PIN).anyMatch(key -> section.has(key))) {
            problems.error(node, upstream.text() + " takes no key but `client-subnet`: it speaks no TLS");
        }
        if (!section.clean()) {
            return null;
        }
        Upstream trusted = upstream.with(tls);
        Upstream placed = address == null ? trusted : trusted.at(address);
        Edns.Subnet subnet = section.get(CLIENT_SUBNET);
        return subnet == null ? placed : placed.telling(subnet);
    }

    private static JsonObject upstreamSchema() {
        JsonArray any = new JsonArray();
        any.add(Type.schema("string"));
        any.add(mapping(UPSTREAM));
        JsonObject schema = new JsonObject();
        schema.add("anyOf", any);
        return schema;
    }

    private static JsonObject mapping(List<Key<?>> keys) {
        JsonObject properties = new JsonObject();
        keys.forEach(key -> properties.add(key.name(), key.type().schema()));
        JsonObject mapping = Type.schema("object");
        mapping.add("properties", properties);
        mapping.addProperty("additionalProperties", false);
        return mapping;
    }
}
