package dev.fenliu.control;

import com.google.gson.JsonElement;
import dev.fenliu.engine.Proxy;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
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
        return new Routes(Map.of(
                "/api/v1/status",
                json(call -> StatusJson.of(proxy.status(), version)),
                "/api/v1/dns/query",
                new Route(true, call -> NameQueries.answer(call, proxy))));
    }

    private static Route json(Function<Call, JsonElement> body) {
        return now(true, call -> Reply.json(body.apply(call)));
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
