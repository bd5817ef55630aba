package dev.fenliu.outbound;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Ender;
import dev.fenliu.model.Failure;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What it means that an HTTP proxy answers CONNECT with a status that is not 2xx. */
public final class ConnectRefusal {
    private ConnectRefusal() {}

    /**
     * The failure of the flow.
     *
     * @param proxyStatus the {@code Proxy-Status} header (RFC 9209), whose error says more than the status, if there is one
     * @param loggedIn whether the request carried a user name and a password
     */
    public static Failure of(int status, @Nullable String proxyStatus, Destination destination, boolean loggedIn) {
        return read(status, proxyStatus, destination, loggedIn).by(Ender.UPSTREAM);
    }

    private static Failure read(int status, @Nullable String proxyStatus, Destination destination, boolean loggedIn) {
        String said = destination + ": the upstream answered with status " + status;
        Failure.Kind told = kind(error(proxyStatus));
        if (told != null && status != 407) {
            return new Failure(told, said + " (" + error(proxyStatus).replace('_', ' ') + ")");
        }
        return switch (status) {
            case 403 -> new Failure(Failure.Kind.FORBIDDEN, said + ": refused by its rules");
            case 407 ->
                new Failure(
                        Failure.Kind.TUNNEL_PROTOCOL,
                        loggedIn
                                ? "the upstream refused the user name or password (status 407)"
                                : "the upstream asks for a user name and password (status 407)");
            case 504 -> new Failure(Failure.Kind.TIMEOUT, said);
            default ->
                status >= 500
                        ? new Failure(Failure.Kind.HOST_UNREACHABLE, said)
                        : new Failure(
                                Failure.Kind.TUNNEL_PROTOCOL,
                                said + " to CONNECT" + (loggedIn ? ": it may not know the user or password" : ""));
        };
    }

    /** The error of the last proxy on the way, the first that the header names; empty when there is none. */
    private static String error(@Nullable String proxyStatus) {
        String text = proxyStatus == null ? "" : proxyStatus.toLowerCase(Locale.ROOT);
        int start = text.indexOf("error=");
        if (start < 0) {
            return "";
        }
        int end = start + "error=".length();
        while (end < text.length() && (text.charAt(end) == '_' || Character.isLetterOrDigit(text.charAt(end)))) {
            end++;
        }
        return text.substring(start + "error=".length(), end);
    }

    /** Of the errors of RFC 9209 section 2.3, those that are about the destination. */
    private static Failure.@Nullable Kind kind(String error) {
        return switch (error) {
            case "dns_timeout" -> Failure.Kind.RESOLVER_TIMEOUT;
            case "dns_error", "destination_not_found" -> Failure.Kind.UNRESOLVED;
            case "connection_refused" -> Failure.Kind.REFUSED;
            case "connection_timeout" -> Failure.Kind.TIMEOUT;
            case "destination_ip_unroutable" -> Failure.Kind.HOST_UNREACHABLE;
            case "destination_ip_prohibited" -> Failure.Kind.FORBIDDEN;
            case "http_request_denied" -> Failure.Kind.BLOCKED;
            case "proxy_loop_detected" -> Failure.Kind.LOOP;
            case "connection_limit_reached" -> Failure.Kind.OVERLOADED;
            default -> null;
        };
    }
}
