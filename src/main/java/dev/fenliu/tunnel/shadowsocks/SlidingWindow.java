package dev.fenliu.tunnel.shadowsocks;

/**
 * The numbers of datagrams that have come: those that came before, and those so old that nobody knows, are told from new
 * ones (SIP022 3.2.4; the ring of words of RFC 6479). Numbers are unsigned. Confined to one thread.
 */
final class SlidingWindow {
    private static final int WORDS = 32;

    /** How far behind the highest number a new one may be. */
    static final int SIZE = (WORDS - 1) * Long.SIZE;

    private final long[] seen = new long[WORDS];
    private long highest;

    /** Whether that number is new. */
    boolean isNew(long number) {
        if (Long.compareUnsigned(number, highest) > 0) {
            return true;
        }
        return Long.compareUnsigned(highest - number, SIZE) < 0 && (seen[word(number)] & bit(number)) == 0;
    }

    /** Notes a number that is new. */
    void add(long number) {
        if (Long.compareUnsigned(number, highest) > 0) {
            long words = (number >>> 6) - (highest >>> 6);
            for (long i = 1; i <= Math.min(words, WORDS); i++) {
                seen[(int) ((highest >>> 6) + i & WORDS - 1)] = 0;
            }
            highest = number;
        }
        seen[word(number)] |= bit(number);
    }

    private static int word(long number) {
        return (int) (number >>> 6 & WORDS - 1);
    }

    private static long bit(long number) {
        return 1L << number;
    }
}
