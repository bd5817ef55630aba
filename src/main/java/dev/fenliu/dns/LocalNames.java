package dev.fenliu.dns;

import java.util.Set;

/** Names that mean something in one network only, so that no public resolver should hear them. */
final class LocalNames {
    /** RFC 6762 (local), RFC 8375 (home.arpa), ICANN's reservation of internal, and what routers use. */
    private static final Set<String> SUFFIXES = Set.of("local", "lan", "internal", "home.arpa");

    private LocalNames() {}

    /** Whether the name has a single label or ends in one of the suffixes. */
    static boolean isLocal(String host) {
        int last = host.lastIndexOf('.');
        if (last < 0) {
            return true;
        }
        int second = host.lastIndexOf('.', last - 1);
        return SUFFIXES.contains(host.substring(last + 1)) || SUFFIXES.contains(host.substring(second + 1));
    }
}
