package dev.fenliu.dns;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Makes an {@link Answer} of what an upstream sent: follows the CNAME chain from the name that was asked, keeps the
 * chain and the records of its end (with a negative answer the SOA), and throws away everything else that the message
 * tells unasked. The only place where dnsjava reads bytes of the network.
 */
final class AnswerReader {
    /** A wrong answer dies the same day. */
    static final int MAX_TTL = 6 * 3600;

    /** A name that was just made is found within five minutes (RFC 2308 section 5 allows up to three hours). */
    static final int MAX_NEGATIVE_TTL = 300;

    /** For a negative answer without SOA, which RFC 2308 would not cache at all: spares the upstream a retry storm. */
    static final int BARE_NEGATIVE_TTL = 5;

    private static final int MAX_CHAIN = 11;
    private static final int MAX_MESSAGE = 65_535;

    private final Query query;
    private final Message received;
    private final Message kept = new Message(0);
    private boolean negative = true;
    private long ttl = MAX_TTL;

    private AnswerReader(Query query, Message received) {
        this.query = query;
        this.received = received;
    }

    /**
     * Reads the answer to {@code query}; its id and question have been compared.
     *
     * @param message is changed
     * @param now nanoseconds of the clock
     * @throws MalformedMessage if it is no DNS message, or its chain loops or is longer than {@value #MAX_CHAIN}
     */
    static Answer read(Query query, byte[] message, long now) throws MalformedMessage {
        NamePointers.check(message);
        clampTtls(message);
        try {
            return new AnswerReader(query, new Message(message)).build(now);
        } catch (IOException | RuntimeException | StackOverflowError e) { // dnsjava throws all of these on garbage
            throw new MalformedMessage("not a DNS answer: " + e.getMessage());
        }
    }

    /** RFC 2181 section 8: a TTL with the top bit set is 0; dnsjava would refuse the whole message. */
    private static void clampTtls(byte[] message) throws MalformedMessage {
        ByteBuffer view = ByteBuffer.wrap(message);
        RecordCursor cursor = new RecordCursor(message);
        while (cursor.next()) {
            if (cursor.type() != Query.OPT) {
                int seen = view.getInt(cursor.ttlOffset());
                view.putInt(cursor.ttlOffset(), Math.min(MAX_TTL, Math.max(0, seen)));
            }
        }
    }

    private Answer build(long now) throws IOException, MalformedMessage {
        if (received.getRcode() > 15) { // the upper bits stand in the OPT record
            throw new MalformedMessage("extended response code " + received.getRcode());
        }
        Name asked = new Name(query.nameBytes());
        Name end = followChain(asked);
        if (negative) {
            keepAuthority(end);
        }
        kept.getHeader().setFlag(Flags.QR);
        kept.getHeader().setFlag(Flags.RD);
        kept.getHeader().setFlag(Flags.RA);
        for (int flag : new int[] {Flags.AD, Flags.CD}) {
            if (received.getHeader().getFlag(flag)) {
                kept.getHeader().setFlag(flag);
            }
        }
        kept.getHeader().setRcode(negative ? received.getHeader().getRcode() : Query.NOERROR);
        kept.addRecord(Record.newRecord(asked, query.type(), query.dnsClass()), Section.QUESTION);
        byte[] wire = kept.toWire();
        if (wire.length > MAX_MESSAGE) {
            throw new MalformedMessage("answer of " + wire.length + " bytes");
        }
        return new Answer(wire, ttlOffsets(wire), (int) ttl, now);
    }

    /** Keeps the chain and the records at its end, and gives the name where it ends. */
    private Name followChain(Name asked) throws MalformedMessage {
        Name current = asked;
        Set<Record> above = Collections.newSetFromMap(new IdentityHashMap<>()); // one may stand above several names
        for (int hops = 0; hops <= MAX_CHAIN; hops++) {
            Name next = null;
            for (Record record : received.getSection(Section.ANSWER)) {
                if (record.getDClass() != query.dnsClass()) {
                    continue;
                }
                if (record.getName().equals(current)) {
                    boolean wanted = isWanted(record.getType());
                    if (wanted || record.getType() == Query.CNAME && next == null) {
                        keep(record, Section.ANSWER);
                        negative &= !wanted;
                    } else if (query.dnssecOk() && covers(record)) {
                        keep(record, Section.ANSWER);
                    }
                    if (!wanted && record instanceof CNAMERecord alias && next == null) {
                        next = alias.getTarget();
                    }
                } else if (query.dnssecOk()
                        && isDname(record)
                        && current.subdomain(record.getName())
                        && above.add(record)) {
                    keep(record, Section.ANSWER);
                }
            }
            if (next == null || !negative) {
                return current;
            }
            current = next;
        }
        throw new MalformedMessage("its CNAME chain has no end");
    }

    private boolean isWanted(int type) {
        return type == query.type() || query.type() == Type.ANY;
    }

    private boolean covers(Record record) {
        return record instanceof RRSIGRecord signature
                && (isWanted(signature.getTypeCovered()) || signature.getTypeCovered() == Query.CNAME);
    }

    private static boolean isDname(Record record) {
        return record.getType() == Type.DNAME
                || record instanceof RRSIGRecord signature && signature.getTypeCovered() == Type.DNAME;
    }

    /** RFC 2308 section 5: the SOA of the zone says how long the name may be taken as missing. There is but one. */
    private void keepAuthority(Name end) {
        long limit = -1;
        for (Record record : received.getSection(Section.AUTHORITY)) {
            if (record.getDClass() != query.dnsClass()) {
                continue;
            }
            if (record instanceof SOARecord soa) {
                if (limit < 0 && end.subdomain(soa.getName())) {
                    limit = Math.min(MAX_NEGATIVE_TTL, Math.min(soa.getTTL(), soa.getMinimum()));
                    keep(record, Section.AUTHORITY);
                }
            } else if (query.dnssecOk() && proves(record.getType())) {
                keep(record, Section.AUTHORITY);
            }
        }
        ttl = Math.min(ttl, limit < 0 ? BARE_NEGATIVE_TTL : limit);
    }

    private static boolean proves(int type) {
        return type == Type.NSEC || type == Type.NSEC3 || type == Type.RRSIG;
    }

    private void keep(Record record, int section) {
        kept.addRecord(record, section);
        ttl = Math.min(ttl, record.getTTL());
    }

    private int[] ttlOffsets(byte[] wire) throws MalformedMessage {
        List<Integer> offsets = new ArrayList<>();
        ByteBuffer view = ByteBuffer.wrap(wire);
        RecordCursor cursor = new RecordCursor(wire);
        while (cursor.next()) {
            int at = cursor.ttlOffset();
            offsets.add(at);
            if (negative) { // clients must not keep it longer than we do
                view.putInt(at, (int) Math.min(view.getInt(at), ttl));
            }
        }
        return offsets.stream().mapToInt(Integer::intValue).toArray();
    }
}
