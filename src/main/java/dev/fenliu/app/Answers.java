package dev.fenliu.app;

import com.google.gson.JsonObject;
import dev.fenliu.control.rules.AnswerJson;
import dev.fenliu.control.rules.Asked;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.model.Destination;
import dev.fenliu.route.Explainer;
import dev.fenliu.route.RuleRef;
import java.util.List;

/** How {@code explain} prints what it found. */
final class Answers {
    private static final int SHOWN = 20;

    private Answers() {}

    static String json(Asked asked, Inquiry.Answer answer) {
        return AnswerJson.text(AnswerJson.of(asked, answer));
    }

    /** @param given what was asked about, as far as it can be told */
    static String errorJson(JsonObject given, String error) {
        given.addProperty("error", error);
        return AnswerJson.text(given);
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
            answer.until()
                    .ifPresent(end -> out.append("\n  until ").append(end).append("; by the rules below it then"));
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
