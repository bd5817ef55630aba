package dev.fenliu.control;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.dns.Trail;
import dev.fenliu.engine.NameReport;
import dev.fenliu.engine.Proxy;
import dev.fenliu.model.Host;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** {@code /api/v1/dns/query?name=NAME&type=TYPE}: what DNS clients are answered about a name, and why. */
final class NameQueries {
    private NameQueries() {}

    static Future<Reply> answer(Call call, Proxy proxy) {
        Host host;
        int type = Type.value(call.parameter("type").orElse("A").toUpperCase(Locale.ROOT));
        try {
            host = Host.parse(call.parameter("name").orElse(""));
        } catch (IllegalArgumentException e) {
            return refused(call, "name: " + e.getMessage());
        }
        if (!(host instanceof Host.Name name)) {
            return refused(call, "name: " + host + " is an address, which nobody is asked for");
        }
        if (type < 1) {
            return refused(call, "type: no such type of record (A, AAAA, HTTPS, TXT, …)");
        }
        Promise<Reply> reply = call.loop().newPromise();
        proxy.overview()
                .ask(name, type, call.client(), call.loop())
                .addListener((Future<NameReport> report) ->
                        reply.setSuccess(Reply.json(json(name.value(), Type.string(type), report.getNow()))));
        return reply;
    }

    private static Future<Reply> refused(Call call, String why) {
        return call.loop().newSucceededFuture(Reply.refusal(HttpResponseStatus.BAD_REQUEST, why));
    }

    static JsonObject json(String name, String type, NameReport report) {
        JsonObject object = new JsonObject();
        object.addProperty("name", name);
        object.addProperty("type", type);
        object.add(
                "rule",
                report.decision()
                        .<JsonElement>map(made -> RuleJson.of(made.rule()))
                        .orElse(JsonNull.INSTANCE));
        JsonArray path = new JsonArray();
        report.path().forEach(path::add);
        object.add("path", path);
        Optional<Trail> trail = report.trail();
        object.addProperty(
                "source", trail.map(NameQueries::source).orElse(report.path().isEmpty() ? "own" : "rule"));
        object.add("resolver", StatusJson.text(trail.map(Trail::resolver).filter(text -> !text.isEmpty())));
        object.add("server", StatusJson.text(trail.flatMap(Trail::server)));
        object.add("transport", StatusJson.text(trail.flatMap(Trail::transport)));
        object.add(
                "via",
                StatusJson.text(
                        report.via() && trail.isPresent()
                                ? Optional.of(String.join("/", report.path()))
                                : Optional.empty()));
        object.addProperty("age", trail.map(found -> found.age().toSeconds()).orElse(0L));
        object.addProperty("micros", report.time().toNanos() / 1000);
        message(report.message().bytes(), object);
        return object;
    }

    private static String source(Trail trail) {
        return trail.source().name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static void message(byte[] bytes, JsonObject into) {
        JsonArray records = new JsonArray();
        JsonArray remarks = new JsonArray();
        String rcode;
        try {
            Message message = new Message(bytes);
            rcode = Rcode.string(message.getRcode());
            message.getSection(Section.ANSWER).forEach(record -> records.add(record(record)));
            OPTRecord opt = message.getOPT();
            if (opt != null) {
                opt.getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR).forEach(option -> remarks.add(remark(option)));
            }
        } catch (IOException | RuntimeException e) { // its records are those of a stranger
            rcode = "unreadable";
        }
        into.addProperty("rcode", rcode);
        into.add("records", records);
        into.add("errors", remarks);
    }

    private static JsonObject record(Record record) {
        JsonObject object = new JsonObject();
        object.addProperty("name", record.getName().toString(true));
        object.addProperty("type", Type.string(record.getType()));
        object.addProperty("ttl", record.getTTL());
        object.addProperty("data", record.rdataToString());
        return object;
    }

    /** RFC 8914. */
    private static JsonObject remark(EDNSOption option) {
        JsonObject object = new JsonObject();
        if (option instanceof ExtendedErrorCodeOption error) {
            object.addProperty("code", error.getErrorCode());
            object.addProperty("text", error.getText());
        }
        return object;
    }
}
