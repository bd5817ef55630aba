package dev.fenliu.model;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How the user calls devices. For people alone: no rule matches by such a name. Immutable.
 *
 * @param names by hardware or IP address, each as {@link #key} writes it
 */
public record GivenNames(Map<String, String> names) {
    /** The user has named none. */
    public static final GivenNames NONE = new GivenNames(Map.of());

    public GivenNames {
        names = Map.copyOf(names);
    }

    /**
     * An address in the one way of writing it.
     *
     * @param text a MAC or an IP address
     * @throws IllegalArgumentException for anything else; the message holds the offending text
     */
    public static String key(String text) {
        InetAddress address = Addresses.parse(text);
        try {
            return address == null ? Mac.parse(text).toString() : Addresses.text(Addresses.plain(address));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("\"" + text + "\" is neither a MAC nor an IP address", e);
        }
    }

    /** The name of a device, by its hardware address if that has one. */
    public Optional<String> of(Optional<Mac> mac, List<InetAddress> addresses) {
        return Stream.concat(mac.stream().map(Mac::toString), addresses.stream().map(Addresses::text))
                .map(names::get)
                .filter(Objects::nonNull)
                .findFirst();
    }

    /** The name of whoever has an address that belongs to no device that is known. */
    public Optional<String> of(InetAddress address) {
        return of(Optional.empty(), List.of(address));
    }
}
