package dev.fenliu.control.http;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.concurrent.Future;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Something that the API offers, at a path. A pattern is literal segments and captures: <code>{name}</code> is one
 * segment, which may contain anything when it is escaped (RFC 3986 section 2.1), <code>{name...}</code> at the end is all
 * that follows, which may be empty. Immutable.
 */
public final class Route {
    private static final String REST = "...}";

    /** Where it is answered. */
    enum Kind {
        LOOP,
        WORK,
        EDIT,
        FEED
    }

    /** How it answers. */
    private record Manner(
            Kind kind,
            Function<Call, Future<Reply>> handler,
            @Nullable Feed feed) {}

    private final HttpMethod method;
    private final String pattern;
    private final @Nullable Scope scope;
    private final Manner manner;
    private final boolean lenient;
    private final List<String> segments;

    private Route(HttpMethod method, String pattern, @Nullable Scope scope, Manner manner, boolean lenient) {
        this.method = method;
        this.pattern = pattern;
        this.scope = scope;
        this.manner = manner;
        this.lenient = lenient;
        this.segments = split(pattern);
    }

    /** Of a pattern, or of a path as it came. */
    static List<String> split(String path) {
        return Arrays.asList(path.substring(1).split("/", -1));
    }

    private static Route of(
            HttpMethod method, String pattern, @Nullable Scope scope, Function<Call, Future<Reply>> handler) {
        return new Route(method, pattern, scope, new Manner(Kind.LOOP, handler, null), false);
    }

    /**
     * Also answers HEAD.
     *
     * @param scope null where no token is needed
     */
    public static Route get(String pattern, @Nullable Scope scope, Function<Call, Future<Reply>> handler) {
        return of(HttpMethod.GET, pattern, scope, handler);
    }

    public static Route put(String pattern, @Nullable Scope scope, Function<Call, Future<Reply>> handler) {
        return of(HttpMethod.PUT, pattern, scope, handler);
    }

    public static Route post(String pattern, @Nullable Scope scope, Function<Call, Future<Reply>> handler) {
        return of(HttpMethod.POST, pattern, scope, handler);
    }

    public static Route patch(String pattern, @Nullable Scope scope, Function<Call, Future<Reply>> handler) {
        return of(HttpMethod.PATCH, pattern, scope, handler);
    }

    public static Route delete(String pattern, @Nullable Scope scope, Function<Call, Future<Reply>> handler) {
        return of(HttpMethod.DELETE, pattern, scope, handler);
    }

    /** Answered at once, on the loop: the handler neither waits nor touches the disk. */
    public static Route now(HttpMethod method, String pattern, @Nullable Scope scope, Function<Call, Reply> handler) {
        return of(method, pattern, scope, call -> call.loop().newSucceededFuture(handler.apply(call)));
    }

    /** Answered on the server's worker thread, one call after the other: the handler may touch the disk. */
    public static Route work(HttpMethod method, String pattern, @Nullable Scope scope, Function<Call, Reply> handler) {
        return on(Kind.WORK, method, pattern, scope, handler);
    }

    /**
     * Answered on the server's thread of edits, one call after the other: the handler may wait for a reload, and what only
     * looks is not held up by it.
     */
    public static Route edit(HttpMethod method, String pattern, @Nullable Scope scope, Function<Call, Reply> handler) {
        return on(Kind.EDIT, method, pattern, scope, handler);
    }

    private static Route on(
            Kind kind, HttpMethod method, String pattern, @Nullable Scope scope, Function<Call, Reply> handler) {
        Function<Call, Future<Reply>> answer = call -> call.loop().newSucceededFuture(handler.apply(call));
        return new Route(method, pattern, scope, new Manner(kind, answer, null), false);
    }

    /** Begins to answer as {@link #work} does: the handler may touch the disk, and what it returns may take longer. */
    public static Route workLater(
            HttpMethod method, String pattern, @Nullable Scope scope, Function<Call, Future<Reply>> handler) {
        return new Route(method, pattern, scope, new Manner(Kind.WORK, handler, null), false);
    }

    /** A WebSocket for who asks for one, an endless response for others. */
    public static Route feed(String pattern, @Nullable Scope scope, Feed feed) {
        Function<Call, Future<Reply>> nothing = call -> call.loop().newSucceededFuture(Reply.missing());
        return new Route(HttpMethod.GET, pattern, scope, new Manner(Kind.FEED, nothing, feed), false);
    }

    /**
     * The same for unmodified dashboards of Clash: a body of any content type is taken, and a WebSocket shows the token in
     * its query, {@code ?token=}.
     */
    public Route lenient() {
        return new Route(method, pattern, scope, manner, true);
    }

    public HttpMethod method() {
        return method;
    }

    public String pattern() {
        return pattern;
    }

    /** What it takes; null where no token is needed. */
    public @Nullable Scope scope() {
        return scope;
    }

    /** Whether it is for unmodified dashboards of Clash. */
    public boolean isLenient() {
        return lenient;
    }

    Kind kind() {
        return manner.kind();
    }

    /** Null for one that is answered once. */
    public @Nullable Feed feed() {
        return manner.feed();
    }

    /** Answers a call as the server would; public for tests of features. */
    public Future<Reply> answer(Call call) {
        return manner.handler().apply(call);
    }

    /** Tells patterns apart that differ in the names of captures only, and puts literal ones first. */
    String order() {
        return pattern.replaceAll("\\{[^}/]*\\.\\.\\.}", "\uffff").replaceAll("\\{[^}/]*}", "\ufffe");
    }

    /**
     * What the captures hold for a path; null if it is none of this route.
     *
     * @param path split as it came
     * @throws IllegalArgumentException if a segment is badly escaped
     */
    @Nullable
    Map<String, String> captures(List<String> path) {
        boolean open = segments.get(segments.size() - 1).endsWith(REST);
        if (open ? path.size() < segments.size() : path.size() != segments.size()) {
            return null;
        }
        Map<String, String> captured = new HashMap<>();
        for (int i = 0; i < segments.size(); i++) {
            String segment = segments.get(i);
            if (segment.endsWith(REST)) {
                String rest = String.join("/", path.subList(i, path.size()));
                captured.put(segment.substring(1, segment.length() - REST.length()), decoded(rest));
                break;
            }
            String value = decoded(path.get(i));
            if (segment.startsWith("{")) {
                captured.put(segment.substring(1, segment.length() - 1), value);
            } else if (!segment.equals(value)) {
                return null;
            }
        }
        return captured;
    }

    private static String decoded(String segment) {
        return QueryStringDecoder.decodeComponent(segment.replace("+", "%2B")); // a plus is a plus in a path
    }

    @Override
    public String toString() {
        return method + " " + pattern;
    }
}
