package dev.fenliu.route.list;

import dev.fenliu.model.Addresses;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Recognises the format of a list: binary ones by their first bytes, texts by what most of the first lines look like. */
final class FormatDetector {
    private static final int START_BYTES = 256;
    private static final int MAX_LINES = 400;

    private FormatDetector() {}

    static ListFormat detect(byte[] content) throws ListFormatException {
        if (MrsFile.isZstd(content)) {
            return ListFormat.MRS;
        }
        if (SrsFile.isSrs(content)) {
            return ListFormat.SRS;
        }
        ListFormat binary = GeoFile.detect(content);
        if (binary != null) {
            return binary;
        }
        String start = requireText(content);
        if (start.startsWith("{")) {
            return ListFormat.SING_BOX;
        }
        if (Gfwlist.isPlain(start) || Gfwlist.isEncoded(start)) {
            return ListFormat.GFWLIST;
        }
        if (start.startsWith("!") || start.startsWith("[")) {
            return ListFormat.ADBLOCK;
        }
        return byLines(content);
    }

    /** The first characters of a text. @throws ListFormatException if it is a web page, compressed or binary */
    static String requireText(byte[] content) throws ListFormatException {
        if (content.length > 1 && (content[0] == 0x1f && (content[1] & 0xff) == 0x8b)
                || content.length > 3 && content[0] == 'P' && content[1] == 'K' && content[2] == 3) {
            throw new ListFormatException("the file is an archive (gzip or zip); unpack it first");
        }
        int length = Math.min(content.length, START_BYTES);
        for (int i = 0; i < length; i++) {
            if (content[i] == 0 || (content[i] & 0xff) >= 0xfe && i == 0) {
                throw new ListFormatException("the file is neither a text in UTF-8 nor a known binary list");
            }
        }
        String start = new String(content, 0, length, StandardCharsets.UTF_8);
        start = (start.startsWith("\ufeff") ? start.substring(1) : start).stripLeading();
        if (start.startsWith("<")) {
            throw new ListFormatException(
                    "this is a web page, not a list: the server answers with an error or asks for a login");
        }
        return start;
    }

    private static ListFormat byLines(byte[] content) {
        Map<ListFormat, Integer> votes = new EnumMap<>(ListFormat.class);
        TextLines lines = new TextLines(content);
        for (int seen = 0; seen < MAX_LINES && lines.advance(); ) {
            String line = lines.text();
            String text = line.strip();
            if (text.isEmpty() || ClassicalLine.isComment(text)) {
                continue;
            }
            ListFormat certain = byKey(text);
            if (certain != null) {
                return certain;
            }
            votes.merge(vote(text), 1, Integer::sum);
            seen++;
        }
        ListFormat best = ListFormat.TEXT;
        for (Map.Entry<ListFormat, Integer> entry : votes.entrySet()) {
            if (entry.getValue() > votes.getOrDefault(best, 0)) {
                best = entry.getKey();
            }
        }
        return best == ListFormat.TEXT && votes.containsKey(ListFormat.V2FLY) ? ListFormat.V2FLY : best;
    }

    /** YAML by a key that only one format has. */
    private static @Nullable ListFormat byKey(String text) {
        int colon = text.indexOf(':');
        if (colon <= 0 || colon + 1 < text.length() && !Character.isWhitespace(text.charAt(colon + 1))) {
            return null;
        }
        String key = text.substring(0, colon);
        return ClashYaml.isHead(key) ? ListFormat.CLASH : FenliuYaml.isKey(key) ? ListFormat.FENLIU : null;
    }

    private static ListFormat vote(String text) {
        if (DnsmasqLine.isDirective(text)) {
            return ListFormat.DNSMASQ;
        }
        if (AdblockLine.isTypical(text)) {
            return ListFormat.ADBLOCK;
        }
        if (text.startsWith("- ")) {
            return ListFormat.CLASH;
        }
        int blank = 0;
        while (blank < text.length() && !Character.isWhitespace(text.charAt(blank))) {
            blank++;
        }
        if (blank < text.length() && Addresses.parse(text.substring(0, blank)) != null) {
            String next = text.substring(blank).strip();
            if (!ClassicalLine.isComment(next)) {
                return ListFormat.HOSTS;
            }
        }
        if (ClassicalLine.isRule(text)) {
            return isSurge(text) ? ListFormat.SURGE : ListFormat.CLASSICAL;
        }
        return V2flyLine.isTypical(text) ? ListFormat.V2FLY : ListFormat.TEXT;
    }

    private static boolean isSurge(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        return upper.startsWith("HOST") || upper.startsWith("IP6-CIDR") || upper.startsWith("DEST-PORT");
    }
}
