package dev.fenliu.route.list;

import dev.fenliu.model.Addresses;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A compact set of addresses: sorted ranges that neither touch nor overlap, IPv4 apart from IPv6, found by binary
 * search. IPv4-mapped addresses count as IPv4. Immutable and safe for use from any thread.
 */
public final class CidrSet {
    private static final int WORDS = 4; // of an IPv6 range: high and low of its first and of its last address

    private final long[] v4; // first << 32 | last, in unsigned order
    private final long[] v6;

    private CidrSet(long[] v4, long[] v6) {
        this.v4 = v4;
        this.v6 = v6;
    }

    public boolean contains(InetAddress address) {
        InetAddress plain = address instanceof Inet4Address ? address : Addresses.plain(address);
        byte[] bytes = plain.getAddress();
        return bytes.length == 4
                ? containsV4(Range.word(bytes, 0, 4))
                : containsV6(Range.word(bytes, 0, 8), Range.word(bytes, 8, 8));
    }

    private boolean containsV4(long address) {
        int low = 0;
        int high = v4.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long range = v4[middle];
            if (address < range >>> 32) {
                high = middle - 1;
            } else if (address > (range & 0xffffffffL)) {
                low = middle + 1;
            } else {
                return true;
            }
        }
        return false;
    }

    private boolean containsV6(long addressHigh, long addressLow) {
        int low = 0;
        int high = v6.length / WORDS - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int at = middle * WORDS;
            if (Range.compare(addressHigh, addressLow, v6[at], v6[at + 1]) < 0) {
                high = middle - 1;
            } else if (Range.compare(addressHigh, addressLow, v6[at + 2], v6[at + 3]) > 0) {
                low = middle + 1;
            } else {
                return true;
            }
        }
        return false;
    }

    /** Ranges after merging. */
    public int size() {
        return v4.length + v6.length / WORDS;
    }

    public boolean isEmpty() {
        return size() == 0;
    }

    /** Memory of the ranges, in bytes. */
    public long bytes() {
        return 8L * (v4.length + v6.length);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Collects ranges in any order, overlapping or not. Not thread-safe. */
    public static final class Builder {
        private final List<Range> v4 = new ArrayList<>();
        private final List<Range> v6 = new ArrayList<>();

        private Builder() {}

        /**
         * Adds a network; bits beyond the prefix are ignored.
         *
         * @throws IllegalArgumentException for a prefix longer than the address
         */
        public Builder add(InetAddress network, int prefix) {
            return add(new Cidr(network, prefix));
        }

        public Builder add(Cidr cidr) {
            return add(cidr.network().getAddress(), cidr.lastBytes());
        }

        /**
         * Adds the addresses between the two, both included.
         *
         * @throws IllegalArgumentException if they are of two families or in the wrong order
         */
        public Builder addRange(InetAddress from, InetAddress to) {
            byte[] first = Addresses.plain(from).getAddress();
            byte[] last = Addresses.plain(to).getAddress();
            if (first.length != last.length || Range.of(first, last).isInverted()) {
                throw new IllegalArgumentException(
                        "a range from " + Addresses.text(from) + " to " + Addresses.text(to));
            }
            return add(first, last);
        }

        private Builder add(byte[] first, byte[] last) {
            (first.length == 4 ? v4 : v6).add(Range.of(first, last));
            return this;
        }

        public CidrSet build() {
            List<Range> four = merge(v4);
            long[] packed = new long[four.size()];
            for (int i = 0; i < packed.length; i++) {
                packed[i] = four.get(i).firstLow() << 32 | four.get(i).lastLow();
            }
            List<Range> six = merge(v6);
            long[] words = new long[six.size() * WORDS];
            for (int i = 0; i < six.size(); i++) {
                Range range = six.get(i);
                words[i * WORDS] = range.firstHigh();
                words[i * WORDS + 1] = range.firstLow();
                words[i * WORDS + 2] = range.lastHigh();
                words[i * WORDS + 3] = range.lastLow();
            }
            return new CidrSet(packed, words);
        }

        private static List<Range> merge(List<Range> ranges) {
            List<Range> sorted = new ArrayList<>(ranges);
            sorted.sort(Comparator.naturalOrder());
            List<Range> merged = new ArrayList<>();
            for (Range range : sorted) {
                Range before = merged.isEmpty() ? null : merged.get(merged.size() - 1);
                if (before != null && before.reaches(range)) {
                    merged.set(merged.size() - 1, before.upTo(range));
                } else {
                    merged.add(range);
                }
            }
            return merged;
        }
    }

    /** A range of addresses as unsigned 128-bit numbers; the high words of IPv4 are 0. */
    private record Range(long firstHigh, long firstLow, long lastHigh, long lastLow) implements Comparable<Range> {
        static Range of(byte[] first, byte[] last) {
            return first.length == 4
                    ? new Range(0, word(first, 0, 4), 0, word(last, 0, 4))
                    : new Range(word(first, 0, 8), word(first, 8, 8), word(last, 0, 8), word(last, 8, 8));
        }

        static long word(byte[] bytes, int from, int length) {
            long word = 0;
            for (int i = from; i < from + length; i++) {
                word = word << 8 | bytes[i] & 0xff;
            }
            return word;
        }

        static int compare(long highA, long lowA, long highB, long lowB) {
            int high = Long.compareUnsigned(highA, highB);
            return high != 0 ? high : Long.compareUnsigned(lowA, lowB);
        }

        boolean isInverted() {
            return compare(firstHigh, firstLow, lastHigh, lastLow) > 0;
        }

        /** Whether {@code later}, which starts no earlier, overlaps this range or follows it without a gap. */
        boolean reaches(Range later) {
            if (compare(later.firstHigh, later.firstLow, lastHigh, lastLow) <= 0) {
                return true;
            }
            long nextLow = lastLow + 1;
            return later.firstLow == nextLow && later.firstHigh == (nextLow == 0 ? lastHigh + 1 : lastHigh);
        }

        Range upTo(Range later) {
            return compare(later.lastHigh, later.lastLow, lastHigh, lastLow) > 0
                    ? new Range(firstHigh, firstLow, later.lastHigh, later.lastLow)
                    : this;
        }

        @Override
        public int compareTo(Range other) {
            return compare(firstHigh, firstLow, other.firstHigh, other.firstLow);
        }
    }
}
