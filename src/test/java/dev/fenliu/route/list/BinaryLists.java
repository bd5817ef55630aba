package dev.fenliu.route.list;

import io.airlift.compress.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.TreeSet;
import java.util.zip.DeflaterOutputStream;

/** Writes small binary lists, from the descriptions of their formats. */
final class BinaryLists {
    private BinaryLists() {}

    /** Something that can be written. */
    interface Body {
        void write(DataOutputStream out) throws IOException;
    }

    static byte[] bytes(Body... bodies) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (Body body : bodies) {
                body.write(out);
            }
        }
        return bytes.toByteArray();
    }

    static byte[] zstd(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZstdOutputStream out = new ZstdOutputStream(bytes)) {
            out.write(content);
        }
        return bytes.toByteArray();
    }

    static byte[] mrsDomains(String... names) throws IOException {
        return zstd(bytes(head(0, names.length), trie(names, true)));
    }

    static byte[] mrsRanges(InetAddress... ends) throws IOException {
        return zstd(bytes(head(1, ends.length / 2), out -> {
            out.writeLong(ends.length / 2);
            for (InetAddress end : ends) {
                byte[] address = end.getAddress();
                if (address.length == 4) {
                    out.write(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1});
                }
                out.write(address);
            }
        }));
    }

    static Body head(int behaviour, int count) {
        return out -> {
            out.writeBytes("MRS\u0001");
            out.write(behaviour);
            out.writeLong(count);
            out.writeLong(0);
            out.write(1);
        };
    }

    static byte[] srs(int version, Body... rules) throws IOException {
        return srsOf(version, bytes(out -> uvarint(out, rules.length), out -> out.write(bytes(rules))));
    }

    /** @param content what is to be packed: the number of rules, and the rules */
    static byte[] srsOf(int version, byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(new byte[] {'S', 'R', 'S', (byte) version});
        try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
            out.write(content);
        }
        return bytes.toByteArray();
    }

    static Body rule(boolean invert, Body... items) {
        return out -> {
            out.write(0);
            for (Body item : items) {
                item.write(out);
            }
            out.write(0xff);
            out.write(invert ? 1 : 0);
        };
    }

    static Body logical(int mode, boolean invert, Body... rules) {
        return out -> {
            out.write(1);
            out.write(mode);
            uvarint(out, rules.length);
            for (Body rule : rules) {
                rule.write(out);
            }
            out.write(invert ? 1 : 0);
        };
    }

    static Body names(String... names) {
        return out -> {
            out.write(2);
            out.write(0);
            trie(names, false).write(out);
        };
    }

    static Body texts(int item, String... texts) {
        return out -> {
            out.write(item);
            uvarint(out, texts.length);
            for (String text : texts) {
                uvarint(out, text.length());
                out.writeBytes(text);
            }
        };
    }

    static Body ports(int item, int... ports) {
        return out -> {
            out.write(item);
            uvarint(out, ports.length);
            for (int port : ports) {
                out.writeShort(port);
            }
        };
    }

    static Body addresses(int item, InetAddress... ends) {
        return out -> {
            out.write(item);
            out.write(1);
            out.writeLong(ends.length / 2);
            for (InetAddress end : ends) {
                uvarint(out, end.getAddress().length);
                out.write(end.getAddress());
            }
        };
    }

    static Body site(String code, Body... members) throws IOException {
        return field(1, bytes(out -> {
            field(1, code.getBytes(StandardCharsets.UTF_8)).write(out);
            for (Body member : members) {
                member.write(out);
            }
        }));
    }

    static Body domain(int type, String value, String... attributes) throws IOException {
        return field(2, bytes(out -> {
            if (type != 0) {
                out.write(1 << 3);
                uvarint(out, type);
            }
            field(2, value.getBytes(StandardCharsets.UTF_8)).write(out);
            for (String attribute : attributes) {
                field(3, bytes(field(1, attribute.getBytes(StandardCharsets.UTF_8)), o -> o.write(new byte[] {16, 1})))
                        .write(out);
            }
        }));
    }

    static Body network(InetAddress address, int prefix) throws IOException {
        return field(2, bytes(field(1, address.getAddress()), out -> {
            out.write(2 << 3);
            uvarint(out, prefix);
        }));
    }

    static Body field(int number, byte[] content) {
        return out -> {
            uvarint(out, number << 3 | 2);
            uvarint(out, content.length);
            out.write(content);
        };
    }

    static void uvarint(DataOutputStream out, long value) throws IOException {
        long rest = value;
        while (rest > 0x7f) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    /** The index of names: counts as 64-bit numbers (.mrs) or in groups of seven bits (.srs). */
    static Body trie(String[] names, boolean wide) {
        TreeSet<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);
        for (String name : names) {
            keys.add(new StringBuilder(name).reverse().toString().getBytes(StandardCharsets.UTF_8));
        }
        List<byte[]> sorted = new ArrayList<>(keys);
        BitSet leaves = new BitSet();
        BitSet bitmap = new BitSet();
        ByteArrayOutputStream labels = new ByteArrayOutputStream();
        int bits = 0;
        int node = 0;
        ArrayDeque<int[]> queue = new ArrayDeque<>(List.of(new int[] {0, sorted.size(), 0}));
        while (!queue.isEmpty()) {
            int[] range = queue.poll();
            int from = range[0];
            int depth = range[2];
            if (from < range[1] && sorted.get(from).length == depth) {
                leaves.set(node);
                from++;
            }
            while (from < range[1]) {
                byte label = sorted.get(from)[depth];
                int to = from;
                while (to < range[1] && sorted.get(to)[depth] == label) {
                    to++;
                }
                labels.write(label);
                bits++;
                queue.add(new int[] {from, to, depth + 1});
                from = to;
            }
            bitmap.set(bits++);
            node++;
        }
        return out -> {
            words(out, leaves, wide);
            words(out, bitmap, wide);
            count(out, labels.size(), wide);
            labels.writeTo(out);
        };
    }

    private static void words(DataOutputStream out, BitSet bits, boolean wide) throws IOException {
        long[] words = bits.toLongArray();
        count(out, words.length, wide);
        for (long word : words) {
            out.writeLong(word);
        }
    }

    private static void count(DataOutputStream out, long count, boolean wide) throws IOException {
        if (wide) {
            out.writeLong(count);
        } else {
            uvarint(out, count);
        }
    }
}
