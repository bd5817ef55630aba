package dev.fenliu.inbound.http;

import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer of our own, with the cause in {@code Proxy-Status} (RFC 9209).
 *
 * @param error the error type of RFC 9209 section 2.3
 * @param text what any client may read
 * @param details what only a client on this machine may read: it may name tunnels and rules
 * @param fields more header lines
 */
public record Reply(int status, String error, String text, String details, String fields) {
    /** The body is cut there, so that an odd message cannot grow it. */
    private static final int MAX_TEXT = 1024;

    private static final int MAX_DETAILS = 256;

    private static final Map<Integer, String> REASONS = Map.of(
            400, "Bad Request",
            403, "Forbidden",
            407, "Proxy Authentication Required",
            408, "Request Timeout",
            414, "URI Too Long",
            431, "Request Header Fields Too Large",
            501, "Not Implemented",
            502, "Bad Gateway",
            503, "Service Unavailable",
            504, "Gateway Timeout");

    /** Asks for a user name and a password. */
    static final Reply LOGIN = new Reply(
            407,
            "http_request_denied",
            "This proxy needs a user name and a password.",
            "user name or password missing or wrong",
            "Proxy-Authenticate: Basic realm=\"fenliu\", charset=\"UTF-8\"\r\n");

    static Reply of(Malformed request) {
        String why = request.text();
        String text = Character.isUpperCase(why.charAt(0)) ? why : "The request is not valid: " + why + ".";
        return new Reply(request.status(), "http_request_error", text, text, "");
    }

    /** What the origin sent cannot be passed on. */
    static Reply ofOrigin(String error, String why) {
        return new Reply(502, error, why, why, "");
    }

    /** The one table from failures to statuses. */
    public static Reply of(Failure failure) {
        return switch (failure.kind()) {
            case BLOCKED ->
                because(failure, 403, "http_request_denied", "A rule of this proxy blocks this destination.");
            case FORBIDDEN ->
                because(failure, 403, "destination_ip_prohibited", "This proxy does not lead to this destination.");
            case LOOP -> because(failure, 502, "proxy_loop_detected", "The destination is this proxy itself.");
            case UNRESOLVED -> because(failure, 502, "dns_error", "The name of the destination has no address.");
            case RESOLVER_FAILED ->
                because(failure, 502, "dns_error", "The name of the destination could not be looked up.");
            case RESOLVER_TIMEOUT -> because(failure, 504, "dns_timeout", "No name server answered in time.");
            case REFUSED -> because(failure, 502, "connection_refused", "The destination refused the connection.");
            case NETWORK_UNREACHABLE, HOST_UNREACHABLE ->
                because(failure, 502, "destination_ip_unroutable", "The destination cannot be reached.");
            case TIMEOUT -> because(failure, 504, "connection_timeout", "The destination did not answer in time.");
            case TUNNEL_DOWN ->
                because(failure, 503, "destination_unavailable", "The tunnel to this destination is down.");
            case TUNNEL_PROTOCOL ->
                because(failure, 502, "proxy_internal_error", "The tunnel to this destination does not work.");
            case TUNNEL_CERTIFICATE ->
                because(failure, 502, "tls_certificate_error", "The tunnel to this destination cannot be trusted.");
            case UNSUPPORTED ->
                because(failure, 501, "proxy_configuration_error", "The way to this destination cannot carry this.");
            case OVERLOADED -> because(failure, 503, "connection_limit_reached", "This proxy has too much to do.");
            case CLIENT_GONE -> because(failure, 502, "connection_terminated", "The client went away.");
            case INTERNAL -> because(failure, 500, "proxy_internal_error", "This proxy made an error.");
        };
    }

    private static Reply because(Failure failure, int status, String error, String text) {
        return new Reply(status, error, text, failure.text(), status == 503 ? "Retry-After: 5\r\n" : "");
    }

    /**
     * The whole response.
     *
     * @param request what it answers; null when no request could be read
     * @param close whether the connection ends with it
     * @param local whether the client is on this machine
     */
    ByteBuf encode(ByteBufAllocator alloc, @Nullable RequestHead request, boolean close, boolean local) {
        boolean html = request == null || !request.connect();
        String title = title();
        String shown = cut(local && !details.equals(text) && status != 407 ? text + " " + details : text, MAX_TEXT);
        String page = html
                ? "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>" + title + "</title>\n<h1>" + title + "</h1>\n<p>"
                        + escape(shown) + "</p>\n<p>fenliu</p>\n"
                : title + "\n" + shown + "\n";
        byte[] body = page.getBytes(StandardCharsets.UTF_8);
        String head = "HTTP/1.1 " + title + "\r\n"
                + "Content-Type: text/" + (html ? "html" : "plain") + "; charset=utf-8\r\n"
                + "Content-Length: " + body.length + "\r\n"
                + "Cache-Control: no-store\r\n"
                + "Proxy-Status: " + proxyStatus() + (local ? "; details=\"" + quote(details) + "\"" : "") + "\r\n"
                + fields
                + (close ? "Connection: close\r\n" : "")
                + "\r\n";
        byte[] top = head.getBytes(StandardCharsets.US_ASCII);
        ByteBuf out = alloc.buffer(top.length + body.length).writeBytes(top);
        return request != null && request.method().equals("HEAD") ? out : out.writeBytes(body);
    }

    private String title() {
        return status + " "
                + REASONS.getOrDefault(status, status == 505 ? "HTTP Version Not Supported" : "Internal Server Error");
    }

    /** The value of {@code Proxy-Status} without details. */
    public String proxyStatus() {
        return "fenliu; error=" + error;
    }

    /** What a client on another machine may read, as plain text. */
    public String plainText() {
        return title() + "\n" + text + "\n";
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    /** The inside of an sf-string (RFC 8941 section 3.3.3): printable ASCII only. */
    private static String quote(String text) {
        StringBuilder out = new StringBuilder();
        for (char c : cut(text, MAX_DETAILS).toCharArray()) {
            out.append(c == '"' || c == '\\' ? "\\" : "").append(c < 0x20 || c > 0x7e ? '?' : c);
        }
        return out.toString();
    }

    private static String cut(String text, int max) {
        return text.length() <= max ? text : text.substring(0, max);
    }
}
