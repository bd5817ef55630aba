package dev.fenliu.control;

import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.engine.Proxy;
import dev.fenliu.engine.Status;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.List;
import java.util.Optional;

/** How the program stands, and how browsers find it. */
final class StatusRoutes {
    private StatusRoutes() {}

    /** @param version of the program */
    static List<Route> routes(Proxy proxy, String version) {
        return List.of(
                Route.get("/api/v1/status", Scope.READ, call -> status(proxy, version, call)),
                Route.now(
                        HttpMethod.GET,
                        "/healthz",
                        null,
                        call -> Reply.of(HttpResponseStatus.OK, "text/plain; charset=utf-8", "ok\n")),
                Route.now(HttpMethod.GET, "/readyz", null, call -> ready(proxy)),
                Route.get("/api/v1/dns/query", Scope.READ, call -> NameQueries.answer(call, proxy)),
                Route.now(HttpMethod.GET, "/proxy.pac", null, call -> script(proxy, call)), // browsers have no token
                Route.now(HttpMethod.GET, "/wpad.dat", null, call -> script(proxy, call)));
    }

    /** Whether flows are served; says no name, as it is said to everybody. */
    private static Reply ready(Proxy proxy) {
        Optional<String> why = proxy.overview().unready();
        return Reply.of(
                why.isEmpty() ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE,
                "text/plain; charset=utf-8",
                why.orElse("ok") + "\n");
    }

    private static Future<Reply> status(Proxy proxy, String version, Call call) {
        Promise<Reply> reply = call.loop().newPromise();
        proxy.overview()
                .status(call.loop())
                .addListener((Future<Status> found) ->
                        reply.setSuccess(Reply.json(StatusJson.of(found.getNow(), version, call.scope()))));
        return reply;
    }

    /** It leads to the first listener that speaks HTTP, and tells no rule. */
    private static Reply script(Proxy proxy, Call call) {
        return proxy.overview()
                .browserEntrance(call.local())
                .map(there -> Reply.of(
                        HttpResponseStatus.OK,
                        "application/x-ns-proxy-autoconfig",
                        proxy.overview().autoConfig().script(there, false)))
                .orElseGet(Reply::missing);
    }
}
