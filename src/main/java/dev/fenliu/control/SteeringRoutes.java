package dev.fenliu.control;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.fenliu.config.Type;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.engine.Proxy;
import dev.fenliu.engine.Refreshed;
import dev.fenliu.engine.Status;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What the program can be told to do: to read its config, to use a member of a group, to ask for lists. */
final class SteeringRoutes {
    private final Proxy proxy;
    private final Steering steering;

    private SteeringRoutes(Proxy proxy, Steering steering) {
        this.proxy = proxy;
        this.steering = steering;
    }

    static List<Route> routes(Proxy proxy, Steering steering) {
        SteeringRoutes made = new SteeringRoutes(proxy, steering);
        return List.of(
                Route.post("/api/v1/reload", Scope.ADMIN, made::reload),
                Route.get("/api/v1/groups", Scope.READ, call -> made.list(call, Status::groups, StatusJson::group)),
                Route.now(HttpMethod.PUT, "/api/v1/groups/{name}", Scope.SWITCH, made::select),
                Route.get(
                        "/api/v1/subscriptions",
                        Scope.READ,
                        call -> made.list(call, Status::subscriptions, StatusJson::subscription)),
                Route.post("/api/v1/subscriptions/{name}/refresh", Scope.SWITCH, made.refresh("subscription ")),
                Route.post("/api/v1/rule-sets/{name}/refresh", Scope.SWITCH, made.refresh("rule-set ")),
                Route.work(
                        HttpMethod.GET,
                        "/api/v1/subscriptions/{name}/diff",
                        Scope.READ,
                        call -> made.diffs("subscription ", call)),
                Route.work(
                        HttpMethod.GET,
                        "/api/v1/rule-sets/{name}/diff",
                        Scope.READ,
                        call -> made.diffs("rule-set ", call)),
                Route.work(HttpMethod.POST, "/api/v1/subscriptions/{name}/accept", Scope.ADMIN, made::accept),
                Route.work(HttpMethod.POST, "/api/v1/rule-sets/{name}/accept", Scope.ADMIN, made::accept));
    }

    private Future<Reply> reload(Call call) {
        Promise<Reply> reply = call.loop().newPromise();
        steering.reload().thenAccept(done -> reply.setSuccess(reloaded(done)));
        return reply;
    }

    private static Reply reloaded(Steering.Reloaded done) {
        JsonArray problems = new JsonArray();
        done.problems().forEach(problem -> problems.add(ProblemJson.of(problem)));
        JsonObject object = new JsonObject();
        if (done.report().isEmpty()) {
            object.addProperty("message", done.refusal().orElse("the old config stays in force"));
            object.add("problems", problems);
            return Reply.json(HttpResponseStatus.UNPROCESSABLE_ENTITY, object);
        }
        Proxy.Report report = done.report().get();
        object.addProperty("generation", report.generation());
        object.addProperty("rules", report.rules());
        object.addProperty("flows", report.running());
        object.addProperty("took-ms", report.time().toMillis());
        object.add("problems", problems);
        return Reply.json(object);
    }

    private <T> Future<Reply> list(Call call, Function<Status, List<T>> items, Function<T, JsonObject> one) {
        return Reply.when(
                proxy.overview().status(call.loop()),
                call.loop(),
                status -> Reply.json(call.page().of(items.apply(status), one)));
    }

    private Reply select(Call call) {
        JsonElement member = call.json().get("member");
        String name = member instanceof JsonPrimitive text && text.isString() ? text.getAsString() : null;
        if (name == null && !(member instanceof JsonNull)) {
            throw new BadRequest("member: the name of one, or null to leave it to the group");
        }
        String group = call.captured("name");
        Optional<String> refusal = proxy.select(group, name);
        return refusal.map(why -> why.startsWith("there is no group")
                        ? Reply.refusal(HttpResponseStatus.NOT_FOUND, why)
                        : Reply.refusal(HttpResponseStatus.BAD_REQUEST, why))
                .orElseGet(Reply::empty);
    }

    private Function<Call, Future<Reply>> refresh(String kind) {
        return call -> {
            String name = call.captured("name");
            Promise<Reply> reply = call.loop().newPromise();
            proxy.refresh(kind + name)
                    .addListener((Future<Optional<Refreshed>> done) -> reply.setSuccess(
                            done.getNow().map(SteeringRoutes::refreshed).orElseGet(() -> noList(kind, name))));
            return reply;
        };
    }

    private static Reply refreshed(Refreshed done) {
        JsonObject object = new JsonObject();
        object.addProperty("changed", done.changed());
        UpdatesJson.problem(object, done.problem());
        object.addProperty("held", done.held());
        return Reply.json(object);
    }

    private Reply diffs(String kind, Call call) {
        String name = call.captured("name");
        return proxy.overview()
                .diffs(kind + name)
                .map(found -> Reply.json(UpdatesJson.of(found)))
                .orElseGet(() -> noList(kind, name));
    }

    private static Reply noList(String kind, String name) {
        return Reply.refusal(HttpResponseStatus.NOT_FOUND, "there is no " + kind + "\"" + name + "\" with an address");
    }

    private Reply accept(Call call) {
        String name = call.captured("name");
        try {
            Map<String, String> accepted = proxy.accept(name);
            if (accepted.isEmpty()) {
                return Reply.refusal(HttpResponseStatus.CONFLICT, "nothing is held back of \"" + name + "\"");
            }
            JsonObject object = new JsonObject();
            accepted.forEach(object::addProperty);
            return Reply.json(object);
        } catch (IOException e) {
            return Reply.refusal(HttpResponseStatus.INTERNAL_SERVER_ERROR, Type.reason(e));
        }
    }
}
