package dev.fenliu.dns;

import dev.fenliu.hostile.Table;
import dev.fenliu.inbound.Bytes;
import dev.fenliu.model.Addresses;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Makes messages, in order or not, out of what the tables {@code resources/hostile/dns-*.txt} say: bytes as {@link Bytes}
 * reads them; {@code [ … ]} for what stands between with a length of two bytes in front; {@code {…*n}} for repetition; and
 * the words below.
 */
final class AnswerRecipe {
    /** Class IN and a TTL of 60. */
    private static final String IN = "0001 0000003c ";

    private static final String MEDIA_TYPE = "application/dns-message";

    private final byte[] query;

    private AnswerRecipe(byte[] query) {
        this.query = query;
    }

    /** What {@code text} makes of {@code query}. */
    static byte[] bytes(String text, byte[] query) {
        return new AnswerRecipe(query).parse(Table.repeat(text));
    }

    private byte[] parse(String text) {
        Deque<ByteArrayOutputStream> open = new ArrayDeque<>();
        open.push(new ByteArrayOutputStream());
        for (int at = 0; at < text.length(); ) {
            int end = end(text, at);
            String word = text.substring(at, end);
            at = end + 1;
            switch (word) {
                case "" -> {}
                case "[" -> open.push(new ByteArrayOutputStream());
                case "]" -> {
                    byte[] inner = open.pop().toByteArray();
                    open.element().writeBytes(FakeServer.framed(inner));
                }
                default -> open.element().writeBytes(word(word));
            }
        }
        if (open.size() != 1) {
            throw new AssertionError("brackets of " + text);
        }
        return open.pop().toByteArray();
    }

    private static int end(String text, int from) {
        boolean quoted = false;
        int at = from;
        while (at < text.length() && (quoted || text.charAt(at) != ' ')) {
            quoted ^= text.charAt(at) == '\'';
            at++;
        }
        return at;
    }

    private byte[] word(String word) {
        int colon = word.indexOf(':');
        String name = colon < 0 ? word : word.substring(0, colon);
        String value = word.substring(colon + 1);
        return switch (name) {
            case "ID" -> Arrays.copyOf(query, 2);
            case "OTHERID" -> new byte[] {query[0], (byte) (query[1] ^ 0x55)};
            case "QUERY" -> query;
            case "Q" -> Arrays.copyOfRange(query, 12, question() + 4);
            case "NAME" -> Arrays.copyOfRange(query, 12, question());
            case "LOWER" -> lower();
            case "HEAD" -> parse("ID 8180 0001 " + count(value, 0) + count(value, 1) + count(value, 2));
            case "IN" -> parse(IN);
            case "A" -> parse(owner(value) + " 0001 " + IN + "[ " + address(target(value)) + " ]");
            case "CNAME" -> parse(owner(value) + " 0005 " + IN + "[ N:" + target(value) + " ]");
            case "SOA" -> // of the zone example.test: its TTL, and the MINIMUM
                parse("c011 0006 0001 " + value.replace("/", " [ c011 c011 00000001 00000e10 00000258 00015180 ")
                        + " ]");
            case "N" -> labels(value);
            case "CHAIN" -> chain(Integer.parseInt(value));
            case "POINTERS" -> pointers(Integer.parseInt(value));
            case "GOOD" -> parse("HEAD:1/0/0 Q A:10.0.0.1");
            case "OK" -> parse("STATUS:200 TYPE:" + MEDIA_TYPE);
            case "STATUS" -> parse("08 03 '" + value + "'"); // RFC 7541, not indexed, names of its static table
            case "TYPE" -> parse("0f10 " + String.format("%02x", value.length()) + " '" + value + "'");
            default -> Bytes.of(word);
        };
    }

    /** Where the type of the question stands. */
    private int question() {
        int at = 12;
        while (query[at] != 0) {
            at += query[at] + 1;
        }
        return at + 1;
    }

    private byte[] lower() {
        return new String(query, 12, question() - 12, StandardCharsets.ISO_8859_1)
                .toLowerCase(java.util.Locale.ROOT)
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String count(String counts, int which) {
        return String.format("%04x ", Integer.parseInt(counts.split("/", -1)[which]));
    }

    private static String owner(String value) {
        int slash = value.indexOf('/');
        return slash < 0 ? "c00c" : "N:" + value.substring(0, slash);
    }

    private static String target(String value) {
        return value.substring(value.indexOf('/') + 1);
    }

    private static String address(String text) {
        return Bytes.hex(Addresses.parse(text).getAddress());
    }

    private static byte[] labels(String name) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String label : name.split("\\.", -1)) {
            out.write(label.length());
            out.writeBytes(label.getBytes(StandardCharsets.ISO_8859_1));
        }
        out.write(0);
        return out.toByteArray();
    }

    /** So many aliases, one after the other, and an address at the end. */
    private byte[] chain(int links) {
        StringBuilder all = new StringBuilder("CNAME:n1.example.test ");
        for (int i = 1; i < links; i++) {
            all.append("CNAME:n")
                    .append(i)
                    .append(".example.test/n")
                    .append(i + 1)
                    .append(".example.test ");
        }
        return parse(all + "A:n" + links + ".example.test/10.0.0.1");
    }

    /**
     * A record whose data are so many pointers, each to the one before it and the first to the question, and a pointer to the
     * last of them.
     */
    private byte[] pointers(int count) {
        int first = question() + 4 + 12;
        StringBuilder all = new StringBuilder("c00c fff0 " + IN + "[ c00c ");
        for (int i = 0; i < count; i++) {
            all.append(String.format(i < count - 1 ? "%04x " : "] %04x", 0xc000 | first + 2 * i));
        }
        return parse(all.toString());
    }
}
