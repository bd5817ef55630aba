package dev.fenliu.dns;

import dev.fenliu.model.Addresses;
import java.net.InetAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Names that mean something in one network only, so that no public resolver should hear them. */
final class LocalNames {
    /** RFC 6762 (local), RFC 8375 (home.arpa), ICANN's reservation of internal, and what routers use. */
    private static final Set<String> SUFFIXES = Set.of("local", "lan", "internal", "home.arpa");

    private LocalNames() {}

    /** What validators ask about the public tree from its root on: NS, SOA, DS, DNSKEY (RFC 4035 section 4.2). */
    private static final Set<Integer> OF_THE_TREE = Set.of(2, Query.SOA, 43, 48);

    /**
     * Whether the query is for this network only: its name is, and it does not ask about the root or a top-level domain
     * of the public tree.
     */
    static boolean isLocal(Query query) {
        String host = query.host();
        boolean top = host.indexOf('.') < 0 && !SUFFIXES.contains(host);
        return isLocal(host) && !(top && (host.isEmpty() || OF_THE_TREE.contains(query.type())));
    }

    /** Whether the name has a single label, ends in one of the suffixes, or asks who has a private address. */
    static boolean isLocal(String host) {
        InetAddress whose = address(host);
        if (whose != null) {
            return Addresses.isInternal(whose);
        }
        int last = host.lastIndexOf('.');
        if (last < 0) {
            return true;
        }
        int second = host.lastIndexOf('.', last - 1);
        return SUFFIXES.contains(host.substring(last + 1)) || SUFFIXES.contains(host.substring(second + 1));
    }

    /**
     * The address that a name in the reverse trees is for (RFC 1035 section 3.5, RFC 3596 section 2.5), with zeros for labels
     * that are missing; null for other names.
     */
    static @Nullable InetAddress address(String host) {
        boolean four = host.endsWith(".in-addr.arpa");
        if (!four && !host.endsWith(".ip6.arpa")) {
            return null;
        }
        String[] labels =
                host.substring(0, host.lastIndexOf('.', host.length() - 6)).split("\\.", -1);
        byte[] address = new byte[four ? 4 : 16];
        int parts = four ? 4 : 32;
        for (int i = 0; i < labels.length; i++) {
            int number = number(labels[labels.length - 1 - i], four ? 10 : 16);
            if (i >= parts || number < 0 || number > (four ? 255 : 15)) {
                return null;
            }
            address[four ? i : i / 2] |= (byte) (four || i % 2 == 1 ? number : number << 4);
        }
        return Addresses.of(address);
    }

    private static int number(String label, int radix) {
        try {
            return label.length() > 3 ? -1 : Integer.parseInt(label, radix);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
