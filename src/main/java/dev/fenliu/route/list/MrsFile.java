package dev.fenliu.route.list;

import dev.fenliu.model.Addresses;
import io.airlift.compress.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;

/**
 * mihomo's binary rule-set: a Zstandard frame with {@code MRS}, a version, a behaviour, counts, and then either an index
 * of names or ranges of addresses. All numbers are big-endian. The only class that loads the Zstandard decoder.
 */
final class MrsFile {
    private static final int MAGIC = 0x4d525301; // MRS and version 1
    private static final int MAX_EXTRA = 1 << 20;
    private static final char BELOW = '+';
    private static final char APEX_AND_BELOW = '\n';

    private MrsFile() {}

    static boolean isZstd(byte[] content) {
        return content.length >= 4
                && content[0] == 0x28
                && (content[1] & 0xff) == 0xb5
                && content[2] == 0x2f
                && (content[3] & 0xff) == 0xfd;
    }

    static void read(byte[] content, Entries out) throws ListFormatException {
        if (!isZstd(content)) {
            throw new ListFormatException("this is no .mrs file: it is not compressed with Zstandard");
        }
        byte[] unpacked = Unpacked.read(new ZstdInputStream(new ByteArrayInputStream(content)));
        ByteReader in = new ByteReader(unpacked, 0, unpacked.length);
        if ((in.u16() << 16 | in.u16()) != MAGIC) {
            throw new ListFormatException("this is no .mrs file of version 1");
        }
        int behaviour = in.u8();
        in.u64(); // how many rules there were before they were joined
        long extra = in.u64();
        in.skip(in.count(extra > MAX_EXTRA ? -1 : extra, 1));
        int version = in.u8();
        if (behaviour > 1 || version != 1) {
            throw new ListFormatException(".mrs of behaviour " + behaviour + " and version " + version
                    + " (known: 0 for domains and 1 for networks, version 1)");
        }
        if (behaviour == 0) {
            domains(in, out);
        } else {
            ranges(in, out);
        }
    }

    private static void domains(ByteReader in, Entries out) throws ListFormatException {
        long[] leaves = in.words(in.count(in.u64(), 8));
        long[] bitmap = in.words(in.count(in.u64(), 8));
        SuccinctTrie trie = SuccinctTrie.of(leaves, bitmap, in.bytes(in.count(in.u64(), 1)));
        trie.each(BELOW, APEX_AND_BELOW, name -> ClashDomain.read(clash(name), 0, out));
    }

    /** The file has {@code x} and {@code +.x} for a name with all below it, {@code +.x} alone for those below only. */
    private static String clash(String name) {
        if (name.charAt(0) == APEX_AND_BELOW) {
            return "+." + name.substring(1);
        }
        return name.startsWith("+.") ? name.substring(1) : name;
    }

    private static void ranges(ByteReader in, Entries out) throws ListFormatException {
        for (long left = in.count(in.u64(), 32); left > 0; left--) {
            InetAddress from = Addresses.of(in.bytes(16));
            InetAddress to = Addresses.of(in.bytes(16));
            if (!Cidr.isRange(from, to)) {
                throw new ListFormatException("the file is damaged: a range of addresses that ends before it starts");
            }
            out.range(from, to, 0);
        }
    }
}
