package dev.fenliu.control;

import dev.fenliu.control.http.Credentials;
import dev.fenliu.control.http.Feed;
import dev.fenliu.control.http.Gate;
import dev.fenliu.control.http.HttpServer;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Routes;
import dev.fenliu.control.http.Scope;
import dev.fenliu.control.http.Token;
import dev.fenliu.engine.ApiOptions;
import dev.fenliu.engine.ControlApi;
import dev.fenliu.engine.Proxy;
import dev.fenliu.inbound.Acceptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The control API. */
public final class ControlServer implements ControlApi {
    private final String version;
    private final Path state;
    private final Steering steering;
    private final Function<Proxy, List<Route>> more;
    private final Function<Proxy, Map<String, Feed>> topics;
    private final HttpServer.Threads threads = new HttpServer.Threads();
    private @Nullable Opened opened;

    /** What is served; as long as the options stay, so do sessions. */
    private record Opened(ApiOptions options, Proxy proxy, HttpServer server) {}

    /** The same without a topic of anybody else. */
    public ControlServer(String version, Path state, Steering steering, Function<Proxy, List<Route>> more) {
        this(version, state, steering, more, any -> Map.of());
    }

    /**
     * Serves nothing yet.
     *
     * @param version of the program
     * @param state the folder for what survives a restart, where the token is kept
     * @param more routes of features that stand by themselves
     * @param topics of {@code /api/v1/events}, by name; each text says its topic
     */
    public ControlServer(
            String version,
            Path state,
            Steering steering,
            Function<Proxy, List<Route>> more,
            Function<Proxy, Map<String, Feed>> topics) {
        this.version = version;
        this.state = state;
        this.steering = steering;
        this.more = more;
        this.topics = topics;
    }

    @Override
    public synchronized Acceptor open(ApiOptions options, Proxy proxy) {
        Opened last = opened;
        if (last == null || !last.options().equals(options) || last.proxy() != proxy) {
            last = new Opened(options, proxy, serve(options, proxy));
            opened = last;
        }
        return last.server();
    }

    private HttpServer serve(ApiOptions options, Proxy proxy) {
        ApiOptions.Tokens tokens = options.tokens();
        List<Credentials.Granted> granted = new ArrayList<>();
        granted.add(new Credentials.Granted(
                tokens.admin().map(Token::new).orElseGet(() -> Token.kept(state)), Scope.ADMIN));
        tokens.switching().ifPresent(one -> granted.add(new Credentials.Granted(new Token(one), Scope.SWITCH)));
        tokens.reading().ifPresent(one -> granted.add(new Credentials.Granted(new Token(one), Scope.READ)));
        Credentials credentials = new Credentials(granted, System::nanoTime);
        Gate gate = new Gate(credentials, Set.copyOf(options.origins()), System::nanoTime);
        Routes routes = options.ui().isPresent() // a folder that cannot be served is told of at the start
                ? new Routes(routes(options, proxy, credentials, gate))
                : new Routes(() -> routes(options, proxy, credentials, gate));
        return new HttpServer(gate, routes, threads);
    }

    private List<Route> routes(ApiOptions options, Proxy proxy, Credentials credentials, Gate gate) {
        List<Route> routes = new ArrayList<>(SessionRoutes.routes(credentials, gate, version));
        routes.addAll(WebRoutes.routes(options.ui()));
        routes.addAll(features(proxy));
        return routes;
    }

    /** All that it offers, as far as there is no folder of the user's; for tests that compare it with what is written of it. */
    public List<Route> routes(Proxy proxy) {
        Credentials nobody = new Credentials(List.of(), () -> 0);
        return routes(ApiOptions.DEFAULT, proxy, nobody, new Gate(nobody, Set.of(), () -> 0));
    }

    /** What does not depend on who asks. */
    private List<Route> features(Proxy proxy) {
        List<Route> routes = new ArrayList<>(StatusRoutes.routes(proxy, version));
        routes.addAll(SteeringRoutes.routes(proxy, steering));
        routes.addAll(OutboundRoutes.routes(proxy));
        routes.add(Events.route(proxy, topics.apply(proxy)));
        routes.add(OpenApi.route());
        routes.addAll(more.apply(proxy));
        return routes;
    }
}
