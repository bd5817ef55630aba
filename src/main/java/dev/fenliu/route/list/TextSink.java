package dev.fenliu.route.list;

import dev.fenliu.model.Addresses;
import java.net.InetAddress;

/**
 * Receives what a list holds as people read it. A thing has one text in all formats that can say it. Bad lines are left
 * out.
 */
@FunctionalInterface
public interface TextSink extends ListSink {
    /**
     * An entry.
     *
     * @param line from 1; 0 for formats without lines
     */
    void text(String entry, int line);

    @Override
    default void entry(EntryKind kind, String value, int line) {
        text(
                switch (kind) {
                    case DOMAIN, IP_CIDR, IP_CIDR_KNOWN, CLASH_LINE -> value;
                    case DOMAIN_SUFFIX -> "+." + value;
                    case DOMAIN_BELOW -> "." + value;
                    case DOMAIN_CHILD -> "*." + value;
                    case DOMAIN_KEYWORD -> "keyword " + value;
                    case DOMAIN_WILDCARD -> "wildcard " + value;
                    case DOMAIN_REGEX -> "regex " + value;
                },
                line);
    }

    @Override
    default void except(EntryKind kind, String value, int line) {
        text("not " + value, line);
    }

    /** As a network if it is one. */
    @Override
    default void range(InetAddress from, InetAddress to, int line) {
        int prefix = prefix(from.getAddress(), to.getAddress());
        text(Addresses.text(from) + (prefix < 0 ? "-" + Addresses.text(to) : "/" + prefix), line);
    }

    @Override
    default void bad(int line, String bad, String why) {
        // counted elsewhere
    }

    /** Of the network that begins and ends so; -1 if there is none. */
    private static int prefix(byte[] from, byte[] to) {
        int bits = 8 * from.length;
        int prefix = 0;
        while (prefix < bits && bit(from, prefix) == bit(to, prefix)) {
            prefix++;
        }
        for (int i = prefix; i < bits; i++) {
            if (bit(from, i) != 0 || bit(to, i) != 1) {
                return -1;
            }
        }
        return prefix;
    }

    private static int bit(byte[] bytes, int at) {
        return bytes[at / 8] >> 7 - at % 8 & 1;
    }
}
