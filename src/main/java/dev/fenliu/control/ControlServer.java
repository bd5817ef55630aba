package dev.fenliu.control;

import dev.fenliu.control.http.Credentials;
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
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** The control API. */
public final class ControlServer implements ControlApi {
    private final String version;
    private final Path state;
    private final Steering steering;
    private final Function<Proxy, List<Route>> more;
    private final Executor worker = HttpServer.oneThread();

    /**
     * Serves nothing yet.
     *
     * @param version of the program
     * @param state the folder for what survives a restart, where the token is kept
     * @param more routes of features that stand by themselves
     */
    public ControlServer(String version, Path state, Steering steering, Function<Proxy, List<Route>> more) {
        this.version = version;
        this.state = state;
        this.steering = steering;
        this.more = more;
    }

    @Override
    public Acceptor open(ApiOptions options, Proxy proxy) {
        Token token = options.token().map(Token::new).orElseGet(() -> Token.kept(state));
        Credentials credentials =
                new Credentials(List.of(new Credentials.Granted(token, Scope.ADMIN)), System::nanoTime);
        Gate gate = new Gate(credentials, Set.of(), System::nanoTime);
        return new HttpServer(gate, new Routes(routes(proxy)), worker);
    }

    /** All that the API offers. */
    List<Route> routes(Proxy proxy) {
        List<Route> routes = new ArrayList<>(StatusRoutes.routes(proxy, version));
        routes.addAll(SteeringRoutes.routes(steering));
        routes.addAll(more.apply(proxy));
        return routes;
    }
}
