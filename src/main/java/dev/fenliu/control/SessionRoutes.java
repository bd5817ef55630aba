package dev.fenliu.control;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Credentials;
import dev.fenliu.control.http.Gate;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;

/** Who asks, and what pages show instead of the token of the state folder. */
final class SessionRoutes {
    private SessionRoutes() {}

    /** @param version of the program */
    static List<Route> routes(Credentials credentials, Gate gate, String version) {
        return List.of(
                Route.now(HttpMethod.GET, "/api/v1/whoami", Scope.READ, call -> {
                    JsonObject object = new JsonObject();
                    object.addProperty("scope", scope(call).text());
                    object.addProperty("version", version);
                    return Reply.json(object);
                }),
                Route.now(
                        HttpMethod.POST,
                        "/api/v1/tickets",
                        Scope.READ,
                        call -> made("ticket", credentials.ticket(scope(call)), Credentials.TICKET.toSeconds())),
                Route.now(
                        HttpMethod.POST,
                        "/api/v1/codes",
                        Scope.ADMIN,
                        call -> made("code", credentials.code(scope(call)), Credentials.CODE.toSeconds())),
                Route.now(HttpMethod.POST, "/api/v1/login", null, call -> login(call, credentials, gate)));
    }

    private static Scope scope(Call call) {
        return call.scope().orElseThrow();
    }

    private static Reply made(String what, String secret, long seconds) {
        JsonObject object = new JsonObject();
        object.addProperty(what, secret);
        object.addProperty("expires-in", seconds);
        return Reply.json(object);
    }

    private static Reply login(Call call, Credentials credentials, Gate gate) {
        if (gate.isShut(call.client().getAddress())) {
            return Reply.refusal(HttpResponseStatus.TOO_MANY_REQUESTS, "too many wrong codes; wait a minute")
                    .with("Retry-After", "60");
        }
        if (!(call.json().get("code") instanceof JsonPrimitive code)) {
            throw new BadRequest("code: the one of the address that `fenliu dashboard` prints");
        }
        return credentials
                .login(code.getAsString())
                .map(session -> {
                    JsonObject object = new JsonObject();
                    object.addProperty("token", session.token());
                    object.addProperty("scope", session.scope().text());
                    return Reply.json(object);
                })
                .orElseGet(() -> {
                    gate.wrong(call.client().getAddress());
                    return Reply.refusal(
                            HttpResponseStatus.UNAUTHORIZED,
                            "this code is used or too old: `fenliu dashboard` makes another");
                });
    }
}
