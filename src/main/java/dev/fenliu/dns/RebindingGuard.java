package dev.fenliu.dns;

import dev.fenliu.model.Addresses;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Withholds addresses of the home that a public resolver gives for a public name: by such a name a page on the web could
 * talk to the router (DNS rebinding). Hints of HTTPS records count as addresses (RFC 9460 section 7.3). Immutable.
 *
 * @param allowed names that may have them, with all below
 */
record RebindingGuard(Set<String> allowed) {
    private static final int SVCB = 64;
    private static final int HTTPS = 65;
    private static final int IPV4_HINT = 4;
    private static final int IPV6_HINT = 6;

    RebindingGuard {
        allowed = Set.copyOf(allowed);
    }

    /** {@code answer} itself, or that there is none. */
    Answer check(Query query, Answer answer) {
        InetAddress inside = isAllowed(query.host()) ? null : inside(answer);
        return inside == null
                ? answer
                : answer.withheld("a public resolver gave the private address " + Addresses.text(inside)
                        + "; `dns: {private-names: [" + query.host() + "]}` allows it");
    }

    private boolean isAllowed(String host) {
        return LocalNames.isLocal(host) || isBelow(allowed, host);
    }

    /** Whether a name is one of {@code suffixes}, or below one. */
    static boolean isBelow(Set<String> suffixes, String host) {
        String rest = host;
        while (!suffixes.contains(rest)) {
            int dot = rest.indexOf('.');
            if (dot < 0) {
                return false;
            }
            rest = rest.substring(dot + 1);
        }
        return true;
    }

    private static @Nullable InetAddress inside(Answer answer) {
        for (InetAddress address : answer.allAddresses()) {
            if (Addresses.isInternal(address)) {
                return address;
            }
        }
        return null;
    }

    /** The addresses that an HTTPS or SVCB record hints at; none for others. */
    static List<InetAddress> hints(byte[] message, RecordCursor record) {
        List<InetAddress> out = new ArrayList<>();
        int end = record.type() == SVCB || record.type() == HTTPS ? record.dataOffset() + record.dataLength() : 0;
        int at = record.dataOffset() + 2;
        while (at < end && message[at] != 0) { // the target, which is not compressed
            at += (message[at] & 0xff) + 1;
        }
        at++;
        while (at + 4 <= end) {
            int key = Query.u16(message, at);
            int to = Math.min(end, at + 4 + Query.u16(message, at + 2));
            int size = key == IPV4_HINT ? 4 : key == IPV6_HINT ? 16 : Integer.MAX_VALUE;
            for (int hint = at + 4; hint <= to - size; hint += size) {
                out.add(Addresses.of(Arrays.copyOfRange(message, hint, hint + size)));
            }
            at = to;
        }
        return out;
    }
}
