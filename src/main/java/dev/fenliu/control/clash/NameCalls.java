package dev.fenliu.control.clash;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.engine.NameReport;
import dev.fenliu.engine.Proxy;
import dev.fenliu.model.Host;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.util.Locale;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** {@code /dns/query}: what a DNS client would be answered, in the JSON that resolvers speak. */
final class NameCalls {
    private NameCalls() {}

    static Future<Reply> ask(Call call, Proxy proxy) {
        int type = Type.value(call.parameter("type").orElse("A").toUpperCase(Locale.ROOT));
        if (type < 1) {
            throw new BadRequest("type: no such type of record (A, AAAA, HTTPS, TXT, …)");
        }
        Promise<Reply> reply = call.loop().newPromise();
        proxy.overview()
                .ask(name(call.parameter("name").orElse("")), type, call.client(), call.loop())
                .addListener((Future<NameReport> report) ->
                        reply.setSuccess(json(report.getNow().message().bytes())));
        return reply;
    }

    private static Host.Name name(String text) {
        try {
            if (Host.parse(text) instanceof Host.Name name) {
                return name;
            }
        } catch (IllegalArgumentException e) {
            throw new BadRequest("name: " + e.getMessage());
        }
        throw new BadRequest("name: " + text + " is an address, which nobody is asked for");
    }

    static Reply json(byte[] bytes) {
        try {
            return Reply.json(json(new Message(bytes)));
        } catch (IOException | RuntimeException e) { // its records are those of a stranger
            return Reply.refusal(HttpResponseStatus.INTERNAL_SERVER_ERROR, "the answer cannot be read");
        }
    }

    private static JsonObject json(Message message) {
        JsonObject object = new JsonObject();
        object.addProperty("Status", message.getRcode());
        JsonArray questions = new JsonArray();
        Record asked = message.getQuestion();
        if (asked != null) {
            JsonObject question = new JsonObject();
            question.addProperty("Name", asked.getName().toString());
            question.addProperty("Qtype", asked.getType());
            question.addProperty("Qclass", asked.getDClass());
            questions.add(question);
        }
        object.add("Question", questions);
        object.addProperty("TC", message.getHeader().getFlag(Flags.TC));
        object.addProperty("RD", message.getHeader().getFlag(Flags.RD));
        object.addProperty("RA", message.getHeader().getFlag(Flags.RA));
        object.addProperty("AD", message.getHeader().getFlag(Flags.AD));
        object.addProperty("CD", message.getHeader().getFlag(Flags.CD));
        JsonArray answers = new JsonArray();
        for (Record record : message.getSection(Section.ANSWER)) {
            JsonObject answer = new JsonObject();
            answer.addProperty("name", record.getName().toString());
            answer.addProperty("type", record.getType());
            answer.addProperty("TTL", record.getTTL());
            answer.addProperty("data", record.rdataToString());
            answers.add(answer);
        }
        if (!answers.isEmpty()) {
            object.add("Answer", answers);
        }
        return object;
    }
}
