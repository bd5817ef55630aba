package dev.fenliu.route.list;

import dev.fenliu.model.Addresses;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.zip.InflaterInputStream;

/** sing-box's binary rule-set: {@code SRS}, a version, and the rules as a zlib stream of tagged conditions. */
final class SrsFile {
    private static final int HEAD = 4;
    private static final int MAX_VERSION = 5;
    private static final int MAX_DEPTH = 4;
    private static final int FINAL = 0xff;

    private final ByteReader in;

    private SrsFile(byte[] unpacked) {
        this.in = new ByteReader(unpacked, 0, unpacked.length);
    }

    static boolean isSrs(byte[] content) {
        return content.length >= HEAD
                && content[0] == 'S'
                && content[1] == 'R'
                && content[2] == 'S'
                && content[3] < ' ';
    }

    static void read(byte[] content, Entries out) throws ListFormatException {
        if (!isSrs(content)) {
            throw new ListFormatException("this is no .srs file: it does not start with SRS");
        }
        if (content[3] < 1 || content[3] > MAX_VERSION) {
            throw new ListFormatException(".srs of version " + content[3] + " (known: 1 to " + MAX_VERSION + ")");
        }
        byte[] unpacked =
                Unpacked.read(new InflaterInputStream(new ByteArrayInputStream(content, HEAD, content.length - HEAD)));
        SrsFile file = new SrsFile(unpacked);
        for (long left = file.count(1); left > 0; left--) {
            file.rule(0).emit(out);
        }
    }

    private int count(int size) throws ListFormatException {
        return in.count(in.uvarint(), size);
    }

    private SingBoxRule rule(int depth) throws ListFormatException {
        int type = in.u8();
        if (type == 1 && depth < MAX_DEPTH) {
            return logical(depth);
        }
        if (type != 0) {
            throw new ListFormatException(
                    type == 1 ? "rules nested too deeply" : "the file is damaged: a rule of type " + type);
        }
        SingBoxConditions rule = new SingBoxConditions();
        for (int item = in.u8(); item != FINAL; item = in.u8()) {
            item(item, rule);
        }
        rule.invert(in.u8() != 0);
        return rule;
    }

    private SingBoxRule logical(int depth) throws ListFormatException {
        int mode = in.u8();
        if (mode > 1) {
            throw new ListFormatException("the file is damaged: a logical rule of mode " + mode);
        }
        List<SingBoxRule> rules = new ArrayList<>();
        for (long left = count(1); left > 0; left--) {
            SingBoxLogical.requireRoom(rules);
            rules.add(rule(depth + 1));
        }
        return new SingBoxLogical(mode == 0, rules, in.u8() != 0, 0);
    }

    private void item(int item, SingBoxConditions rule) throws ListFormatException {
        switch (item) {
            case 0 -> numbers(2, value -> rule.unknown("query_type"));
            case 1 -> texts(rule::network);
            case 2 -> rule.names(trie());
            case 3 -> texts(text -> rule.destination(EntryKind.DOMAIN_KEYWORD, text, 0));
            case 4 -> texts(text -> rule.destination(EntryKind.DOMAIN_REGEX, text, 0));
            case 5 -> addresses(rule::source);
            case 6 -> addresses(rule::destination);
            case 7 -> numbers(2, value -> rule.sourcePort(Integer.toString(value)));
            case 8 -> texts(rule::sourcePort);
            case 9 -> numbers(2, value -> rule.port(Integer.toString(value)));
            case 10 -> texts(rule::port);
            case 11 -> texts(rule::process);
            case 12 -> texts(text -> rule.unknown("process_path"));
            case 13 -> texts(text -> rule.unknown("package_name"));
            case 14 -> texts(text -> rule.unknown("wifi_ssid"));
            case 15 -> texts(text -> rule.unknown("wifi_bssid"));
            case 16 -> {
                trie();
                rule.unknown("adguard_domain");
            }
            case 17 -> texts(text -> rule.unknown("process_path_regex"));
            case 18 -> numbers(1, value -> rule.unknown("network_type"));
            case 19 -> rule.unknown("network_is_expensive");
            case 20 -> rule.unknown("network_is_constrained");
            case 21 -> {
                for (long left = count(2); left > 0; left--) {
                    in.u8(); // type of interface
                    prefixes();
                }
                rule.unknown("network_interface_address");
            }
            case 22 -> {
                prefixes();
                rule.unknown("default_interface_address");
            }
            case 23 -> texts(text -> rule.unknown("package_name_regex"));
            default -> throw new ListFormatException("a condition of kind " + item + ", which is not known here");
        }
    }

    private void prefixes() throws ListFormatException {
        for (long left = count(2); left > 0; left--) {
            in.skip(count(1));
            in.u8();
        }
    }

    private SuccinctTrie trie() throws ListFormatException {
        int version = in.u8();
        if (version != 0) {
            throw new ListFormatException("an index of names of version " + version + " (known: 0)");
        }
        long[] leaves = in.words(count(8));
        long[] bitmap = in.words(count(8));
        return SuccinctTrie.of(leaves, bitmap, in.bytes(count(1)));
    }

    private void texts(Consumer<String> sink) throws ListFormatException {
        for (long left = count(1); left > 0; left--) {
            sink.accept(in.text(count(1)));
        }
    }

    private void numbers(int size, IntConsumer sink) throws ListFormatException {
        for (long left = count(size); left > 0; left--) {
            sink.accept(size == 1 ? in.u8() : in.u16());
        }
    }

    private void addresses(BiConsumer<InetAddress, InetAddress> sink) throws ListFormatException {
        int version = in.u8();
        if (version != 1) {
            throw new ListFormatException("a set of addresses of version " + version + " (known: 1)");
        }
        for (long left = in.count(in.u64(), 10); left > 0; left--) {
            InetAddress from = address();
            InetAddress to = address();
            if (!Cidr.isRange(from, to)) {
                throw new ListFormatException("the file is damaged: a range of addresses that ends before it starts");
            }
            sink.accept(from, to);
        }
    }

    private InetAddress address() throws ListFormatException {
        int length = count(1);
        if (length != 4 && length != 16) {
            throw new ListFormatException("the file is damaged: an address of " + length + " bytes");
        }
        return Addresses.of(in.bytes(length));
    }
}
