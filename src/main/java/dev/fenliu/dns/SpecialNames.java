package dev.fenliu.dns;

import java.util.Optional;
import java.util.Set;

/** Names that no upstream is asked for, whatever the rules say. */
final class SpecialNames {
    /** That Firefox asks before it goes its own way past this resolver: no such name means it should not. */
    private static final String FIREFOX_CANARY = "use-application-dns.net";

    /** By which clients learn of encrypted resolvers to use instead (RFC 9462); there is none but this. */
    private static final String DISCOVERY = "_dns.resolver.arpa";

    /** RFC 6761 section 6.4 and RFC 7686: never exist in DNS. */
    private static final Set<String> NOWHERE = Set.of("invalid", "onion");

    private SpecialNames() {}

    /** The rcode of the empty answer that such a name gets; empty for all others. */
    static Optional<Integer> rcode(String host) {
        if (host.equals(FIREFOX_CANARY) || NOWHERE.contains(host.substring(host.lastIndexOf('.') + 1))) {
            return Optional.of(Query.NXDOMAIN);
        }
        return host.equals(DISCOVERY) || host.endsWith("." + DISCOVERY) ? Optional.of(Query.NOERROR) : Optional.empty();
    }
}
