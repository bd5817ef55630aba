package dev.fenliu.lan;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Mac;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The lease file of dnsmasq: {@code expiry mac ip hostname client-id} a line in seconds since 1970, 0 for ever, and
 * {@code *} for no name. After a line {@code duid …} come the leases of IPv6: {@code expiry iaid ip hostname duid}.
 */
final class DnsmasqLeases {
    /** {@code DUID-LLT} and {@code DUID-LL} of Ethernet (RFC 8415 section 11) hold a hardware address behind so much. */
    private static final int LLT = 8;

    private static final int LL = 4;

    private DnsmasqLeases() {}

    static Collection<Lease> parse(String text) {
        Map<InetAddress, Lease> leases = new LinkedHashMap<>();
        text.lines().forEach(line -> {
            String[] words = line.strip().split("\\s+", 6);
            InetAddress address = words.length < 4 ? null : Addresses.parse(words[2]);
            if (address != null && words[0].matches("[0-9]{1,11}") && leases.size() < LeaseText.MAX_LEASES) {
                long ends = Long.parseLong(words[0]);
                leases.put(
                        address,
                        new Lease(
                                address,
                                words[1].indexOf(':') > 0
                                        ? mac(words[1])
                                        : words.length > 4 ? ofDuid(words[4]) : mac(""),
                                Lease.name(words[3]),
                                ends == 0 ? Instant.MAX : Instant.ofEpochSecond(ends)));
            }
        });
        return leases.values();
    }

    private static Optional<Mac> mac(String text) {
        try {
            return Optional.of(Mac.parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // of another kind of network
        }
    }

    private static Optional<Mac> ofDuid(String text) {
        try {
            byte[] duid = HexFormat.ofDelimiter(":").parseHex(text);
            boolean ethernet = duid.length > LL && duid[0] == 0 && duid[2] == 0 && duid[3] == 1;
            int at = !ethernet ? 0 : duid[1] == 1 ? LLT : duid[1] == 3 ? LL : 0;
            return at > 0 && duid.length == at + 6 ? Optional.of(Mac.of(duid, at)) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
