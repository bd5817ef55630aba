package dev.fenliu.control;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.engine.ChatGpt;
import dev.fenliu.engine.ChatGptRoads;
import dev.fenliu.engine.Diagnosis;
import dev.fenliu.engine.Examination;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Prober;
import dev.fenliu.engine.Proxy;
import dev.fenliu.model.Reason;
import dev.fenliu.outbound.History;
import dev.fenliu.outbound.Outbound;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** How outbounds do: tried out now, over time, and by the doctor's eye. */
final class OutboundRoutes {
    /** Hours of which the fine scale tells. */
    private static final int FINE_HOURS = 24;

    private static final int MOST_HOURS = 720;
    /** Tunnels that the doctor looks at in one visit. */
    private static final int MOST_PATIENTS = 20;

    private final Proxy proxy;

    private OutboundRoutes(Proxy proxy) {
        this.proxy = proxy;
    }

    static List<Route> routes(Proxy proxy) {
        OutboundRoutes made = new OutboundRoutes(proxy);
        return List.of(
                Route.post("/api/v1/groups/{name}/test", Scope.SWITCH, made::test),
                Route.post("/api/v1/outbounds/{name}/test", Scope.SWITCH, made::test),
                Route.now(HttpMethod.GET, "/api/v1/outbounds/{name}/history", Scope.READ, made::history),
                Route.workLater(HttpMethod.POST, "/api/v1/doctor/chatgpt", Scope.SWITCH, made::doctor));
    }

    /** The name of an outbound or group that is there. */
    private Optional<Reply> missing(String name) {
        Inquiry now = proxy.inquiry();
        return now != null && now.has(name)
                ? Optional.empty()
                : Optional.of(
                        Reply.refusal(HttpResponseStatus.NOT_FOUND, "there is no outbound or group \"" + name + "\""));
    }

    private Future<Reply> test(Call call) {
        String name = call.captured("name");
        Optional<Reply> missing = missing(name);
        if (missing.isPresent()) {
            return call.loop().newSucceededFuture(missing.get());
        }
        Promise<Reply> reply = call.loop().newPromise();
        proxy.measure(name, call.loop()).addListener((Future<List<Prober.Finding>> found) -> {
            JsonArray members = new JsonArray();
            found.getNow().forEach(one -> members.add(member(one)));
            JsonObject object = new JsonObject();
            object.add("members", members);
            reply.setSuccess(Reply.json(object));
        });
        return reply;
    }

    private JsonObject member(Prober.Finding finding) {
        boolean good = finding.delay().isPresent() && finding.fault().isEmpty();
        JsonObject object = new JsonObject();
        object.addProperty("name", finding.outbound());
        object.addProperty("ok", good);
        object.add(
                "connect-ms", millis(proxy.overview().vitals(finding.outbound()).connect()));
        object.add("answer-ms", millis(finding.delay()));
        object.add("failure", StatusJson.text(finding.fault().map(Reason::text)));
        object.add("failure-code", StatusJson.text(finding.fault().map(Reason::code)));
        return object;
    }

    private static JsonElement millis(Optional<Duration> time) {
        return time.<JsonElement>map(known -> new JsonPrimitive(known.toMillis()))
                .orElse(JsonNull.INSTANCE);
    }

    private Reply history(Call call) {
        String name = call.captured("name");
        int hours = call.number("hours", FINE_HOURS, 1, MOST_HOURS);
        History.Scale scale = hours <= FINE_HOURS ? History.Scale.FINE : History.Scale.HOURS;
        Optional<Reply> missing = missing(name);
        if (missing.isPresent()) {
            return missing.get();
        }
        List<History.Span> spans = proxy.overview().history(name, scale);
        long most = Duration.ofHours(hours).dividedBy(scale.length());
        JsonArray points = new JsonArray();
        spans.stream().skip(Math.max(0, spans.size() - most)).forEach(span -> points.add(point(span)));
        JsonObject object = new JsonObject();
        object.addProperty("name", name);
        object.addProperty("step-seconds", scale.length().toSeconds());
        object.add("points", points);
        return Reply.json(object);
    }

    private static JsonObject point(History.Span span) {
        JsonObject object = new JsonObject();
        object.addProperty("time", span.start().toString());
        object.add("connect-ms", millis(span.connect()));
        object.add("answer-ms", millis(span.answer()));
        object.addProperty("attempts", span.attempts());
        object.addProperty("failures", span.failures());
        object.addProperty("loss", span.attempts() == 0 ? 0 : (double) span.failures() / span.attempts());
        object.addProperty("throughput", span.rate());
        object.addProperty("up", span.up());
        object.addProperty("down", span.down());
        return object;
    }

    private Future<Reply> doctor(Call call) {
        JsonElement named = call.body().isEmpty() ? null : call.json().get("outbound");
        if (named != null && !(named instanceof JsonNull) && !(named instanceof JsonPrimitive)) {
            throw new BadRequest("outbound: a name, or null for all tunnels");
        }
        Inquiry now = proxy.inquiry();
        List<Outbound> tunnels = now == null
                ? List.of()
                : named instanceof JsonPrimitive name ? now.tunnels(name.getAsString()) : now.tunnels();
        if (named instanceof JsonPrimitive name && tunnels.isEmpty()) {
            return call.loop()
                    .newSucceededFuture(Reply.refusal(
                            HttpResponseStatus.NOT_FOUND, "there is no tunnel \"" + name.getAsString() + "\""));
        }
        List<Outbound> patients = tunnels.stream().limit(MOST_PATIENTS).toList();
        Promise<Reply> reply = call.loop().newPromise();
        Optional<ChatGptRoads> roads = Optional.ofNullable(now).map(ChatGptRoads::of);
        JsonArray items = new JsonArray();
        roads.ifPresent(found -> found.findings().forEach(one -> items.add(finding(null, one))));
        boolean apart = roads.map(ChatGptRoads::apart).orElse(false);
        AtomicInteger working = new AtomicInteger();
        AtomicInteger left = new AtomicInteger(patients.size());
        Runnable end = () -> reply.setSuccess(Reply.json(diagnosis(items, working.get(), patients.size(), apart)));
        if (patients.isEmpty()) {
            end.run();
        }
        for (Outbound patient : patients) {
            Examination.of(patient, ChatGpt.REAL, Optional.empty(), call.loop())
                    .addListener((Future<Diagnosis> done) -> {
                        Diagnosis found = done.getNow();
                        found.findings().forEach(finding -> items.add(finding(patient.name(), finding)));
                        if (found.fault().isEmpty()) {
                            working.incrementAndGet();
                        }
                        if (left.decrementAndGet() == 0) {
                            end.run();
                        }
                    });
        }
        return reply;
    }

    private static JsonObject diagnosis(JsonArray items, int working, int all, boolean apart) {
        String text = all == 0
                ? "There is no tunnel to try."
                : "ChatGPT works through " + working + " of " + all + " tunnels"
                        + (apart ? ", but the rules send a part of it elsewhere." : ".");
        Diagnosis.Verdict verdict = working > 0 && !apart ? Diagnosis.Verdict.OK : Diagnosis.Verdict.FAIL;
        items.add(finding(null, new Diagnosis.Finding(verdict, "all", text, "")));
        JsonObject object = new JsonObject();
        object.add("items", items);
        return object;
    }

    /** One as the command shows it: see {@code fenliu doctor chatgpt --json}. */
    private static JsonObject finding(@org.jspecify.annotations.Nullable String outbound, Diagnosis.Finding finding) {
        JsonObject object = new JsonObject();
        object.addProperty("outbound", outbound);
        object.addProperty("verdict", finding.verdict().name().toLowerCase(Locale.ROOT));
        object.addProperty("subject", finding.subject());
        object.addProperty("text", finding.text());
        object.addProperty("remedy", finding.remedy().isEmpty() ? null : finding.remedy());
        return object;
    }
}
