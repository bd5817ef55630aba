package dev.fenliu.dns;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Host;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A client's query and the form of its answer (RFC 1035 section 4, RFC 6891). Reads every byte of the client once, here.
 * Immutable.
 */
public final class Request {
    private static final int QR = 0x8000;
    private static final int OPCODE = 0x7800;
    private static final int TC = 0x200;
    private static final int RD = 0x100;
    private static final int RA = 0x80;
    private static final int AD = 0x20;
    private static final int CD = 0x10;
    private static final int DO = 0x8000;

    static final int SERVFAIL = 2;
    private static final int NOTIMP = 4;
    static final int REFUSED = 5;
    private static final int BADVERS = 16;

    /** What a client takes that says nothing (RFC 1035 section 2.3.4). */
    private static final int PLAIN_DATAGRAM = 512;

    /** What fits into a datagram that no path fragments (the value of DNS flag day 2020). */
    private static final int LARGEST_DATAGRAM = 1232;

    private static final int LARGEST = 65_535;
    private static final int PADDING_OPTION = 12;

    /** RFC 8467 section 4.1: answers are padded to a multiple of this. */
    private static final int PADDED_BLOCK = 468;

    private static final int LONGEST_NAME = 255;
    private static final int FIRST_META = 128;
    private static final int ANY = 255;
    private static final int OPT_LENGTH = 11;
    private static final int BLOCKED_TTL = 60;
    private static final List<InetAddress> UNSPECIFIED = List.of(Addresses.of(new byte[4]), Addresses.of(new byte[16]));

    private final int id;
    private final int flags;
    private final byte[] spelling;
    private final Query query;
    private final @Nullable Edns edns;
    private final int room;
    private final int rcode;

    /** Set before anybody else has the request. */
    private @Nullable Consumer<Trail> watcher;

    /** Made when it is first asked for. */
    private @Nullable String host;

    /** The client's OPT record; {@code padded} says whether it pads its messages. */
    private record Edns(int payload, boolean dnssecOk, boolean padded) {}

    private Request(int id, int flags, byte[] spelling, Query query, @Nullable Edns edns, int room, int rcode) {
        this.id = id;
        this.flags = flags;
        this.spelling = spelling;
        this.query = query;
        this.edns = edns;
        this.room = room;
        this.rcode = rcode;
    }

    /**
     * Reads a message.
     *
     * @param datagram whether the answer must fit into one
     * @return null when it is no query, which deserves no answer
     */
    public static @Nullable Request read(byte[] message, boolean datagram) {
        if (message.length < 12 || (Query.u16(message, 2) & QR) != 0) {
            return null;
        }
        int id = Query.u16(message, 0);
        int flags = Query.u16(message, 2);
        int name = (flags & OPCODE) == 0 && Query.u16(message, 4) == 1 ? nameLength(message) : 0;
        if (name == 0 || message.length < 12 + name + 4 || Query.u16(message, 6) + Query.u16(message, 8) > 0) {
            int rcode = (flags & OPCODE) == 0 ? Query.FORMERR : NOTIMP;
            return new Request(id, flags, new byte[0], nothing(), null, PLAIN_DATAGRAM, rcode);
        }
        byte[] spelling = Arrays.copyOfRange(message, 12, 12 + name);
        int type = Query.u16(message, 12 + name);
        int dnsClass = Query.u16(message, 12 + name + 2);
        Edns edns;
        int rcode;
        try {
            edns = edns(message);
            rcode = judge(type, dnsClass);
        } catch (BadVersion e) {
            edns = new Edns(PLAIN_DATAGRAM, false, false);
            rcode = BADVERS;
        } catch (MalformedMessage e) {
            edns = null;
            rcode = Query.FORMERR;
        }
        Query query = new Query(
                new String(spelling, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT),
                type,
                dnsClass,
                edns != null && edns.dnssecOk,
                (flags & CD) != 0);
        int largest = edns == null ? PLAIN_DATAGRAM : Math.max(PLAIN_DATAGRAM, edns.payload);
        int room = datagram ? Math.min(LARGEST_DATAGRAM, largest) : LARGEST;
        return new Request(id, flags, spelling, query, edns, room, rcode);
    }

    /**
     * A query of our own, which takes an answer of any size and why it is as it is.
     *
     * @param type 1 to 65,535
     * @param watcher told on the client's loop, before the answer is there, how a resolver has come to it; of answers
     *     that no resolver gives it hears nothing
     */
    public static Request of(Host.Name name, int type, Consumer<Trail> watcher) {
        Query query = Query.of(name, type);
        Edns edns = new Edns(LARGEST, false, false);
        Request request = new Request(0, RD, query.nameBytes(), query, edns, LARGEST, judge(type, query.dnsClass()));
        request.watcher = watcher;
        return request;
    }

    private static final class BadVersion extends Exception {
        private static final long serialVersionUID = 1L;

        BadVersion() {
            super(null, null, false, false);
        }
    }

    /** The bytes of the name that is asked for; 0 when it is none. Nothing stands before it that a pointer could name. */
    private static int nameLength(byte[] message) {
        int at = 12;
        while (at < message.length && at - 12 < LONGEST_NAME) {
            int label = message[at] & 0xff;
            if (label == 0) {
                return at + 1 - 12;
            }
            if (label > 63) {
                return 0;
            }
            at += label + 1;
        }
        return 0;
    }

    private static Query nothing() {
        return new Query("\0", 0, 1, false, false);
    }

    private static int judge(int type, int dnsClass) {
        if (dnsClass != 1) {
            return REFUSED; // version.bind and its like
        }
        if (type == Query.OPT || type == 0) {
            return Query.FORMERR;
        }
        return type >= FIRST_META && type < ANY ? NOTIMP : Query.NOERROR; // zone transfers, TSIG, TKEY
    }

    private static @Nullable Edns edns(byte[] message) throws MalformedMessage, BadVersion {
        Edns found = null;
        RecordCursor cursor = new RecordCursor(message);
        while (cursor.next()) {
            if (cursor.type() != Query.OPT) {
                continue;
            }
            int ttl = cursor.ttlOffset();
            if (found != null || !cursor.isOfRoot()) {
                throw new MalformedMessage("OPT");
            }
            if (message[ttl + 1] != 0) {
                throw new BadVersion();
            }
            boolean dnssecOk = (Query.u16(message, ttl + 2) & DO) != 0;
            found = new Edns(
                    Query.u16(message, ttl - 2),
                    dnssecOk,
                    isPadded(message, cursor.dataOffset(), cursor.dataOffset() + cursor.dataLength()));
        }
        return found;
    }

    private static boolean isPadded(byte[] message, int from, int to) throws MalformedMessage {
        boolean padded = false;
        int at = from;
        while (at < to) {
            if (at + 4 > to || at + 4 + Query.u16(message, at + 2) > to) {
                throw new MalformedMessage("EDNS option");
            }
            padded |= Query.u16(message, at) == PADDING_OPTION;
            at += 4 + Query.u16(message, at + 2);
        }
        return padded;
    }

    /** The same, of which {@code by} learns how a resolver comes to the answer, as {@link #of} says. */
    public Request watched(Consumer<Trail> by) {
        watcher = by;
        return this;
    }

    /** The name that is asked for, in lower case and escaped (RFC 4343 section 2.1). */
    public String host() {
        String known = host;
        if (known == null) {
            known = query.host();
            host = known;
        }
        return known;
    }

    /** The type of record that is asked for. */
    public int type() {
        return query.type();
    }

    Query query() {
        return query;
    }

    /** Who wants to know how the answer comes about; null for nearly all. */
    @Nullable
    Consumer<Trail> watcher() {
        return watcher;
    }

    /** The name that is asked for, if rules can speak of it; the root is an empty one, for which no rule has a word. */
    public Optional<Host.Name> name() {
        if (host().isEmpty()) {
            return Optional.of(new Host.Name(""));
        }
        try {
            return Host.parse(host()) instanceof Host.Name name ? Optional.of(name) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The answer to what is not asked for anywhere, whatever the rules say; empty for all else. */
    public Optional<byte[]> ownAnswer() {
        if (rcode != Query.NOERROR) {
            return Optional.of(reply(rcode, null));
        }
        if (query.type() == ANY) {
            return Optional.of(
                    reply(Query.NOERROR, new ExtendedError(ExtendedError.OTHER, "ask for one type (RFC 8482)")));
        }
        return SpecialNames.rcode(query.host()).map(code -> reply(code, null));
    }

    /** The answer to a name that rules cannot speak of, as it is no host name. */
    public byte[] unspeakable() {
        return reply(REFUSED, new ExtendedError(ExtendedError.OTHER, "not a name that a rule could decide about"));
    }

    /**
     * The answer for a name that a rule blocks: there is no such name, or its address is 0.0.0.0 and [::].
     *
     * @param why in words
     */
    public byte[] blocked(DnsOptions.Blocked how, String why) {
        ExtendedError error = new ExtendedError(ExtendedError.BLOCKED, why);
        return how == DnsOptions.Blocked.NXDOMAIN
                ? reply(Query.NXDOMAIN, error)
                : reply(Answer.addresses(query, UNSPECIFIED, BLOCKED_TTL, 0), 0, error);
    }

    /** The address whose name is asked for, if it is an address that is asked about. */
    public Optional<InetAddress> reverse() {
        return query.type() == Query.PTR ? Optional.ofNullable(LocalNames.address(query.host())) : Optional.empty();
    }

    /** The answer to who asks for the name of a fake address; empty when it has none. */
    public byte[] pointer(Optional<Host.Name> name) {
        return name.map(known -> reply(Answer.name(query, known.value(), FakeAnswers.TTL, 0), 0, null))
                .orElseGet(() -> reply(Query.NXDOMAIN, null));
    }

    /** The answer to who asks for the addresses of a name that has fake ones. */
    byte[] fake(FakeAnswers fakes) {
        List<InetAddress> addresses = name().map(fakes::addresses).orElse(List.of());
        return addresses.isEmpty()
                ? reply(SERVFAIL, new ExtendedError(ExtendedError.OTHER, "no fake address is free"))
                : reply(Answer.addresses(query, addresses, FakeAnswers.TTL, 0), 0, null);
    }

    /** That the name, or any record of this type, does not exist, or why it cannot be told. Holds no record. */
    byte[] reply(int code, @Nullable ExtendedError why) {
        ByteBuffer out = ByteBuffer.allocate(12 + (spelling.length == 0 ? 0 : spelling.length + 4));
        out.putShort((short) id).putShort((short) (answerFlags() | code & 0xf));
        out.putShort((short) (spelling.length == 0 ? 0 : 1)).putInt(0).putShort((short) 0);
        if (spelling.length > 0) {
            out.put(spelling).putShort((short) query.type()).putShort((short) query.dnsClass());
        }
        return finish(out.array(), code, why);
    }

    /**
     * The records of an answer.
     *
     * @param now nanoseconds of the clock
     */
    byte[] reply(Answer answer, long now, @Nullable ExtendedError why) {
        byte[] wire = answer.wire(id, spelling, now);
        boolean wantsAd = (flags & AD) != 0 || query.dnssecOk(); // RFC 6840 section 5.8
        int kept = Query.u16(wire, 2) & (wantsAd ? AD | 0xf : 0xf);
        ByteBuffer.wrap(wire).putShort(2, (short) (answerFlags() | kept));
        return finish(wire, answer.rcode(), why);
    }

    private int answerFlags() {
        return QR | RA | flags & (OPCODE | RD | CD);
    }

    /** Adds the OPT record if the client knows of it; what does not fit is left out, and the client comes by TCP. */
    private byte[] finish(byte[] wire, int code, @Nullable ExtendedError why) {
        Edns known = edns;
        byte[] option = known == null || why == null ? new byte[0] : why.option();
        int opt = known == null ? 0 : OPT_LENGTH + option.length;
        byte[] body = wire;
        if (wire.length + opt > room) {
            body = Arrays.copyOf(wire, 12 + spelling.length + 4);
            ByteBuffer.wrap(body)
                    .putShort(2, (short) (Query.u16(wire, 2) | TC))
                    .putShort(6, (short) 0)
                    .putInt(8, 0);
        }
        if (known == null) {
            return body;
        }
        int length = body.length + opt;
        int padding = known.padded && room == LARGEST ? Math.floorMod(-(length + 4), PADDED_BLOCK) : -4;
        ByteBuffer out = ByteBuffer.allocate(Math.min(LARGEST, length + padding + 4));
        out.put(body).put((byte) 0).putShort((short) Query.OPT).putShort((short) LARGEST_DATAGRAM);
        out.put((byte) (code >> 4)).put((byte) 0).putShort((short) (known.dnssecOk ? DO : 0));
        out.putShort((short) (out.remaining() - 2)).put(option);
        if (out.remaining() >= 4) {
            out.putShort((short) PADDING_OPTION).putShort((short) (out.remaining() - 2));
        }
        out.putShort(10, (short) (Query.u16(body, 10) + 1));
        return out.array();
    }
}
