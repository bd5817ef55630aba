package dev.fenliu.dns;

import dev.fenliu.model.Host;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/**
 * What is asked; the part of a cache key that comes from a client.
 *
 * @param name lower-case, in wire format (RFC 1035 section 3.1), one char a byte
 * @param type the query type, such as 1 for A
 * @param dnsClass the class, 1 for the Internet
 * @param dnssecOk the DO bit of EDNS: signatures are wanted (RFC 3225)
 * @param checkingDisabled the CD bit: answers that do not validate are wanted (RFC 4035)
 */
record Query(String name, int type, int dnsClass, boolean dnssecOk, boolean checkingDisabled) {
    static final int A = 1;
    static final int CNAME = 5;
    static final int SOA = 6;
    static final int PTR = 12;
    static final int AAAA = 28;
    static final int OPT = 41;
    private static final int IN = 1;

    static final int NOERROR = 0;
    static final int FORMERR = 1;
    static final int NXDOMAIN = 3;

    /** What fits into a datagram that no path fragments (the value of DNS flag day 2020). */
    private static final int UDP_PAYLOAD = 1232;

    private static final int PADDING_OPTION = 12;

    /** RFC 8467 section 4.1: queries are padded to a multiple of this. */
    private static final int PADDED_BLOCK = 128;

    /** A plain question about a name. */
    static Query of(Host.Name name, int type) {
        StringBuilder wire = new StringBuilder(name.value().length() + 2);
        for (String label : name.value().split("\\.", -1)) {
            if (!label.isEmpty()) { // the root has none
                wire.append((char) label.length()).append(label);
            }
        }
        return new Query(wire.append('\0').toString(), type, IN, false, false);
    }

    /** The name as people write it, without the trailing dot. */
    String host() {
        StringBuilder out = new StringBuilder();
        for (int at = 0; at < name.length() && name.charAt(at) != 0; at += name.charAt(at) + 1) {
            out.append(at == 0 ? "" : ".").append(name, at + 1, at + 1 + name.charAt(at));
        }
        return out.toString();
    }

    /** The name in wire format. */
    byte[] nameBytes() {
        return name.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The name in wire format with each letter in random case: more bits that a forger has to guess. */
    byte[] randomCase(Random random) {
        byte[] out = nameBytes();
        for (int i = 0; i < out.length; i++) {
            if (out[i] >= 'a' && out[i] <= 'z' && random.nextBoolean()) {
                out[i] = (byte) (out[i] - ('a' - 'A'));
            }
        }
        return out;
    }

    /**
     * The query as a message.
     *
     * @param spelling the name in wire format, in the case that is to be sent
     * @param edns the OPT record to add
     * @param padded whether to hide the length of the name (RFC 7830); for encrypted transports
     */
    byte[] encode(int id, byte[] spelling, Edns edns, boolean padded) {
        byte[] options = edns.options();
        int length = 12 + spelling.length + 4 + (edns.spoken() ? 11 + options.length : 0);
        int padding = edns.spoken() && padded ? Math.floorMod(-(length + 4), PADDED_BLOCK) : -4;
        ByteBuffer out = ByteBuffer.allocate(length + padding + 4);
        out.putShort((short) id);
        out.putShort((short) (0x0100 | (checkingDisabled ? 0x10 : 0))); // recursion desired
        out.putShort((short) 1).putInt(0).putShort((short) (edns.spoken() ? 1 : 0));
        out.put(spelling).putShort((short) type).putShort((short) dnsClass);
        if (edns.spoken()) {
            out.put((byte) 0).putShort((short) OPT).putShort((short) UDP_PAYLOAD);
            out.putInt(dnssecOk ? 0x8000 : 0)
                    .putShort((short) (options.length + padding + 4))
                    .put(options);
            if (padding >= 0) {
                out.putShort((short) PADDING_OPTION).putShort((short) padding);
            }
        }
        return out.array();
    }

    /** How well a message fits as the answer to this query. */
    enum Fit {
        NO,
        /** All but the case of the name. */
        OTHER_CASE,
        YES
    }

    /**
     * Compares id, QR, opcode and question. A refusal that repeats no question (as servers without EDNS send) fits
     * too: all it can do is make us ask elsewhere.
     */
    Fit fit(byte[] message, int id, byte[] spelling) {
        if (message.length < 12 || u16(message, 0) != id || (message[2] & 0xf8) != 0x80) {
            return Fit.NO;
        }
        int rcode = rcode(message);
        if (u16(message, 4) == 0 && rcode != NOERROR && rcode != NXDOMAIN) {
            return Fit.YES;
        }
        int end = 12 + spelling.length;
        if (u16(message, 4) != 1
                || message.length < end + 4
                || u16(message, end) != type
                || u16(message, end + 2) != dnsClass) {
            return Fit.NO;
        }
        Fit fit = Fit.YES;
        for (int i = 0; i < spelling.length; i++) {
            byte there = message[12 + i];
            if (there != spelling[i]) {
                if (lower(there) != lower(spelling[i])) {
                    return Fit.NO;
                }
                fit = Fit.OTHER_CASE;
            }
        }
        return fit;
    }

    /** The low four bits of the response code. */
    static int rcode(byte[] message) {
        return message[3] & 0xf;
    }

    /** Whether the answer was cut because it did not fit. */
    static boolean truncated(byte[] message) {
        return (message[2] & 2) != 0;
    }

    static int u16(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }

    private static int lower(byte b) {
        return b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b; // lengths of labels are below 'A'
    }
}
