package dev.fenliu.control.rest;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.fenliu.control.RuleJson;
import dev.fenliu.engine.FlowView;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.net.Sockets;
import dev.fenliu.tally.Tally;
import dev.fenliu.tally.Trouble;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;

/** A flow in JSON. */
final class FlowJson {
    private FlowJson() {}

    /** All of it but the program that opened it. */
    static JsonObject of(FlowView view, Tally tally) {
        Flow flow = view.flow();
        JsonObject object = new JsonObject();
        object.addProperty("id", flow.id());
        object.addProperty("start", view.start().truncatedTo(ChronoUnit.MILLIS).toString());
        object.addProperty("network", flow.transport().toString());
        object.addProperty("listener", flow.listener());
        object.addProperty("source", Addresses.text(flow.source().getAddress()));
        object.addProperty("source-port", flow.source().getPort());
        object.addProperty("device", tally.device(flow.source().getAddress()));
        object.add("user", Json.text(flow.user()));
        object.addProperty("host", flow.destination().host().toString());
        object.addProperty("port", flow.destination().port());
        object.add("address", Json.text(view.address().map(FlowJson::address)));
        object.add("sniffed", Json.text(view.name().map(Host::toString)));
        object.add("rule", view.rule().<JsonElement>map(RuleJson::of).orElse(JsonNull.INSTANCE));
        object.add("list", JsonNull.INSTANCE);
        object.add("path", Json.list(view.path(), JsonPrimitive::new));
        object.addProperty("up", view.up());
        object.addProperty("down", view.down());
        object.addProperty("state", view.state().name().toLowerCase(Locale.ROOT));
        object.add("end", Json.text(view.end().map(FlowView.End::text)));
        object.add("end-code", endCode(view));
        object.add("who-ended", ender(view));
        object.add("process", JsonNull.INSTANCE);
        object.add("timing", timing(view.timing()));
        return object;
    }

    static JsonObject of(Trouble trouble, Tally tally) {
        FlowView last = trouble.last();
        JsonObject object = new JsonObject();
        object.addProperty("host", trouble.host().toString());
        object.add("path", Json.list(last.path(), JsonPrimitive::new));
        object.add("rule", last.rule().<JsonElement>map(RuleJson::of).orElse(JsonNull.INSTANCE));
        object.addProperty("code", trouble.code());
        object.add("end", Json.text(last.end().map(FlowView.End::text)));
        object.addProperty("count", trouble.count());
        object.addProperty("time", trouble.time().truncatedTo(ChronoUnit.MILLIS).toString());
        object.addProperty("device", tally.device(last.flow().source().getAddress()));
        return object;
    }

    static JsonElement endCode(FlowView view) {
        return Json.text(view.end().map(FlowView.End::code));
    }

    static JsonElement ender(FlowView view) {
        return Json.text(view.end().map(end -> end.by().name().toLowerCase(Locale.ROOT)));
    }

    private static String address(SocketAddress address) {
        return address instanceof InetSocketAddress internet ? Sockets.text(internet) : address.toString();
    }

    private static JsonObject timing(FlowView.Timing timing) {
        JsonObject object = new JsonObject();
        object.add("queue-ms", Json.millis(timing.queue()));
        object.add("dns-ms", Json.millis(timing.dns()));
        object.add("connect-ms", Json.millis(timing.connect()));
        object.add("tls-ms", Json.millis(timing.opened()));
        object.add("first-byte-ms", Json.millis(timing.firstByte()));
        object.add("total-ms", Json.millis(timing.total()));
        return object;
    }

    /** Whether a flow is one of those that are searched for; {@code words} are in lower case. */
    static boolean matches(FlowView view, String words, Tally tally) {
        Flow flow = view.flow();
        return words.isEmpty()
                || has(flow.destination().toString(), words)
                || has(view.name().map(Host::toString).orElse(""), words)
                || has(view.rule().map(rule -> rule.place() + " " + rule.text()).orElse(""), words)
                || has(view.way(), words)
                || has(Addresses.text(flow.source().getAddress()), words)
                || has(tally.device(flow.source().getAddress()), words)
                || has(flow.user().orElse(""), words);
    }

    static boolean has(String text, String words) {
        return text.toLowerCase(Locale.ROOT).contains(words);
    }

    /** The same without what is not in its path, and is not its device. */
    static boolean isOf(FlowView view, Optional<String> device, Optional<String> outbound, Tally tally) {
        return device.map(tally.device(view.flow().source().getAddress())::equals)
                        .orElse(true)
                && outbound.map(view.path()::contains).orElse(true);
    }
}
