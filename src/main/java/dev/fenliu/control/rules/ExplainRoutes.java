package dev.fenliu.control.rules;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.control.RuleJson;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Status;
import dev.fenliu.model.Addresses;
import dev.fenliu.route.Explainer;
import dev.fenliu.route.RuleRef;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Optional;

/** Who decides about a host, and why. */
public final class ExplainRoutes {
    private static final int MOST_STEPS = 50;

    private final Workbench bench;

    private ExplainRoutes(Workbench bench) {
        this.bench = bench;
    }

    /** All about explanations. */
    public static List<Route> routes(Workbench bench) {
        return List.of(Route.work(HttpMethod.GET, "/api/v1/explain", Scope.READ, new ExplainRoutes(bench)::explain));
    }

    private Reply explain(Call call) {
        String host = call.parameter("host").orElseThrow(() -> new BadRequest("explain what? ?host= is missing"));
        Asked asked;
        try {
            Asked defaults = Asked.defaults(
                    call.parameter("network").orElse("tcp"),
                    call.parameter("source").orElseGet(() -> Addresses.text(java.net.InetAddress.getLoopbackAddress())),
                    call.parameter("listener").orElse(""),
                    call.parameter("user").orElse(null));
            asked = defaults.read(host.startsWith("{") ? "" : host);
            int port = call.number("port", asked.port(), 1, 65_535);
            asked = asked.at(port);
        } catch (IllegalArgumentException e) {
            throw new BadRequest(String.valueOf(e.getMessage()));
        }
        Inquiry inquiry = bench.inquiry();
        Inquiry.Answer answer = inquiry.ask(asked.question());
        JsonObject object = AnswerJson.of(asked, answer);
        object.add("steps", steps(answer));
        JsonArray outbounds = new JsonArray();
        List<Status.Way> ways = bench.proxy().overview().ways();
        for (String name : answer.path()) {
            Optional<Status.Way> way =
                    ways.stream().filter(one -> one.name().equals(name)).findFirst();
            JsonObject one = new JsonObject();
            one.addProperty("name", name);
            one.addProperty(
                    "type",
                    way.map(Status.Way::type).orElse(inquiry.config().groups().containsKey(name) ? "group" : name));
            one.addProperty(
                    "failing", way.flatMap(found -> found.vitals().failure()).isPresent());
            outbounds.add(one);
        }
        object.add("outbounds", outbounds);
        return Reply.json(object);
    }

    /** The last that were tried, and the one that decided. */
    private static JsonArray steps(Inquiry.Answer answer) {
        List<Explainer.Tried> tried = answer.tried().get();
        JsonArray steps = new JsonArray();
        tried.subList(Math.max(0, tried.size() - MOST_STEPS + 1), tried.size())
                .forEach(one -> steps.add(step(one.rule(), "no", one.why())));
        answer.needsAddress().ifPresent(rule -> steps.add(step(rule, "unknown", "it needs the addresses of the name")));
        answer.decision()
                .ifPresent(decision -> steps.add(step(
                        decision.rule(),
                        "yes",
                        answer.entry()
                                .map(entry -> "in the list: " + entry.text())
                                .orElse("it matches"))));
        return steps;
    }

    private static JsonObject step(RuleRef rule, String outcome, String why) {
        JsonObject step = new JsonObject();
        step.add("rule", RuleJson.of(rule));
        step.addProperty("outcome", outcome);
        step.addProperty("why", why);
        return step;
    }
}
