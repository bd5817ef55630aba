package dev.fenliu.control;

import dev.fenliu.engine.Proxy;
import dev.fenliu.engine.Status;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the API has to offer, by path; all of it is read with GET or HEAD. Immutable. */
final class Routes {
    /**
     * A path of the API.
     *
     * @param guarded whether the token must be shown
     * @param handler answers on the loop of the call; its future does not fail
     */
    record Route(boolean guarded, Function<Call, Future<Reply>> handler) {}

    private final Map<String, Route> byPath;

    private Routes(Map<String, Route> byPath) {
        this.byPath = byPath;
    }

    /** @param version of the program */
    static Routes of(Proxy proxy, String version) {
        Route script = now(false, call -> script(proxy, call)); // browsers have no token for it
        return new Routes(Map.of(
                "/api/v1/status",
                new Route(true, call -> status(proxy, version, call)),
                "/api/v1/dns/query",
                new Route(true, call -> NameQueries.answer(call, proxy)),
                "/proxy.pac",
                script,
                "/wpad.dat",
                script));
    }

    private static Future<Reply> status(Proxy proxy, String version, Call call) {
        Promise<Reply> reply = call.loop().newPromise();
        proxy.status(call.loop())
                .addListener(
                        (Future<Status> found) -> reply.setSuccess(Reply.json(StatusJson.of(found.getNow(), version))));
        return reply;
    }

    /** It leads to the first listener that speaks HTTP, and tells no rule. */
    private static Reply script(Proxy proxy, Call call) {
        return proxy.browserEntrance(call.local())
                .map(there -> new Reply(
                        HttpResponseStatus.OK,
                        "application/x-ns-proxy-autoconfig",
                        proxy.autoConfig().script(there, false),
                        Map.of()))
                .orElseGet(Routes::missing);
    }

    /** Answered at once. */
    private static Route now(boolean guarded, Function<Call, Reply> handler) {
        return new Route(guarded, call -> call.loop().newSucceededFuture(handler.apply(call)));
    }

    /** Null where there is nothing. */
    @Nullable
    Route find(String path) {
        return byPath.get(path);
    }

    static Reply missing() {
        return Reply.refusal(HttpResponseStatus.NOT_FOUND, "there is nothing here");
    }
}
