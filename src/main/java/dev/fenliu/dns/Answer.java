package dev.fenliu.dns;

import dev.fenliu.model.Host;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A checked answer as wire bytes, ready to be sent again: to serve one, only the id, the spelling of the name and the
 * TTLs are patched into a copy. Holds no OPT record. Immutable but for a count of its uses, which threads that share it
 * may get wrong by a few.
 */
final class Answer {
    /** What a client may do with an expired answer: RFC 8767 section 4. */
    static final int STALE_TTL = 30;

    private static final int POPULAR_USES = 2;

    private final byte[] wire;
    private final int[] ttlOffsets;
    private final int ttl;
    private final long born;
    private final @Nullable String withheld;
    private final @Nullable String server;
    private int uses;

    /**
     * @param wire owned by this object from here on
     * @param ttlOffsets where the TTL of each record stands
     * @param ttl seconds that the whole answer is good for
     * @param born nanoseconds of the clock at which it arrived
     */
    Answer(byte[] wire, int[] ttlOffsets, int ttl, long born) {
        this(wire, ttlOffsets, ttl, born, null, null);
    }

    private Answer(
            byte[] wire, int[] ttlOffsets, int ttl, long born, @Nullable String withheld, @Nullable String server) {
        this.wire = wire;
        this.ttlOffsets = ttlOffsets;
        this.ttl = ttl;
        this.born = born;
        this.withheld = withheld;
        this.server = server;
    }

    /** The same as the answer of that upstream. */
    Answer from(String upstream) {
        return new Answer(wire, ttlOffsets, ttl, born, withheld, upstream);
    }

    /** The same without its records; {@code why} in words. */
    Answer withheld(String why) {
        byte[] empty = Arrays.copyOf(wire, questionEnd());
        ByteBuffer.wrap(empty).putShort(6, (short) 0).putInt(8, 0);
        return new Answer(empty, new int[0], Math.min(ttl, AnswerReader.MAX_NEGATIVE_TTL), born, why, server);
    }

    /** The same without the addresses that HTTPS and SVCB records hint at. */
    Answer withoutHints() {
        byte[] plain = Hints.removed(wire);
        try {
            return new Answer(plain, ttlOffsets(plain), ttl, born, withheld, server);
        } catch (MalformedMessage e) {
            throw new IllegalStateException("our own message does not parse: " + e.getMessage(), e);
        }
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

    /** The upstream that gave it; null when it is our own, or was kept over a restart. */
    @Nullable
    String server() {
        return server;
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

    /**
     * Counts that it was given while it is fresh.
     *
     * @return whether to fetch the next one already: it has been used before, and a tenth of its life is left at most
     */
    boolean usedNearItsEnd(long now) {
        uses++;
        return uses >= POPULAR_USES && -expiredSince(now) <= TimeUnit.SECONDS.toNanos(ttl) / 10;
    }

    /** How long ago it arrived. */
    Duration age(long now) {
        return Duration.ofNanos(now - born);
    }

    /** Bytes of memory that it takes in a cache, roughly: with its key and all the objects around, as measured. */
    int weight() {
        return wire.length + 4 * ttlOffsets.length + 320;
    }

    /** The addresses of its A or AAAA records, in the order of the message. */
    List<InetAddress> addresses() {
        return GivenAddresses.in(wire, false);
    }

    /** The same with those that HTTPS and SVCB records hint at. */
    List<InetAddress> allAddresses() {
        return GivenAddresses.in(wire, true);
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
        int age = (int) Math.max(0, age(now).toSeconds());
        for (int at : ttlOffsets) {
            view.putInt(at, stale ? STALE_TTL : Math.max(1, view.getInt(at) - age));
        }
        return copy;
    }

    /** The question that it answers; the two bits of who asked are not in it. */
    Query question(boolean dnssecOk, boolean checkingDisabled) {
        int type = questionEnd() - 4;
        String name = new String(wire, 12, type - 12, StandardCharsets.ISO_8859_1);
        return new Query(name, Query.u16(wire, type), Query.u16(wire, type + 2), dnssecOk, checkingDisabled);
    }

    /** Writes it so that {@link #read} can make it again. */
    void write(DataOutput out, long now) throws IOException {
        out.writeInt(ttl);
        out.writeLong(age(now).toMillis());
        out.writeShort(wire.length);
        out.write(wire);
    }

    /**
     * Reads one that was written.
     *
     * @param down how long ago that was; negative when the clock says that it will be, and then the answer counts as
     *     expired: it may be of any age
     */
    static Answer read(DataInput in, Duration down, long now) throws IOException {
        int ttl = in.readInt();
        Duration age = Duration.ofMillis(in.readLong());
        byte[] wire = new byte[in.readUnsignedShort()];
        in.readFully(wire);
        if (down.isNegative()) {
            Duration life = Duration.ofSeconds(ttl);
            age = age.compareTo(life) < 0 ? life : age;
        } else {
            age = age.plus(down);
        }
        try {
            return new Answer(wire, ttlOffsets(wire), ttl, now - age.toNanos());
        } catch (MalformedMessage e) {
            throw new IOException(e.getMessage());
        }
    }

    private static int[] ttlOffsets(byte[] wire) throws MalformedMessage {
        List<Integer> offsets = new ArrayList<>();
        RecordCursor cursor = new RecordCursor(wire);
        while (cursor.next()) {
            offsets.add(cursor.ttlOffset());
        }
        return offsets.stream().mapToInt(Integer::intValue).toArray();
    }
}
