package dev.fenliu.control;

import dev.fenliu.engine.ApiOptions;
import dev.fenliu.engine.ControlApi;
import dev.fenliu.engine.Proxy;
import dev.fenliu.inbound.Acceptor;
import java.nio.file.Path;

/**
 * The control API.
 *
 * @param version of the program
 * @param state the folder for what survives a restart, where the token is kept
 */
public record ControlServer(String version, Path state) implements ControlApi {
    @Override
    public Acceptor open(ApiOptions options, Proxy proxy) {
        Token token = options.token().map(Token::new).orElseGet(() -> Token.kept(state));
        Gate gate = new Gate(token, System::nanoTime);
        Routes routes = Routes.of(proxy, version);
        return client -> ApiConnection.on(client, gate, routes);
    }
}
