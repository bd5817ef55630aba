package dev.fenliu.route.list;

import java.nio.charset.StandardCharsets;
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
        String start = new String(content, 0, Math.min(content.length, 64), StandardCharsets.UTF_8).stripLeading();
        if (!isPlain(start) && !start.startsWith("!")) {
            try {
                lines = Base64.getMimeDecoder().decode(content);
            } catch (IllegalArgumentException e) {
                throw new ListFormatException("the file is damaged or cut short: it is not Base64");
            }
        }
        TextLines.each(lines, new AutoProxyLine(), out);
    }
}
