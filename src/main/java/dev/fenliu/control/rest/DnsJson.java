package dev.fenliu.control.rest;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.fenliu.control.RuleJson;
import dev.fenliu.dns.Trail;
import dev.fenliu.engine.NameView;
import dev.fenliu.model.Addresses;
import dev.fenliu.tally.Tally;
import java.io.IOException;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A query of a DNS client in JSON. */
final class DnsJson {
    private DnsJson() {}

    static JsonObject of(NameView query, Tally tally) {
        JsonObject object = new JsonObject();
        object.addProperty("time", query.time().truncatedTo(ChronoUnit.MILLIS).toString());
        object.addProperty("client", Addresses.text(query.client()));
        object.addProperty("device", tally.device(query.client()));
        object.addProperty("name", query.name());
        object.addProperty("type", Type.string(query.type()));
        object.addProperty("code", query.result().toUpperCase(Locale.ROOT));
        JsonArray answers = new JsonArray();
        long ttl = Long.MAX_VALUE;
        try {
            for (Record record : new Message(query.message().bytes()).getSection(Section.ANSWER)) {
                answers.add(Type.string(record.getType()) + " " + record.rdataToString());
                ttl = Math.min(ttl, record.getTTL());
            }
        } catch (IOException | RuntimeException e) {
            // its records are those of a stranger
        }
        object.add("answers", answers);
        object.add("upstream", Json.text(query.trail().flatMap(Trail::server)));
        object.add("via", Json.text(query.via()));
        object.addProperty("from", query.from());
        object.add("took-ms", Json.millis(query.took().toNanos()));
        object.add("ttl", ttl == Long.MAX_VALUE ? JsonNull.INSTANCE : new JsonPrimitive(ttl));
        object.add("rule", query.rule().<JsonElement>map(RuleJson::of).orElse(JsonNull.INSTANCE));
        return object;
    }

    /** Whether a query is one of those that are searched for; {@code words} are in lower case. */
    static boolean matches(NameView query, String words, Tally tally) {
        return words.isEmpty()
                || FlowJson.has(query.name(), words)
                || FlowJson.has(Addresses.text(query.client()), words)
                || FlowJson.has(tally.device(query.client()), words)
                || FlowJson.has(query.from(), words)
                || FlowJson.has(query.result(), words)
                || FlowJson.has(query.trail().flatMap(Trail::server).orElse(""), words);
    }
}
