package dev.fenliu.sniff;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/**
 * Reads the host that an HTTP/1 request names: in an absolute target if it has one, else in the first Host field (RFC
 * 9112 section 3.2). The preface of HTTP/2 is HTTP without a name.
 */
final class HttpRequest {
    private static final String HTTP = "http";
    private static final int MAX = 8 << 10;
    private static final String PREFACE = "PRI * HTTP/2.0";
    private static final int LONGEST_METHOD = 9;
    private static final Set<String> METHODS = Set.of(
            "GET",
            "HEAD",
            "POST",
            "PUT",
            "DELETE",
            "OPTIONS",
            "PATCH",
            "TRACE",
            "CONNECT",
            "PROPFIND",
            "PROPPATCH",
            "MKCOL",
            "COPY",
            "MOVE",
            "LOCK",
            "UNLOCK",
            "REPORT",
            "SEARCH",
            "PRI");

    private HttpRequest() {}

    static Sniffed sniff(ByteBuf bytes) {
        int length = Math.min(bytes.readableBytes(), MAX);
        int blank = bytes.indexOf(0, Math.min(length, LONGEST_METHOD + 1), (byte) ' ');
        if (blank < 0) {
            String start = text(bytes, 0, Math.min(length, LONGEST_METHOD + 1));
            return METHODS.stream().anyMatch(method -> method.startsWith(start)) ? Sniffed.MORE : Sniffed.NOTHING;
        }
        if (!METHODS.contains(text(bytes, 0, blank))) {
            return Sniffed.NOTHING;
        }
        Sniffed unfinished = length == MAX ? Sniffed.done(HTTP) : Sniffed.more(HTTP);
        int end = bytes.indexOf(0, length, (byte) '\n');
        if (end < 0) {
            return unfinished;
        }
        String request = line(bytes, 0, end);
        int last = request.lastIndexOf(' ');
        if (request.equals(PREFACE)) {
            return Sniffed.done(HTTP);
        }
        if (last <= blank || !request.startsWith("HTTP/1.", last + 1)) {
            return Sniffed.NOTHING;
        }
        String target = request.substring(blank + 1, last);
        int scheme = target.indexOf("://");
        if (scheme > 0 && target.charAt(0) != '/') {
            return host(target.substring(scheme + 3).split("[/?#]", 2)[0]);
        }
        for (int start = end + 1; (end = bytes.indexOf(start, length, (byte) '\n')) >= 0; start = end + 1) {
            String field = line(bytes, start, end);
            if (field.isEmpty()) {
                return Sniffed.done(HTTP);
            }
            if (field.toLowerCase(Locale.ROOT).startsWith("host:")) {
                return host(field.substring("host:".length()).strip());
            }
        }
        return unfinished;
    }

    private static Sniffed host(String authority) {
        int colon = authority.lastIndexOf(':');
        return Sniffed.done(HTTP, colon < 0 || authority.endsWith("]") ? authority : authority.substring(0, colon));
    }

    private static String line(ByteBuf bytes, int start, int end) {
        return text(bytes, start, end > start && bytes.getByte(end - 1) == '\r' ? end - 1 : end);
    }

    private static String text(ByteBuf bytes, int start, int end) {
        return bytes.toString(start, end - start, StandardCharsets.ISO_8859_1);
    }
}
