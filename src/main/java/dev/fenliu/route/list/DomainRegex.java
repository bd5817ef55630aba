package dev.fenliu.route.list;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.regex.MatchResult;

/**
 * Regular expressions for host names: RE2 syntax, case ignored, found anywhere in the name. Expressions that would
 * compile to a large program are refused, because lists come from strangers.
 */
public final class DomainRegex {
    private static final int MAX_CHARS = 2000;
    private static final long MAX_COST = 20_000;

    /** A character by its number, as {@code \x{1F600}}, {@code \xE9} or {@code \351}. */
    private static final java.util.regex.Pattern NUMBER =
            java.util.regex.Pattern.compile("\\\\(?:x\\{0*+([0-9A-Fa-f]*+)}|x([0-9A-Fa-f]{2})|([0-7]{3}))");

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
        if (!isAscii(text)) {
            throw new IllegalArgumentException(
                    "the expression has letters beyond ASCII, which names do not have here: write xn--... instead");
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

    /** RE2/J never finishes a class whose range goes far beyond, when case is ignored (its folding runs in circles). */
    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80)
                && NUMBER.matcher(text).results().noneMatch(DomainRegex::isBeyond);
    }

    private static boolean isBeyond(MatchResult number) {
        if (number.group(3) != null) {
            return Integer.parseInt(number.group(3), 8) >= 0x80;
        }
        String digits = number.group(1) != null ? number.group(1) : number.group(2);
        return digits.length() > 2 || !digits.isEmpty() && Integer.parseInt(digits, 16) >= 0x80;
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
