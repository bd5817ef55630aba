package dev.fenliu.control;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.engine.Proxy;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.List;

/** What the program can be told to do. */
final class SteeringRoutes {
    private SteeringRoutes() {}

    static List<Route> routes(Steering steering) {
        return List.of(Route.post("/api/v1/reload", Scope.ADMIN, call -> reload(steering, call)));
    }

    private static Future<Reply> reload(Steering steering, Call call) {
        Promise<Reply> reply = call.loop().newPromise();
        steering.reload().thenAccept(done -> reply.setSuccess(answer(done)));
        return reply;
    }

    private static Reply answer(Steering.Reloaded done) {
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
}
