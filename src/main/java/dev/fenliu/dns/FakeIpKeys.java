package dev.fenliu.dns;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.model.Host;
import dev.fenliu.route.list.Cidr;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The keys of {@code fake-ip:}. */
public final class FakeIpKeys {
    private static final Key<Cidr> IPV4 = Key.withDefault(
            "ipv4",
            Type.scalar("an IPv4 network", text -> range(text, true)),
            FakeRanges.DEFAULT.ipv4(),
            "The network of the fake IPv4 addresses, of 8 to 24 bits; nothing else may use it.");
    private static final Key<Cidr> IPV6 = Key.withDefault(
            "ipv6",
            Type.scalar("an IPv6 network", text -> range(text, false)),
            FakeRanges.DEFAULT.ipv6(),
            "The network of the fake IPv6 addresses, of 8 to 112 bits; nothing else may use it.");
    private static final Key<List<String>> EXCEPT = Key.withDefault(
            "except",
            Type.listOf(Type.scalar("a host name", FakeIpKeys::nameOf)),
            List.of(),
            "Names that keep their real addresses, with all below them, whatever the rules say.");

    /** Of {@code fake-ip:}. */
    public static final List<Key<?>> ALL = List.of(IPV4, IPV6, EXCEPT);

    /** {@code fake-ip:} itself. */
    static final Key<FakeOptions> FAKE_IP = Key.withDefault(
            "fake-ip",
            Type.of("yes, no, or a mapping of `ipv4`, `ipv6`, `except`", schema(), FakeIpKeys::read),
            FakeOptions.OFF,
            "For gateways: clients of a DNS listener get a fake address for each name that a rule sends to a tunnel, without"
                    + " any look-up, and what they then send to it goes to that name. Names of direct rules keep their"
                    + " real addresses. Which name has which address is kept over a restart, in a file of the state"
                    + " folder that only its owner can read. Elsewhere: fake-ip-range, fake-ip-filter; inet4_range.");

    private FakeIpKeys() {}

    private static Cidr range(String text, boolean four) {
        Cidr range = text.indexOf('/') < 0 ? null : Cidr.parse(text);
        int longest = four ? FakeRanges.LONGEST_IPV4 : FakeRanges.LONGEST_IPV6;
        if (range == null || range.isV4() != four || range.prefix() < 8 || range.prefix() > longest) {
            Cidr usual = four ? FakeRanges.DEFAULT.ipv4() : FakeRanges.DEFAULT.ipv6();
            throw new IllegalArgumentException(
                    "\"" + text + "\" (expected: a network of 8 to " + longest + " bits, such as " + usual + ")");
        }
        return range;
    }

    private static String nameOf(String text) {
        if (Host.parse(text) instanceof Host.Name name) {
            return name.value();
        }
        throw new IllegalArgumentException("is an address");
    }

    private static @Nullable FakeOptions read(ConfigNode node, String what, Problems problems) {
        if (node.kind() != ConfigNode.Kind.MAPPING) {
            Boolean on = Type.BOOLEAN.read(node, what, problems);
            return on == null ? null : on ? FakeOptions.ON : FakeOptions.OFF;
        }
        Section section = Section.open(node, what, ALL, problems);
        if (section == null) {
            return null;
        }
        Cidr ipv4 = section.value(IPV4);
        Cidr ipv6 = section.value(IPV6);
        List<String> except = section.value(EXCEPT);
        return section.clean() ? new FakeOptions(true, new FakeRanges(ipv4, ipv6), Set.copyOf(except)) : null;
    }

    private static JsonObject schema() {
        JsonArray any = new JsonArray();
        any.add(Type.BOOLEAN.schema());
        any.add(Section.schema(ALL));
        JsonObject schema = new JsonObject();
        schema.add("anyOf", any);
        return schema;
    }
}
