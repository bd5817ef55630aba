package dev.fenliu.route.list;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A compact set of domain names: about six bytes a name whatever its length, and one probe a label for a look-up. It
 * keeps hashes alone, so a name outside the set is taken for a member with a probability of about 10^-9 a label; the
 * hash is keyed ({@link DomainHash}), so nobody can look for such a name. Immutable and safe for use from any thread.
 *
 * <p>Layout: the hashes sorted and cut into buckets of two on average, where the upper bits are the bucket and the lower
 * 32 are what is kept.
 */
public final class DomainSet {
    // Differences that no hash knows: one name may be in the set in several kinds.
    private static final int[] MARKS = {0, 0x5bd1e995, 0x85ebca6b, 0xc2b2ae35};

    private static final int EXACT = 0;
    private static final int SUFFIX = 1;
    private static final int BELOW = 2;
    private static final int CHILD = 3;
    private static final int PER_BUCKET = 2;

    private final DomainHash key;
    private final int[] starts; // of each bucket in prints, and the end of the last one
    private final int[] prints;
    private final boolean children;

    private DomainSet(DomainHash key, int[] starts, int[] prints, boolean children) {
        this.key = key;
        this.starts = starts;
        this.prints = prints;
        this.children = children;
    }

    /** Whether the set names this host, which is normalised as {@link dev.fenliu.model.Host.Name} is. */
    public boolean contains(String asciiName) {
        long hash = DomainHash.START;
        long parent = -1;
        long word = 0;
        int chars = 0;
        for (int i = asciiName.length() - 1; i >= 0; i--) {
            char c = asciiName.charAt(i);
            if (c == '.') {
                hash = key.end(hash, word, chars);
                parent = key.spread(hash);
                if (holds(parent, SUFFIX, BELOW)) {
                    return true;
                }
                word = 0;
                chars = 0;
                continue;
            }
            if (chars == DomainHash.WORD_CHARS) {
                hash = key.next(hash, word);
                word = 0;
                chars = 0;
            }
            if (c >= 0x80) {
                return false;
            }
            word = word << 7 | c;
            chars++;
        }
        return holds(key.spread(key.end(hash, word, chars)), SUFFIX, EXACT)
                || children && parent >= 0 && holds(parent, CHILD, CHILD);
    }

    /** Whether the hash is in the set as one of two kinds. */
    private boolean holds(long hash, int kind, int other) {
        int mark = MARKS[kind];
        int otherMark = MARKS[other];
        int bucket = bucket(hash, starts.length - 1);
        int print = (int) hash;
        for (int i = starts[bucket], end = starts[bucket + 1]; i < end; i++) {
            int difference = prints[i] ^ print;
            if (difference == mark || difference == otherMark) {
                return true;
            }
        }
        return false;
    }

    /** Scales the upper 32 of the 61 bits to the number of buckets, in order. */
    private static int bucket(long hash, int buckets) {
        return (int) ((hash >>> DomainHash.BITS - 32) * buckets >>> 32);
    }

    /** Names in the set; one of two kinds counts twice. */
    public int size() {
        return prints.length;
    }

    public boolean isEmpty() {
        return prints.length == 0;
    }

    /** Memory of the set, in bytes. */
    public long bytes() {
        return 4L * (starts.length + prints.length);
    }

    /** Bytes that the set takes in a file. */
    int packedBytes() {
        return DomainHash.KEY_BYTES + 1 + Integer.BYTES * (1 + starts.length + prints.length);
    }

    /** Writes the set with its key, which whoever reads the file knows then. */
    void write(ByteBuffer out) {
        key.write(out);
        out.put((byte) (children ? 1 : 0)).putInt(prints.length);
        out.asIntBuffer().put(starts).put(prints);
        out.position(out.position() + Integer.BYTES * (starts.length + prints.length));
    }

    /** What {@link #write} wrote, which must fill the buffer. @throws ListFormatException if it is something else */
    static DomainSet read(ByteBuffer in) throws ListFormatException {
        if (in.remaining() < DomainHash.KEY_BYTES + 1 + Integer.BYTES) {
            throw new ListFormatException("the file is cut short");
        }
        DomainHash key = DomainHash.read(in);
        boolean children = in.get() != 0;
        int size = in.getInt();
        if (size < 0 || in.remaining() != Integer.BYTES * (1L + buckets(size) + size)) {
            throw new ListFormatException("the file is damaged: it does not hold what it announces");
        }
        int[] starts = new int[buckets(size) + 1];
        int[] prints = new int[size];
        in.asIntBuffer().get(starts).get(prints);
        boolean ordered = starts[0] == 0 && starts[starts.length - 1] == size;
        for (int i = 1; i < starts.length; i++) {
            ordered &= starts[i - 1] <= starts[i];
        }
        if (!ordered) {
            throw new ListFormatException("the file is damaged: its buckets are not in order");
        }
        return new DomainSet(key, starts, prints, children);
    }

    private static int buckets(int size) {
        return Math.max(1, size / PER_BUCKET);
    }

    /** For a set with a key of its own. */
    public static Builder builder() {
        return builder(DomainHash.secret());
    }

    static Builder builder(DomainHash key) {
        return new Builder(key);
    }

    /** Collects names, normalised as {@link dev.fenliu.model.Host.Name} is, in any order. Not thread-safe. */
    public static final class Builder {
        private final DomainHash key;
        private long[] hashes = new long[64]; // spread hash << 2 | index of kind
        private int size;
        private boolean children;

        private Builder(DomainHash key) {
            this.key = key;
        }

        /** This name. */
        public Builder exact(String name) {
            return add(name, EXACT);
        }

        /** This name and every name below it. */
        public Builder suffix(String name) {
            return add(name, SUFFIX);
        }

        /** Every name below this one. */
        public Builder below(String name) {
            return add(name, BELOW);
        }

        /** The names of exactly one label more than this one. */
        public Builder child(String name) {
            children = true;
            return add(name, CHILD);
        }

        /** Names added so far, duplicates included. */
        public int size() {
            return size;
        }

        private Builder add(String name, int kind) {
            long hash = key.of(name);
            if (hash < 0 || name.isEmpty()) {
                throw new IllegalArgumentException("not a normalised name: \"" + name + "\"");
            }
            if (size == hashes.length) {
                hashes = Arrays.copyOf(hashes, size * 2);
            }
            hashes[size++] = hash << 2 | kind;
            return this;
        }

        public DomainSet build() {
            long[] sorted = Arrays.copyOf(hashes, size);
            Arrays.sort(sorted);
            int distinct = 0;
            for (int i = 0; i < sorted.length; i++) {
                if (i == 0 || sorted[i] != sorted[i - 1]) {
                    sorted[distinct++] = sorted[i];
                }
            }
            int[] starts = new int[buckets(distinct) + 1];
            int[] prints = new int[distinct];
            for (int i = 0; i < distinct; i++) {
                long hash = sorted[i] >>> 2;
                starts[bucket(hash, starts.length - 1) + 1]++;
                prints[i] = (int) hash ^ MARKS[(int) sorted[i] & 3];
            }
            for (int i = 1; i < starts.length; i++) {
                starts[i] += starts[i - 1];
            }
            return new DomainSet(key, starts, prints, children);
        }
    }
}
