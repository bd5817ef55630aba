package dev.fenliu.dns;

import dev.fenliu.model.Addresses;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The addresses that an answer gives for the name that was asked for, whatever aliases led to them. */
public final class GivenAddresses {
    private GivenAddresses() {}

    /**
     * Those of A and AAAA records, and those that HTTPS and SVCB records hint at.
     *
     * @param reply a message of our own making
     */
    public static List<InetAddress> in(byte[] reply) {
        return in(reply, true);
    }

    /** In the order of the message. */
    static List<InetAddress> in(byte[] wire, boolean hints) {
        List<InetAddress> out = new ArrayList<>();
        try {
            RecordCursor cursor = new RecordCursor(wire);
            while (cursor.next() && cursor.section() == 1) {
                int length = cursor.type() == Query.A ? 4 : cursor.type() == Query.AAAA ? 16 : 0;
                if (length != 0 && cursor.dataLength() == length) {
                    int from = cursor.dataOffset();
                    out.add(Addresses.of(Arrays.copyOfRange(wire, from, from + length)));
                } else if (hints) {
                    out.addAll(RebindingGuard.hints(wire, cursor));
                }
            }
        } catch (MalformedMessage e) {
            throw new IllegalStateException("a checked answer does not parse: " + e.getMessage(), e);
        }
        return out;
    }
}
