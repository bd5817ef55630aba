package dev.fenliu.control.rules;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.fenliu.control.RuleJson;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Objection;
import dev.fenliu.route.Decision;
import dev.fenliu.route.RuleRef;

/** Who decides about a host, as {@code explain --json} and the API tell it. */
public final class AnswerJson {
    private static final Gson GSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    private AnswerJson() {}

    /** In one line. */
    public static String text(JsonObject object) {
        return GSON.toJson(object);
    }

    /** One that decided, or says which rule must be answered first. */
    public static JsonObject of(Asked asked, Inquiry.Answer answer) {
        JsonObject object = new JsonObject();
        object.addProperty("host", asked.host().toString());
        object.addProperty("port", asked.port());
        object.addProperty("network", asked.network().toString());
        if (answer.decision().isEmpty()) {
            object.addProperty(
                    "needs-address", answer.needsAddress().map(RuleRef::index).orElse(0));
            return object;
        }
        Decision decision = answer.decision().get();
        object.addProperty("target", answer.path().get(0));
        JsonArray path = new JsonArray();
        answer.path().forEach(path::add);
        object.add("path", path);
        object.add("rule", RuleJson.of(decision.rule()));
        object.add("list", answer.entry().<JsonElement>map(RuleJson::of).orElse(JsonNull.INSTANCE));
        object.add("dns", answer.dns().isPresent() ? dns(answer.dns().get()) : JsonNull.INSTANCE);
        answer.until().ifPresent(end -> object.addProperty("until", end.toString())); // timed rules alone have one
        if (!answer.objections().isEmpty()) {
            object.addProperty("refused", answer.refused());
            JsonArray objections = new JsonArray();
            answer.objections().forEach(one -> objections.add(objection(one)));
            object.add("objections", objections);
        }
        return object;
    }

    private static JsonObject objection(Objection one) {
        JsonObject object = new JsonObject();
        object.addProperty("group", one.group());
        object.addProperty("outbound", one.outbound());
        object.addProperty("text", one.why());
        return object;
    }

    private static JsonObject dns(Inquiry.Dns dns) {
        JsonObject object = new JsonObject();
        object.addProperty("resolver", dns.resolver());
        object.add(
                "via",
                dns.via().isPresent()
                        ? new com.google.gson.JsonPrimitive(dns.via().get())
                        : JsonNull.INSTANCE);
        return object;
    }
}
