package dev.fenliu.inbound.http;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import java.util.Locale;
import java.util.Set;

/**
 * Where a request to a proxy goes (RFC 9112 section 3.2).
 *
 * @param authority host and port as the client wrote them; empty for what we answer ourselves
 * @param path the request-target that the origin is to see
 */
record Target(Destination destination, String authority, String path) {
    private static final String HTTP = "http://";

    /** What we answer ourselves, in origin-form. */
    private static final Set<String> OWN = Set.of("/proxy.pac", "/wpad.dat");

    /** Whether a request asks us for the script by which browsers find us. */
    static boolean isAutoConfig(String method, String text) {
        int query = text.indexOf('?');
        return (method.equals("GET") || method.equals("HEAD"))
                && OWN.contains(query < 0 ? text : text.substring(0, query));
    }

    /** The target of a CONNECT request: {@code host:port}. */
    static Target authority(String text) throws Malformed {
        return new Target(destination(text, 0), text, "");
    }

    /** An absolute {@code http} URI. */
    static Target absolute(String method, String text) throws Malformed {
        if (text.startsWith("/") || text.equals("*")) {
            throw new Malformed(
                    400,
                    "This is a proxy, not a web server. Set it as the HTTP proxy of your browser or program, and open"
                            + " the page that you want through it.");
        }
        if (!text.regionMatches(true, 0, HTTP, 0, HTTP.length())) {
            throw scheme(text);
        }
        int end = HTTP.length();
        while (end < text.length() && "/?#".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        String authority = text.substring(HTTP.length(), end);
        String path = text.substring(end);
        if (path.indexOf('#') >= 0) {
            throw new Malformed(400, "a fragment in the request-target");
        }
        if (path.isEmpty()) {
            path = method.equals("OPTIONS") ? "*" : "/";
        } else if (path.charAt(0) == '?') {
            path = "/" + path;
        }
        return new Target(destination(authority, 80), authority, path);
    }

    private static Malformed scheme(String text) {
        int colon = text.indexOf("://");
        if (colon <= 0 || !HttpHead.isToken(text.substring(0, colon))) {
            return new Malformed(400, "a request-target that is no absolute URI");
        }
        String scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
        if (scheme.equals("https")) {
            return new Malformed(400, "https is reached with CONNECT; a proxy cannot be asked for an https address");
        }
        return new Malformed(501, "the scheme " + scheme + " is not supported (expected: http, or CONNECT)");
    }

    /**
     * Reads {@code host:port}.
     *
     * @param port what a missing port means, 0 when there must be one
     */
    static Destination destination(String text, int port) throws Malformed {
        if (text.indexOf('@') >= 0) {
            throw new Malformed(400, "a user name in the request-target");
        }
        if (text.chars().anyMatch(c -> c >= 0x80)) {
            throw new Malformed(400, "a host name that is not ASCII (expected: its xn-- form)");
        }
        try {
            String rest = text.substring(text.lastIndexOf(']') + 1);
            if (port == 0 || rest.indexOf(':') >= 0 && !rest.endsWith(":")) {
                return Destination.parse(text);
            }
            String host = rest.endsWith(":") ? text.substring(0, text.length() - 1) : text;
            return new Destination(Host.parse(host), port);
        } catch (IllegalArgumentException e) {
            throw new Malformed(400, String.valueOf(e.getMessage()));
        }
    }
}
