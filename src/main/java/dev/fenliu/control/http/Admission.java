package dev.fenliu.control.http;

import dev.fenliu.inbound.ListenerContext;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Judges the requests of one client by their heads: what is wanted, whether it may, and whether it can be. */
final class Admission {
    private static final InetSocketAddress UNIX = new InetSocketAddress(0);

    private final HttpServer server;
    private final Channel channel;
    /** By which we may be called; empty for by any name. */
    private final Set<String> hosts;

    private final InetAddress local;
    private final InetSocketAddress client;

    Admission(HttpServer server, Channel channel) {
        this.server = server;
        this.channel = channel;
        if (channel.localAddress() instanceof InetSocketAddress here) {
            this.hosts = Gate.hosts(here);
            this.local = here.getAddress();
            this.client = ListenerContext.source(channel);
        } else { // a Unix socket, which no browser opens
            this.hosts = Set.of();
            this.local = UNIX.getAddress();
            this.client = UNIX;
        }
    }

    /** One of the two is null. */
    record Verdict(@Nullable Reply refusal, @Nullable Request wanted) {
        Request request() {
            if (wanted == null) {
                throw new IllegalStateException("refused");
            }
            return wanted;
        }
    }

    private static Verdict refused(Reply why) {
        return new Verdict(why, null);
    }

    boolean isOurs(HttpRequest head) {
        return server.gate().isOurs(head, hosts, client);
    }

    /** Judges one that is well-formed and ours. */
    Verdict judge(HttpRequest head) {
        if (isPreflight(head)) {
            return refused(preflight(head.headers()));
        }
        QueryStringDecoder target = new QueryStringDecoder(head.uri());
        Routes.Found found;
        Map<String, List<String>> parameters;
        try {
            if (!head.uri().startsWith("/")) {
                throw new IllegalArgumentException("not a path");
            }
            found = server.routes().find(head.method(), target.rawPath());
            parameters = target.parameters();
        } catch (IllegalArgumentException e) {
            return refused(Head.badRequest("the path cannot be read"));
        }
        Route route = found.route();
        Optional<Scope> scope = Optional.empty();
        if (found.guarded()) {
            Gate.Admission who =
                    server.gate().admit(head.headers(), query(head, route, parameters), client.getAddress());
            if (who.refusal() != null) {
                return refused(who.refusal());
            }
            scope = who.scope();
        }
        if (route == null) {
            return refused(found.refusal());
        }
        Reply wrong = wrong(head, route, scope);
        return wrong != null
                ? refused(wrong)
                : new Verdict(
                        null,
                        new Request(
                                route,
                                new Call(
                                        head.method(),
                                        target.rawPath(),
                                        found.captured(),
                                        parameters,
                                        head.headers(),
                                        "",
                                        scope,
                                        local,
                                        client,
                                        channel.eventLoop())));
    }

    private static @Nullable Reply wrong(HttpRequest head, Route route, Optional<Scope> scope) {
        Scope needed = route.scope();
        if (needed != null && scope.filter(has -> has.covers(needed)).isEmpty()) {
            return Reply.refusal(HttpResponseStatus.FORBIDDEN, "that takes a token of scope \"" + needed.text() + "\"");
        }
        if (route.feed() != null && Head.upgrades(head)) {
            Reply unfit = Head.unfit(head);
            if (unfit != null) {
                return unfit;
            }
        }
        return Head.content(head, route);
    }

    /** What a WebSocket shows in its query, as pages cannot give it a header. */
    private @Nullable Supplier<Optional<Scope>> query(
            HttpRequest head, @Nullable Route route, Map<String, List<String>> parameters) {
        if (route == null || route.feed() == null || !Head.upgrades(head)) {
            return null;
        }
        List<String> tickets = parameters.getOrDefault("ticket", List.of());
        if (tickets.size() == 1) {
            return () -> server.gate().credentials().redeem(tickets.get(0));
        }
        List<String> tokens = parameters.getOrDefault("token", List.of());
        return route.isLenient() && tokens.size() == 1 && !tokens.get(0).isEmpty()
                ? () -> server.gate().credentials().scope(tokens.get(0))
                : null;
    }

    private boolean isPreflight(HttpRequest head) {
        return head.method().equals(HttpMethod.OPTIONS)
                && head.headers().contains(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD)
                && server.gate().guest(head.headers()).isPresent();
    }

    private static Reply preflight(HttpHeaders headers) {
        Reply reply = Reply.empty()
                .with(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, PATCH, DELETE")
                .with(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type")
                .with(HttpHeaderNames.ACCESS_CONTROL_MAX_AGE, "300");
        return headers.get("Access-Control-Request-Private-Network", "").equals("true")
                ? reply.with("Access-Control-Allow-Private-Network", "true")
                : reply;
    }

    /** The same for a page of an origin that is let in, whose browser is to let it read the answer. */
    Reply shared(@Nullable HttpRequest head, Reply reply) {
        Optional<String> guest = head == null ? Optional.empty() : server.gate().guest(head.headers());
        return guest.map(origin -> reply.with(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                        .with(HttpHeaderNames.VARY, "Origin"))
                .orElse(reply);
    }
}
