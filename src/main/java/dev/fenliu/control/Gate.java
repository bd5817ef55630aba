package dev.fenliu.control;

import dev.fenliu.inbound.RareLog;
import dev.fenliu.model.Addresses;
import dev.fenliu.net.Sockets;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may ask. A browser carries requests of any page to any port of this machine, so one that does not name us as its
 * host, or comes from a page of somebody else, is a page's and gets no word: not even that we are here. All others show the
 * token. Thread-safe.
 */
final class Gate {
    private static final Logger LOG = LoggerFactory.getLogger(Gate.class);
    private static final int HTTP = 80;
    private static final String SCHEME = "Bearer ";

    private final Token token;
    private final Failures failures;
    private final RareLog pages = new RareLog(LOG);
    private final RareLog guesses = new RareLog(LOG);

    /** @param nanos a clock that never goes back */
    Gate(Token token, LongSupplier nanos) {
        this.token = token;
        this.failures = new Failures(nanos);
    }

    /** The hosts by which a client that has come to {@code local} may call us, as its Host header writes them. */
    static Set<String> hosts(InetSocketAddress local) {
        InetAddress address = Addresses.plain(local.getAddress());
        Set<String> names = new LinkedHashSet<>();
        names.add(literal(address));
        if (address.isLoopbackAddress()) {
            names.addAll(List.of("127.0.0.1", "[::1]", "localhost"));
        }
        Set<String> hosts = new LinkedHashSet<>();
        names.forEach(name -> hosts.add(name + ":" + local.getPort()));
        if (local.getPort() == HTTP) {
            hosts.addAll(names);
        }
        return hosts;
    }

    private static String literal(InetAddress address) {
        String text = Addresses.text(address);
        return address.getAddress().length == 4 ? text : "[" + text + "]";
    }

    /**
     * Whether the request may come from where it says: of a program, of a page of ours, or of who typed our address.
     *
     * @param hosts ours
     */
    boolean isOurs(HttpRequest request, Set<String> hosts, InetSocketAddress client) {
        HttpHeaders headers = request.headers();
        boolean ours = all(headers, HttpHeaderNames.HOST, hosts::contains)
                && all(
                        headers,
                        HttpHeaderNames.ORIGIN,
                        origin -> origin.startsWith("http://") && hosts.contains(origin.substring("http://".length())))
                && all(headers, "sec-fetch-site", site -> site.equals("same-origin") || site.equals("none"));
        if (!ours) {
            pages.warn("control API: a request from " + Sockets.text(client)
                    + " was refused: it names another host, or is of a page of another site. The API is at http://"
                    + hosts.iterator().next());
        }
        return ours;
    }

    private static boolean all(HttpHeaders headers, CharSequence name, java.util.function.Predicate<String> good) {
        return headers.getAll(name).stream()
                .map(value -> value.strip().toLowerCase(Locale.ROOT))
                .allMatch(good);
    }

    /** Why the client may not have what only those may who hold the token; null when it may. */
    @Nullable
    Reply refusal(HttpRequest request, InetAddress client) {
        if (failures.tooMany(client)) {
            return Reply.refusal(
                    HttpResponseStatus.TOO_MANY_REQUESTS,
                    "too many wrong tokens; wait a minute",
                    Map.of("Retry-After", Long.toString(Failures.TIME.toSeconds())));
        }
        Optional<String> shown = shown(request.headers().getAll(HttpHeaderNames.AUTHORIZATION));
        if (shown.isPresent() && token.is(shown.get())) {
            return null;
        }
        if (shown.isPresent()) {
            failures.count(client);
            guesses.warn("control API: wrong token from " + Addresses.text(client));
        }
        return Reply.refusal(
                HttpResponseStatus.UNAUTHORIZED,
                "show the token that stands in " + Token.FILE + " of the state folder: Authorization: Bearer TOKEN",
                Map.of("WWW-Authenticate", "Bearer"));
    }

    private static Optional<String> shown(List<String> authorization) {
        if (authorization.size() != 1) {
            return Optional.empty();
        }
        String value = authorization.get(0);
        return value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? Optional.of(value.substring(SCHEME.length()).strip())
                : Optional.empty();
    }
}
