package dev.fenliu.app;

import dev.fenliu.config.Excerpt;

/** Text of a given width for terminals, where some characters take two columns. */
final class Columns {
    private Columns() {}

    /** How many columns a text takes. */
    static int width(String text) {
        return text.codePoints().map(Columns::width).sum();
    }

    private static int width(int c) {
        int type = Character.getType(c);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK || type == Character.FORMAT) {
            return 0;
        }
        return Excerpt.isWide(c) ? 2 : 1;
    }

    /** The text in exactly so many columns: cut, with an ellipsis, or filled up with blanks. */
    static String left(String text, int columns) {
        String cut = cut(text, columns);
        return cut + " ".repeat(Math.max(0, columns - width(cut)));
    }

    /** The same with the blanks before it. */
    static String right(String text, int columns) {
        String cut = cut(text, columns);
        return " ".repeat(Math.max(0, columns - width(cut))) + cut;
    }

    /** At most so many columns of the text, without what would move the cursor. */
    static String cut(String text, int columns) {
        String plain = plain(text);
        if (width(plain) <= columns) {
            return plain;
        }
        StringBuilder out = new StringBuilder();
        int taken = 0;
        for (int i = 0; i < plain.length(); ) {
            int c = plain.codePointAt(i);
            if (taken + width(c) > columns - 1) {
                break;
            }
            out.appendCodePoint(c);
            taken += width(c);
            i += Character.charCount(c);
        }
        return columns < 1 ? "" : out + "…";
    }

    /** Names and messages may be of strangers: none of their characters rules the terminal. */
    static String plain(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
        return out.toString();
    }
}
