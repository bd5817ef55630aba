package dev.fenliu.dns;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Host;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A checked answer as wire bytes, ready to be sent again: to serve one, only the id, the spelling of the name and the
 * TTLs are patched into a copy. Holds no OPT record. Immutable, so it may be shared between threads.
 */
final class Answer {
    /** What a client may do with an expired answer: RFC 8767 section 4. */
    static final int STALE_TTL = 30;

    private final byte[] wire;
    private final int[] ttlOffsets;
    private final int ttl;
    private final long born;
    private final @Nullable String withheld;

    /**
     * @param wire owned by this object from here on
     * @param ttlOffsets where the TTL of each record stands
     * @param ttl seconds that the whole answer is good for
     * @param born nanoseconds of the clock at which it arrived
     */
    Answer(byte[] wire, int[] ttlOffsets, int ttl, long born) {
        this(wire, ttlOffsets, ttl, born, null);
    }

    private Answer(byte[] wire, int[] ttlOffsets, int ttl, long born, @Nullable String withheld) {
        this.wire = wire;
        this.ttlOffsets = ttlOffsets;
        this.ttl = ttl;
        this.born = born;
        this.withheld = withheld;
    }

    /** The same without its records; {@code why} in words. */
    Answer withheld(String why) {
        byte[] empty = Arrays.copyOf(wire, questionEnd());
        ByteBuffer.wrap(empty).putShort(6, (short) 0).putInt(8, 0);
        return new Answer(empty, new int[0], Math.min(ttl, AnswerReader.MAX_NEGATIVE_TTL), born, why);
    }

    /** An answer of our own: those of {@code addresses} that the query asks for, which may be none. */
    static Answer addresses(Query query, List<InetAddress> addresses, int ttl, long now) {
        return own(
                query,
                addresses.stream()
                        .map(InetAddress::getAddress)
                        .filter(bytes -> query.type() == (bytes.length == 4 ? Query.A : Query.AAAA))
                        .toList(),
                ttl,
                now);
    }

    /** An answer of our own to a query of type PTR. */
    static Answer name(Query query, String name, int ttl, long now) {
        return own(query, List.of(Query.of(new Host.Name(name), query.type()).nameBytes()), ttl, now);
    }

    private static Answer own(Query query, List<byte[]> records, int ttl, long now) {
        byte[] name = query.nameBytes();
        int size = records.stream().mapToInt(data -> 12 + data.length).sum();
        ByteBuffer out = ByteBuffer.allocate(12 + name.length + 4 + size);
        out.putShort((short) 0).putShort((short) 0x8000).putShort((short) 1).putShort((short) records.size());
        out.putInt(0).put(name).putShort((short) query.type()).putShort((short) query.dnsClass());
        int[] ttlOffsets = new int[records.size()];
        for (int i = 0; i < ttlOffsets.length; i++) {
            byte[] data = records.get(i);
            out.putShort((short) 0xc00c).putShort((short) query.type()).putShort((short) query.dnsClass());
            ttlOffsets[i] = out.position();
            out.putInt(ttl).putShort((short) data.length).put(data);
        }
        return new Answer(out.array(), ttlOffsets, ttl, now);
    }

    private int questionEnd() {
        int at = 12;
        while (wire[at] != 0) {
            at += wire[at] + 1; // the name of the question is not compressed
        }
        return at + 5;
    }

    /** Why its records were withheld; null when it has all that there are. */
    @Nullable
    String withheld() {
        return withheld;
    }

    /** 0 NOERROR or 3 NXDOMAIN. */
    int rcode() {
        return Query.rcode(wire);
    }

    /** Seconds that it is good for, counted from its arrival. */
    int ttl() {
        return ttl;
    }

    /** Nanoseconds since it expired; negative while it is fresh. */
    long expiredSince(long now) {
        return now - born - TimeUnit.SECONDS.toNanos(ttl);
    }

    /** Bytes of memory, roughly. */
    int weight() {
        return wire.length + 4 * ttlOffsets.length + 160;
    }

    /** The addresses of its A or AAAA records, in the order of the message. */
    List<InetAddress> addresses() {
        return addresses(false);
    }

    /** The same with those that HTTPS and SVCB records hint at. */
    List<InetAddress> allAddresses() {
        return addresses(true);
    }

    private List<InetAddress> addresses(boolean hints) {
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

    /**
     * A copy to send.
     *
     * @param spelling the name of the question in wire format as the client wrote it, as long as the query's own
     * @param now nanoseconds of the clock; TTLs have run down by the age, never to 0 while it is fresh, and are
     *     {@value #STALE_TTL} when it has expired
     */
    byte[] wire(int id, byte[] spelling, long now) {
        byte[] copy = wire.clone();
        ByteBuffer view = ByteBuffer.wrap(copy);
        view.putShort(0, (short) id).put(12, spelling);
        boolean stale = expiredSince(now) >= 0;
        int age = (int) Math.max(0, TimeUnit.NANOSECONDS.toSeconds(now - born));
        for (int at : ttlOffsets) {
            view.putInt(at, stale ? STALE_TTL : Math.max(1, view.getInt(at) - age));
        }
        return copy;
    }
}
