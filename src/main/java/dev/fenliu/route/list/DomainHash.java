package dev.fenliu.route.list;

import java.nio.ByteBuffer;
import java.security.SecureRandom;

/**
 * A keyed hash of domain names that is read off at every label while one walks a name from right to left: a polynomial
 * modulo the prime 2^61-1 at a secret point, drawn for each set. Two given names of up to 253 bytes collide with a
 * probability below 2^-53, whoever chose them, because the point is unknown to him. Immutable.
 *
 * <p>A name is taken label by label, the last one first. Each label, read backwards and ended by a dot, is cut into
 * words of up to eight characters of seven bits; the words are the coefficients, so that different names give different
 * polynomials. Most labels cost one multiplication.
 */
final class DomainHash {
    static final int BITS = 61;
    static final int WORD_CHARS = 8;
    /** That a key takes in a file. */
    static final int KEY_BYTES = 3 * Long.BYTES;

    private static final long PRIME = (1L << BITS) - 1;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final long point;
    private final long scale;
    private final long offset;

    /** The hash of the empty name, where every walk starts. */
    static final long START = 1;

    private DomainHash(long point, long scale, long offset) {
        this.point = point;
        this.scale = scale;
        this.offset = offset;
    }

    /** One with a key that nobody knows. */
    static DomainHash secret() {
        return new DomainHash(
                1 + Long.remainderUnsigned(RANDOM.nextLong(), PRIME - 1),
                1 + Long.remainderUnsigned(RANDOM.nextLong(), PRIME - 1),
                Long.remainderUnsigned(RANDOM.nextLong(), PRIME));
    }

    /** The one whose key was written. @throws ListFormatException if this is no key */
    static DomainHash read(ByteBuffer in) throws ListFormatException {
        DomainHash hash = new DomainHash(in.getLong(), in.getLong(), in.getLong());
        boolean possible = hash.point > 0
                && hash.point < PRIME
                && hash.scale > 0
                && hash.scale < PRIME
                && hash.offset >= 0
                && hash.offset < PRIME;
        if (!possible) {
            throw new ListFormatException("the file is damaged: no key of a hash");
        }
        return hash;
    }

    void write(ByteBuffer out) {
        out.putLong(point).putLong(scale).putLong(offset);
    }

    /** The hash after one more word of a label. */
    long next(long hash, long word) {
        return reduce(multiply(hash, point) + word);
    }

    /** Spreads a hash evenly over 61 bits; {@code (a·x + b) mod p} keeps the bound for any part of the bits taken. */
    long spread(long hash) {
        return reduce(multiply(hash, scale) + offset);
    }

    /** The spread hash of a whole name, or -1 if it has a character beyond ASCII. */
    long of(String name) {
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
    long end(long hash, long word, int chars) {
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
