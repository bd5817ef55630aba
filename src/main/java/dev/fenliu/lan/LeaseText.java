package dev.fenliu.lan;

import java.util.Collection;
import java.util.regex.Pattern;

/** The text of a lease file, of dnsmasq or of the ISC server: told by its content. */
final class LeaseText {
    private static final Pattern ISC = Pattern.compile(
            "^[ \\t]*(lease\\s+\\S+\\s*\\{|ia-[a-z]+\\s|authoring-byte-order\\s|server-duid\\s|failover peer\\s)",
            Pattern.MULTILINE);

    /** More than any home or office has; what comes after them is not read. */
    static final int MAX_LEASES = 1 << 16;

    private LeaseText() {}

    /** Its leases, one for each address; what is not understood is skipped. */
    static Collection<Lease> parse(String text) {
        return ISC.matcher(text).find() ? IscLeases.parse(text) : DnsmasqLeases.parse(text);
    }
}
