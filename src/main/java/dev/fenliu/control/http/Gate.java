package dev.fenliu.control.http;

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
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may ask. A browser carries requests of any page to any port of this machine, so one that does not name us as its
 * host, or comes from a page of somebody else, is a page's and gets no word: not even that we are here. All others show the
 * token. Thread-safe.
 */
public final class Gate {
    private static final Logger LOG = LoggerFactory.getLogger(Gate.class);
    private static final int HTTP = 80;
    private static final String SCHEME = "Bearer ";
    private static final String HTTP_SCHEME = "http://";

    private final Credentials credentials;
    private final Set<String> origins;
    private final Failures failures;
    private final RareLog pages = new RareLog(LOG);
    private final RareLog guesses = new RareLog(LOG);

    /**
     * A gate that nobody has tried yet.
     *
     * @param origins of pages of others that may ask, in lower case; they show a token too
     * @param nanos a clock that never goes back
     */
    public Gate(Credentials credentials, Set<String> origins, LongSupplier nanos) {
        this.credentials = credentials;
        this.origins = Set.copyOf(origins);
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
     * Whether the request may come from where it says: of a program, of a page of ours or of an origin that is let in, or
     * of who typed our address.
     *
     * @param hosts ours; empty where names mean nothing
     */
    boolean isOurs(HttpRequest request, Set<String> hosts, InetSocketAddress client) {
        HttpHeaders headers = request.headers();
        boolean ours = (hosts.isEmpty() || all(headers, HttpHeaderNames.HOST, hosts::contains))
                && (guest(headers).isPresent()
                        || all(
                                        headers,
                                        HttpHeaderNames.ORIGIN,
                                        origin -> origin.startsWith(HTTP_SCHEME)
                                                && hosts.contains(origin.substring(HTTP_SCHEME.length())))
                                && all(
                                        headers,
                                        "sec-fetch-site",
                                        site -> site.equals("same-origin") || site.equals("none")));
        if (!ours) {
            pages.warn("control API: a request from " + Sockets.text(client)
                    + " was refused: it names another host, or is of a page of another site."
                    + (hosts.isEmpty()
                            ? ""
                            : " The API is at http://" + hosts.iterator().next()));
        }
        return ours;
    }

    /** The origin of somebody else that asks, and may. */
    Optional<String> guest(HttpHeaders headers) {
        List<String> named = headers.getAll(HttpHeaderNames.ORIGIN);
        return named.size() == 1
                ? Optional.of(named.get(0)).filter(origin -> origins.contains(origin.toLowerCase(Locale.ROOT)))
                : Optional.empty();
    }

    private static boolean all(HttpHeaders headers, CharSequence name, Predicate<String> good) {
        return headers.getAll(name).stream()
                .map(value -> value.strip().toLowerCase(Locale.ROOT))
                .allMatch(good);
    }

    /**
     * Who a client turned out to be.
     *
     * @param refusal what it is told instead of what it wants; null when it has a scope
     */
    record Admission(Optional<Scope> scope, @Nullable Reply refusal) {}

    /**
     * Looks at what the client shows.
     *
     * @param query what the request shows in its query, and what that is good for; null for one that shows it in its
     *     header
     */
    Admission admit(HttpHeaders headers, @Nullable Supplier<Optional<Scope>> query, InetAddress client) {
        if (failures.tooMany(client)) {
            return refused(Reply.refusal(HttpResponseStatus.TOO_MANY_REQUESTS, "too many wrong tokens; wait a minute")
                    .with("Retry-After", Long.toString(Failures.TIME.toSeconds())));
        }
        Optional<String> shown = shown(headers.getAll(HttpHeaderNames.AUTHORIZATION));
        Optional<Scope> scope = query == null ? shown.flatMap(credentials::scope) : query.get();
        if (scope.isPresent()) {
            return new Admission(scope, null);
        }
        if (shown.isPresent() || query != null) {
            wrong(client);
        }
        return refused(Reply.refusal(
                        HttpResponseStatus.UNAUTHORIZED,
                        "show the token that stands in " + Token.FILE
                                + " of the state folder: Authorization: Bearer TOKEN")
                .with("WWW-Authenticate", "Bearer"));
    }

    private static Admission refused(Reply why) {
        return new Admission(Optional.empty(), why);
    }

    /** The client has shown what is no token, ticket or code. */
    public void wrong(InetAddress client) {
        failures.count(client);
        guesses.warn("control API: wrong token from " + Addresses.text(client));
    }

    /** Whether that happened too often. */
    public boolean isShut(InetAddress client) {
        return failures.tooMany(client);
    }

    /** What tickets and tokens in queries are good for. */
    Credentials credentials() {
        return credentials;
    }

    private static Optional<String> shown(List<String> authorization) {
        if (authorization.size() != 1) {
            return Optional.empty();
        }
        String value = authorization.get(0);
        return value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? Optional.of(value.substring(SCHEME.length()).strip()).filter(text -> !text.isEmpty())
                : Optional.empty(); // dashboards that have no token yet show an empty one: that is no guess
    }
}
