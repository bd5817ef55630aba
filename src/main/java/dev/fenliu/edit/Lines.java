package dev.fenliu.edit;

/** Where lines begin and end in a text that keeps its ends of lines as they are; positions are indexes of the text. */
record Lines(String text) {
    /** How its lines end, by the first of them. */
    String newline() {
        int line = text.indexOf('\n');
        return line > 0 && text.charAt(line - 1) == '\r' ? "\r\n" : "\n";
    }

    /** Where the line of {@code at} begins; behind the byte order mark, if there is one. */
    int start(int at) {
        return Math.max(text.lastIndexOf('\n', at - 1) + 1, text.startsWith("\ufeff") ? 1 : 0);
    }

    /** Where it ends, before what ends it. */
    int end(int at) {
        int end = text.indexOf('\n', at);
        int to = end < 0 ? text.length() : end;
        return to > at && text.charAt(to - 1) == '\r' ? to - 1 : to;
    }

    /** How many characters end the line whose {@link #end} that is; 0 at the end of the text. */
    int breakAt(int end) {
        return text.startsWith("\r\n", end) ? 2 : end < text.length() ? 1 : 0;
    }

    /** How many code points stand before it in its line. */
    int column(int at) {
        return text.codePointCount(start(at), at);
    }

    /** The number of its line, from 1. */
    int number(int at) {
        return 1
                + (int) text.substring(0, Math.min(at, text.length()))
                        .chars()
                        .filter(c -> c == '\n')
                        .count();
    }

    /** The beginning of the comments that stand directly above the line that begins there. */
    int aboveComments(int start) {
        int at = start;
        while (at > 0) {
            int above = start(at - 1);
            if (!text.substring(above, at).strip().startsWith("#")) {
                break;
            }
            at = above;
        }
        return at;
    }
}
