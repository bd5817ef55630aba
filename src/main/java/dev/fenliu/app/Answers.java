package dev.fenliu.app;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.fenliu.control.RuleJson;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Objection;
import dev.fenliu.model.Destination;
import dev.fenliu.route.Decision;
import dev.fenliu.route.Explainer;
import dev.fenliu.route.ListEntry;
import dev.fenliu.route.RuleRef;
import java.util.List;

/** How {@code explain} prints what it found. */
final class Answers {
    private static final Gson GSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
    private static final int SHOWN = 20;

    private Answers() {}

    static String json(Asked asked, Inquiry.Answer answer) {
        JsonObject object = new JsonObject();
        object.addProperty("host", asked.host().toString());
        object.addProperty("port", asked.port());
        object.addProperty("network", asked.network().toString());
        if (answer.decision().isEmpty()) {
            object.addProperty(
                    "needs-address", answer.needsAddress().map(RuleRef::index).orElse(0));
            return GSON.toJson(object);
        }
        Decision decision = answer.decision().get();
        object.addProperty("target", answer.path().get(0));
        JsonArray path = new JsonArray();
        answer.path().forEach(path::add);
        object.add("path", path);
        object.add("rule", RuleJson.of(decision.rule()));
        object.add("list", answer.entry().isPresent() ? list(answer.entry().get()) : JsonNull.INSTANCE);
        object.add("dns", answer.dns().isPresent() ? dns(answer.dns().get()) : JsonNull.INSTANCE);
        object.addProperty("until", answer.until().map(Object::toString).orElse(null));
        if (!answer.objections().isEmpty()) {
            object.addProperty("refused", answer.refused());
            JsonArray objections = new JsonArray();
            answer.objections().forEach(one -> objections.add(objection(one)));
            object.add("objections", objections);
        }
        return GSON.toJson(object);
    }

    private static JsonObject objection(Objection one) {
        JsonObject object = new JsonObject();
        object.addProperty("group", one.group());
        object.addProperty("outbound", one.outbound());
        object.addProperty("text", one.why());
        return object;
    }

    /** @param given what was asked about, as far as it can be told */
    static String errorJson(JsonObject given, String error) {
        given.addProperty("error", error);
        return GSON.toJson(given);
    }

    private static JsonObject list(ListEntry entry) {
        JsonObject object = new JsonObject();
        object.addProperty("file", entry.file());
        object.addProperty("line", entry.line());
        object.addProperty("text", entry.text());
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

    /** @param whole whether the rules that were tried are shown too */
    static String text(Asked asked, Inquiry.Answer answer, boolean whole) {
        StringBuilder out = new StringBuilder();
        out.append(new Destination(asked.host(), asked.port())).append(' ').append(asked.network());
        if (answer.decision().isEmpty()) {
            out.append(" -> needs the addresses of the name first (--resolve asks)");
            answer.needsAddress().ifPresent(rule -> rule(rule, out));
        } else {
            RuleRef rule = answer.decision().get().rule();
            out.append(" -> ").append(String.join(" -> ", answer.path()));
            out.append(answer.refused() ? ": would be refused" : "");
            rule(rule, out);
            answer.until().ifPresent(end -> out.append("\n  until ").append(end).append("; by the rules below it then"));
            answer.objections()
                    .forEach(one -> out.append("\n  group ")
                            .append(one.group())
                            .append(" does not use ")
                            .append(one.outbound())
                            .append(": ")
                            .append(one.why()));
            answer.entry()
                    .ifPresent(entry -> out.append("\n  list  ")
                            .append(entry.file())
                            .append(entry.line() > 0 ? ":" + entry.line() : "")
                            .append("  ")
                            .append(entry.text()));
            answer.dns().ifPresent(dns -> out.append("\n  name  resolved by ").append(words(dns)));
        }
        if (whole) {
            tried(answer.tried().get(), out);
        }
        return out.toString();
    }

    private static void rule(RuleRef rule, StringBuilder out) {
        out.append("\n  rule  ").append(rule.position()).append("  ").append(rule.text());
    }

    private static String words(Inquiry.Dns dns) {
        if (dns.via().isEmpty()) {
            return dns.resolver();
        }
        boolean far = dns.resolver().equals(Inquiry.FAR_END);
        return far
                ? "the far end of " + dns.via().get()
                : dns.resolver() + ", through " + dns.via().get();
    }

    private static void tried(List<Explainer.Tried> tried, StringBuilder out) {
        for (Explainer.Tried one : tried.subList(0, Math.min(SHOWN, tried.size()))) {
            out.append("\n  not   ")
                    .append(one.rule().place())
                    .append("  ")
                    .append(one.rule().text());
            out.append(": ").append(one.why());
        }
        if (tried.size() > SHOWN) {
            out.append("\n  not   ").append(tried.size() - SHOWN).append(" more rules");
        }
    }
}
