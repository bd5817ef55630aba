package dev.fenliu.control.rest;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.fenliu.control.RuleJson;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.engine.FlowView;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Proxy;
import dev.fenliu.tally.Tally;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/** Flows that run, and the latest that have ended. */
final class FlowRoutes {
    private final Proxy proxy;
    private final Tally tally;

    private FlowRoutes(Proxy proxy, Tally tally) {
        this.proxy = proxy;
        this.tally = tally;
    }

    static List<Route> routes(Proxy proxy, Tally tally) {
        FlowRoutes flows = new FlowRoutes(proxy, tally);
        return List.of(
                Route.work(HttpMethod.GET, "/api/v1/flows", Scope.READ, flows::list),
                Route.workLater(HttpMethod.GET, "/api/v1/flows/{id}", Scope.READ, flows::one),
                Route.now(HttpMethod.DELETE, "/api/v1/flows/{id}", Scope.SWITCH, flows::end),
                Route.work(HttpMethod.DELETE, "/api/v1/flows", Scope.SWITCH, flows::endAll),
                Route.work(HttpMethod.GET, "/api/v1/troubles", Scope.READ, flows::troubles));
    }

    private Reply list(Call call) {
        List<FlowView> all = switch (call.parameter("state").orElse("open")) {
            case "open" -> proxy.overview().flows();
            case "closed" -> tally.closed().newest();
            default -> throw new BadRequest("state: open or closed");
        };
        Comparator<FlowView> order = order(call.parameter("sort").orElse("start"));
        boolean descending = call.flag("desc", true);
        List<FlowView> wanted = all.stream()
                .filter(wanted(call))
                .sorted(descending ? order.reversed() : order)
                .toList();
        return Reply.json(call.page().of(wanted, flow -> FlowJson.of(flow, tally)));
    }

    private static Comparator<FlowView> order(String by) {
        Comparator<FlowView> start =
                Comparator.comparingLong(flow -> flow.flow().id());
        return switch (by) {
            case "start" -> start;
            case "up" -> Comparator.comparingLong(FlowView::up).thenComparing(start);
            case "down" -> Comparator.comparingLong(FlowView::down).thenComparing(start);
            case "host" ->
                Comparator.comparing(
                                (FlowView flow) -> flow.flow().destination().toString())
                        .thenComparing(start);
            default -> throw new BadRequest("sort: start, up, down or host");
        };
    }

    private Predicate<FlowView> wanted(Call call) {
        String words = call.parameter("search").orElse("").toLowerCase(Locale.ROOT);
        Optional<String> device = call.parameter("device").filter(text -> !text.isEmpty());
        Optional<String> outbound = call.parameter("outbound").filter(text -> !text.isEmpty());
        return flow -> FlowJson.matches(flow, words, tally) && FlowJson.isOf(flow, device, outbound, tally);
    }

    /** One that runs, with the program that opened it if that runs here; or one of the latest that have ended. */
    private Future<Reply> one(Call call) {
        long id = id(call);
        Promise<Reply> reply = call.loop().newPromise();
        Optional<FlowView> running = proxy.overview().flow(id);
        Optional<FlowView> known = running.or(() -> tally.closed().newest().stream()
                .filter(flow -> flow.flow().id() == id)
                .findFirst());
        if (known.isEmpty()) {
            return reply.setSuccess(Reply.missing());
        }
        JsonObject object = FlowJson.of(known.get(), tally);
        if (call.flag("list", true)) {
            object.add("list", entry(known.get()));
        }
        if (running.isEmpty()) {
            return reply.setSuccess(Reply.json(object));
        }
        proxy.overview().program(running.get().flow(), call.loop()).addListener((Future<String> found) -> {
            Optional<String> program =
                    Optional.of(found.isSuccess() ? found.getNow() : "").filter(name -> !name.isEmpty());
            object.add("process", Json.text(program));
            reply.setSuccess(Reply.json(object));
        });
        return reply;
    }

    private JsonElement entry(FlowView flow) {
        Inquiry inquiry = proxy.inquiry();
        return inquiry == null
                ? JsonNull.INSTANCE
                : inquiry.entry(flow).<JsonElement>map(RuleJson::of).orElse(JsonNull.INSTANCE);
    }

    private Reply troubles(Call call) {
        return Reply.json(call.page().of(tally.troubles(), trouble -> FlowJson.of(trouble, tally)));
    }

    private static long id(Call call) {
        try {
            return Long.parseLong(call.captured("id"));
        } catch (NumberFormatException e) {
            throw new BadRequest("a flow is known by a number");
        }
    }

    private Reply end(Call call) {
        return proxy.end(id(call)) ? Reply.empty() : Reply.missing();
    }

    /** All that is searched for; without a word, all. */
    private Reply endAll(Call call) {
        JsonObject ended = new JsonObject();
        ended.addProperty("ended", proxy.endAll(wanted(call)));
        return Reply.json(ended);
    }
}
