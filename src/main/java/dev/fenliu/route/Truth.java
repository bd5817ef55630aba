package dev.fenliu.route;

/**
 * What is known about a condition, in an int: the lowest and the highest value that it may turn out to have, of false,
 * unknown (a list has no copy) and true, and what must be found out to tell. Kleene's logic over intervals: {@code all}
 * is the minimum, {@code any} the maximum, {@code not} turns the order around.
 */
final class Truth {
    private static final int FALSE = 0;
    private static final int UNKNOWN = 1;
    private static final int TRUE = 2;

    static final int NO = of(FALSE, FALSE, 0);
    static final int YES = of(TRUE, TRUE, 0);

    /** Nobody can tell: the list has no copy. */
    static final int MISSING = of(UNKNOWN, UNKNOWN, 0);

    /** Bits of {@link #needs}. */
    static final int ADDRESSES = 1;

    static final int PROCESS = 2;
    static final int FIRST_BYTES = 4;
    static final int DEVICE = 8;

    private Truth() {}

    private static int of(int low, int high, int needs) {
        return low | high << 2 | (low == high ? 0 : needs << 4);
    }

    static int of(boolean value) {
        return value ? YES : NO;
    }

    /** Yes or no, once {@code needs} is found out. */
    static int open(int needs) {
        return of(FALSE, TRUE, needs);
    }

    private static int low(int truth) {
        return truth & 3;
    }

    private static int high(int truth) {
        return truth >> 2 & 3;
    }

    /** What must be found out to tell more; 0 when that would not help. */
    static int needs(int truth) {
        return truth >> 4;
    }

    static int and(int a, int b) {
        return of(Math.min(low(a), low(b)), Math.min(high(a), high(b)), needs(a) | needs(b));
    }

    static int or(int a, int b) {
        return of(Math.max(low(a), low(b)), Math.max(high(a), high(b)), needs(a) | needs(b));
    }

    static int not(int a) {
        return of(TRUE - high(a), TRUE - low(a), needs(a));
    }

    /**
     * The same without the unknown, which counts as true if {@code unknownIs} is set, else as false; that may also close
     * what was open.
     */
    static int settle(int truth, boolean unknownIs) {
        int threshold = unknownIs ? UNKNOWN : TRUE;
        return of(low(truth) >= threshold ? TRUE : FALSE, high(truth) >= threshold ? TRUE : FALSE, needs(truth));
    }
}
