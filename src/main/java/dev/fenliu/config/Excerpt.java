package dev.fenliu.config;

import java.util.List;

/**
 * The line that a problem stands on, as it may be shown and logged: secrets are stars, control characters are gone.
 *
 * @param text the line without its end, or the part of a long one that is shown
 * @param column where the caret begins, counted from 1
 * @param width characters that the caret marks, at least 1
 */
public record Excerpt(String text, int column, int width) {
    private static final int BEFORE = 60;
    private static final int SHOWN = 120;

    /**
     * Makes one.
     *
     * @param start index of the first marked character
     * @param end behind the last one
     * @param secrets what is not shown, in order and apart
     */
    static Excerpt of(String line, int start, int end, List<Mask.Span> secrets) {
        int from = place(start, secrets, false);
        String text = Mask.plain(Mask.apply(line, secrets));
        int left = Math.max(0, Math.min(from, text.length()) - BEFORE);
        String shown = text.substring(left, Math.min(text.length(), left + SHOWN));
        return new Excerpt(shown, from - left + 1, Math.max(1, place(end, secrets, true) - from));
    }

    /** Where a character of the line stands in the masked one; inside a secret, at its near or far end. */
    private static int place(int index, List<Mask.Span> secrets, boolean far) {
        int shift = 0;
        for (Mask.Span secret : secrets) {
            if (index <= secret.from()) {
                break;
            }
            if (index < secret.to()) {
                return secret.from() + shift + (far ? Mask.STARS.length() : 0);
            }
            shift += Mask.STARS.length() - (secret.to() - secret.from());
        }
        return index + shift;
    }

    /** The line with its number, and a caret below it. */
    String lines(int number) {
        int caret = Math.min(column - 1, text.length());
        String margin = Integer.toString(number);
        StringBuilder out = new StringBuilder("\n  " + margin + " | " + text + "\n  ");
        out.append(" ".repeat(margin.length())).append(" | ");
        text.substring(0, caret).codePoints().forEach(c -> out.append(c == '\t' ? "\t" : isWide(c) ? "\u3000" : " "));
        int marked = Math.max(1, Math.min(width, text.length() - caret));
        String under = text.substring(caret, Math.min(text.length(), caret + marked));
        out.append("^"
                .repeat(Math.max(
                        1, under.codePoints().map(c -> isWide(c) ? 2 : 1).sum())));
        return out.toString();
    }

    /** Whether terminals give that character two columns. */
    public static boolean isWide(int c) {
        return c >= 0x1100 && c <= 0x115f
                || c >= 0x2e80 && c <= 0xa4cf
                || c >= 0xac00 && c <= 0xd7a3
                || c >= 0xf900 && c <= 0xfaff
                || c >= 0xfe30 && c <= 0xfe6f
                || c >= 0xff01 && c <= 0xff60
                || c >= 0xffe0 && c <= 0xffe6
                || c >= 0x1f300 && c <= 0x1faff
                || c >= 0x20000 && c <= 0x3fffd;
    }
}
