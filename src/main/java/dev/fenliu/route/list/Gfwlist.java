package dev.fenliu.route.list;

import java.util.Base64;

/** AutoProxy lists, in Base64 as gfwlist is published or in the clear. */
final class Gfwlist {
    private static final String HEAD = "[AutoProxy";
    private static final String ENCODED_HEAD = "W0F1dG9Qcm94e"; // of the head in Base64, as far as it is certain

    private Gfwlist() {}

    static boolean isEncoded(String start) {
        return start.startsWith(ENCODED_HEAD);
    }

    static boolean isPlain(String start) {
        return start.startsWith(HEAD);
    }

    static void read(byte[] content, Entries out) throws ListFormatException {
        byte[] lines = content;
        if (isBase64(FormatDetector.requireText(content))) {
            try {
                lines = Base64.getMimeDecoder().decode(content);
            } catch (IllegalArgumentException e) {
                throw new ListFormatException("the file is damaged or cut short: it is not Base64");
            }
        }
        TextLines.each(lines, new AutoProxyLine(), out);
    }

    /** Lists in the clear have dots and bars early on. */
    private static boolean isBase64(String start) {
        return start.chars()
                .allMatch(c -> c >= 'A' && c <= 'Z'
                        || c >= 'a' && c <= 'z'
                        || c >= '0' && c <= '9'
                        || "+/=\r\n".indexOf(c) >= 0);
    }
}
