package dev.fenliu.route.list;

import java.util.Set;

/**
 * Directives of dnsmasq about domains, {@code server=/example.org/example.net/192.0.2.1}: each domain means itself and
 * all below. {@code server=/example.org/#} gives a domain back to the usual servers, so it is an exception.
 */
final class DnsmasqLine implements LineSyntax {
    private static final Set<String> KEYS =
            Set.of("server", "address", "local", "ipset", "nftset", "rebind-domain-ok", "rev-server");

    @Override
    public void read(String line, int number, Entries out) {
        String text = ClassicalLine.withoutComment(line);
        if (text.isEmpty() || text.startsWith("#")) {
            return;
        }
        int equals = text.indexOf('=');
        int last = text.lastIndexOf('/');
        String key = equals < 0 ? text : text.substring(0, equals).strip();
        if (!KEYS.contains(key) || !text.substring(equals + 1).strip().startsWith("/") || last == text.indexOf('/')) {
            out.bad(number, text, "no directive about domains (expected: server=/example.org/192.0.2.1)");
            return;
        }
        boolean except = (key.equals("server") || key.equals("local"))
                && text.substring(last + 1).strip().equals("#");
        for (String domain : text.substring(text.indexOf('/') + 1, last).split("/", -1)) {
            domain(domain.strip(), except, number, out);
        }
    }

    private static void domain(String domain, boolean except, int number, Entries out) {
        if (domain.isEmpty() || domain.equals("#")) {
            out.bad(number, domain, domain.isEmpty() ? "names without a dot cannot be listed" : "# means every name");
        } else if (domain.startsWith("*.")) {
            out.add(EntryKind.DOMAIN_BELOW, domain.substring(2), except, number);
        } else if (domain.startsWith("*")) {
            out.add(EntryKind.DOMAIN_WILDCARD, domain, except, number);
        } else {
            out.add(EntryKind.DOMAIN_SUFFIX, domain.startsWith(".") ? domain.substring(1) : domain, except, number);
        }
    }

    /** Whether the line is a directive of dnsmasq. */
    static boolean isDirective(String text) {
        int equals = text.indexOf('=');
        return equals > 0 && (KEYS.contains(text.substring(0, equals)) || text.startsWith("bogus-nxdomain="));
    }
}
