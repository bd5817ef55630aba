package dev.fenliu.route.list;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * Regular expressions for host names: RE2 syntax, case ignored, found anywhere in the name. Expressions that would
 * compile to a large program are refused, because lists come from strangers.
 */
public final class DomainRegex {
    private static final int MAX_CHARS = 2000;
    private static final long MAX_COST = 20_000;

    private DomainRegex() {}

    /**
     * Compiles an expression, letter for letter.
     *
     * @throws IllegalArgumentException if it is none, is empty or too large; the message is for users
     */
    public static Pattern compile(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("an empty expression would match every name");
        }
        if (text.length() > MAX_CHARS || cost(text) > MAX_COST) {
            throw new IllegalArgumentException("the expression is too large");
        }
        try {
            return Pattern.compile(text, Pattern.CASE_INSENSITIVE);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no expression of RE2 (which has no look-around and no back-references): "
                            + e.getDescription(),
                    e);
        }
    }

    /** Characters of the expression with its repetitions written out. */
    private static long cost(String text) {
        long[] groups = new long[text.length() + 1];
        int depth = 0;
        long last = 0;
        boolean inClass = false;
        for (int i = 0; i < text.length() && groups[0] <= MAX_COST; i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                i++;
                last = inClass ? last : add(groups, depth);
            } else if (inClass) {
                inClass = c != ']';
            } else if (c == '(') {
                groups[++depth] = 0;
            } else if (c == ')' && depth > 0) {
                last = groups[depth--] + 1;
                groups[depth] += last;
            } else if (c == '{') {
                long times = times(text, i + 1);
                groups[depth] += last * (times - 1);
                last *= times;
            } else {
                inClass = c == '[';
                last = add(groups, depth);
            }
            groups[depth] = Math.min(groups[depth], MAX_COST + 1);
            last = Math.min(last, MAX_COST + 1);
        }
        long sum = 0;
        for (int i = 0; i <= depth; i++) {
            sum += groups[i];
        }
        return sum;
    }

    private static long add(long[] groups, int depth) {
        groups[depth]++;
        return 1;
    }

    /** The larger number of <code>{n,m}</code>, at least 1. */
    private static long times(String text, int from) {
        long most = 1;
        long number = 0;
        for (int i = from; i < text.length() && text.charAt(i) != '}'; i++) {
            int digit = Character.digit(text.charAt(i), 10);
            number = digit < 0 ? 0 : Math.min(MAX_COST, number * 10 + digit);
            most = Math.max(most, number);
        }
        return most;
    }
}
