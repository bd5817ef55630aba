package dev.fenliu.subscribe;

import dev.fenliu.outbound.ShareLink;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Share links, one a line, with comments and with the {@code NAME=text} lines that some panels put before them. */
final class LinkLines {
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]{0,30})://.*", Pattern.DOTALL);
    private static final Pattern NOTE = Pattern.compile("(?:STATUS|REMARKS|MAX)=(.*)", Pattern.DOTALL);

    private LinkLines() {}

    static void read(String text, Collected into) {
        int number = 0;
        for (String raw : text.split("\r\n|[\r\n]", -1)) {
            number++;
            String line = raw.strip();
            Matcher note = NOTE.matcher(line);
            if (line.isEmpty() || line.startsWith("#") || line.startsWith("//") || line.startsWith(";")) {
                continue;
            }
            if (note.matches()) {
                into.note(note.group(1));
            } else if (into.wants(number)) {
                link(line, number, into);
            }
        }
    }

    private static void link(String line, int number, Collected into) {
        Matcher scheme = SCHEME.matcher(line);
        String type = scheme.matches() ? scheme.group(1).toLowerCase(Locale.ROOT) : "";
        if (!type.isEmpty() && !ShareLink.isScheme(type)) {
            into.refuse(number, "", "type " + type + " is not supported");
            return;
        }
        try {
            into.add(ShareLink.parse(line), number);
        } catch (IllegalArgumentException e) {
            into.refuse(number, "", String.valueOf(e.getMessage()));
        }
    }
}
