package dev.fenliu.route.list;

import java.security.SecureRandom;

/**
 * A keyed hash of domain names that is read off at every label while one walks a name from right to left: a polynomial
 * modulo the prime 2^61-1 at a secret point, drawn once a process. Two given names of up to 253 bytes collide with a
 * probability below 2^-53, whoever chose them, because the point is unknown to him.
 *
 * <p>A name is taken label by label, the last one first. Each label, read backwards and ended by a dot, is cut into
 * words of up to eight characters of seven bits; the words are the coefficients, so that different names give different
 * polynomials. Most labels cost one multiplication.
 */
final class DomainHash {
    static final int BITS = 61;
    static final int WORD_CHARS = 8;

    private static final long PRIME = (1L << BITS) - 1;
    private static final long POINT;
    private static final long SCALE;
    private static final long OFFSET;

    static {
        SecureRandom random = new SecureRandom();
        POINT = 1 + Long.remainderUnsigned(random.nextLong(), PRIME - 1);
        SCALE = 1 + Long.remainderUnsigned(random.nextLong(), PRIME - 1);
        OFFSET = Long.remainderUnsigned(random.nextLong(), PRIME);
    }

    /** The hash of the empty name, where every walk starts. */
    static final long START = 1;

    private DomainHash() {}

    /** The hash after one more word of a label. */
    static long next(long hash, long word) {
        return reduce(multiply(hash, POINT) + word);
    }

    /** Spreads a hash evenly over 61 bits; {@code (a·x + b) mod p} keeps the bound for any part of the bits taken. */
    static long spread(long hash) {
        return reduce(multiply(hash, SCALE) + OFFSET);
    }

    /** The spread hash of a whole name, or -1 if it has a character beyond ASCII. */
    static long of(String name) {
        long hash = START;
        long word = 0;
        int chars = 0;
        for (int i = name.length() - 1; i >= 0; i--) {
            char c = name.charAt(i);
            if (c >= 0x80) {
                return -1;
            }
            if (c == '.') {
                hash = end(hash, word, chars);
                word = 0;
                chars = 0;
                continue;
            }
            if (chars == WORD_CHARS) {
                hash = next(hash, word);
                word = 0;
                chars = 0;
            }
            word = word << 7 | c;
            chars++;
        }
        return spread(end(hash, word, chars));
    }

    /** The hash at the end of a label of which {@code chars} characters are still in {@code word}. */
    static long end(long hash, long word, int chars) {
        return chars == WORD_CHARS ? next(next(hash, word), '.') : next(hash, word << 7 | '.');
    }

    /** A product modulo the prime, at most 2^62 and not yet fully reduced. */
    private static long multiply(long a, long b) {
        long low = a * b;
        long high = Math.multiplyHigh(a, b);
        return (low & PRIME) + (low >>> BITS | high << 64 - BITS);
    }

    private static long reduce(long value) {
        long folded = (value & PRIME) + (value >>> BITS);
        return folded >= PRIME ? folded - PRIME : folded;
    }
}
