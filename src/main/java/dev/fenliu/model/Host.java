package dev.fenliu.model;

import java.net.InetAddress;

/** Where a flow wants to go: a name still to be resolved, or an address. */
public sealed interface Host {
    /** A domain name in the one form that everything compares: ASCII, lower case, no trailing dot. */
    record Name(String value) implements Host {
        @Override
        public String toString() {
            return value;
        }
    }

    /** A literal address, IPv4-mapped IPv6 unmapped, without zone; never carries a reverse-resolved name. */
    record Address(InetAddress value) implements Host {
        @Override
        public String toString() {
            return Addresses.text(value);
        }
    }

    /**
     * Normalises a host as a client or a config writes it: IDNA (UTS 46, non-transitional) to ASCII, lower case, one
     * trailing dot removed, labels of 1 to 63 letters, digits, {@code -} and {@code _}, 253 bytes in all; address
     * literals, also in brackets, with zone or IPv4-mapped, become addresses.
     *
     * @throws IllegalArgumentException for anything else; the message holds the offending text
     */
    static Host parse(String text) {
        if (text.length() > 1024) {
            throw new IllegalArgumentException("host of " + text.length() + " characters (expected: at most 253)");
        }
        InetAddress literal = Addresses.parse(text);
        return literal != null ? new Address(literal) : new Name(HostNames.normalise(text));
    }

    /** The host that is this address; IPv4-mapped IPv6 is unmapped. */
    static Host of(InetAddress address) {
        return new Address(Addresses.plain(address));
    }
}
