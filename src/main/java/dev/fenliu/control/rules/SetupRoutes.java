package dev.fenliu.control.rules;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Outline;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.edit.EditRefused;
import dev.fenliu.edit.Editor;
import dev.fenliu.edit.OutboundEdit;
import dev.fenliu.edit.YamlEdit;
import dev.fenliu.engine.Inquiry;
import io.nayuki.qrcodegen.DataTooLongException;
import io.nayuki.qrcodegen.QrCode;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The first steps: what there is, a tunnel, and what else a page needs for them. */
public final class SetupRoutes {
    /** Takes a pairing string, and adds the outbound. May take half a minute. */
    @FunctionalInterface
    public interface Pairing {
        Editor.Saved pair(String text) throws EditRefused;
    }

    private final Workbench bench;
    private final Pairing pairing;

    private SetupRoutes(Workbench bench, Pairing pairing) {
        this.bench = bench;
        this.pairing = pairing;
    }

    /**
     * All about the first steps.
     *
     * @param schema of the config
     */
    public static List<Route> routes(Workbench bench, Pairing pairing, Supplier<JsonObject> schema) {
        SetupRoutes routes = new SetupRoutes(bench, pairing);
        return List.of(
                Route.work(HttpMethod.GET, "/api/v1/setup", Scope.READ, routes::setup),
                Route.work(HttpMethod.POST, "/api/v1/setup/tunnel", Scope.ADMIN, EditReply.handler(routes::tunnel)),
                Route.work(HttpMethod.GET, "/api/v1/schema", Scope.READ, call -> Reply.json(schema.get())),
                Route.work(HttpMethod.GET, "/api/v1/qr", Scope.READ, SetupRoutes::qr));
    }

    private Reply setup(Call call) {
        Inquiry inquiry = bench.inquiry();
        Optional<Path> file = inquiry.config().file();
        JsonObject object = new JsonObject();
        object.addProperty("config", file.map(Path::toString).orElse(null));
        object.addProperty("default-config", file.isEmpty());
        object.add("interfaces", Interfaces.json());
        object.addProperty("tunnels", inquiry.tunnels().size());
        String host = call.headers().get("Host", "127.0.0.1");
        object.addProperty("pac", "http://" + host + "/proxy.pac");
        object.addProperty(
                "proxy",
                bench.proxy()
                        .overview()
                        .browserEntrance(call.local())
                        .map(Object::toString)
                        .orElse(null));
        return Reply.json(object);
    }

    private Reply tunnel(Call call) throws EditRefused {
        JsonObject body = call.json();
        Optional<String> pairingString = EditReply.text(body, "pairing");
        if (pairingString.isPresent()) {
            return Reply.json(EditReply.saved(
                    pairing.pair(pairingString.get()), bench.proxy().generation()));
        }
        Workbench.Made config = bench.config();
        Optional<String> subscription = EditReply.text(body, "subscription");
        String text;
        String summary;
        if (subscription.isPresent()) {
            text = subscribe(config.text(), subscription.get());
            summary = "subscription added";
        } else {
            Optional<String> device = EditReply.text(body, "interface");
            String outbound = device.isPresent()
                    ? "{type: direct, interface: " + YamlEdit.scalar(device.get()) + "}"
                    : YamlEdit.scalar(EditReply.text(body, "link")
                            .orElseThrow(() -> new BadRequest("interface, link, subscription or pairing is missing")));
            String name = free(config.text(), device.orElse("tunnel1"));
            text = added(config.text(), name, outbound);
            summary = "outbound added: " + name;
        }
        Editor.Saved saved = bench.editor()
                .save(new Editor.Edit(
                        config.file(),
                        Optional.of(Editor.version(Files.exists(config.file()) ? config.text() : "")),
                        text,
                        summary,
                        EditReply.pending(body, bench.dates().instant())));
        return Reply.json(EditReply.saved(saved, bench.proxy().generation()));
    }

    private static String added(String config, String name, String outbound) throws EditRefused {
        try {
            return OutboundEdit.add(config, name, outbound).text();
        } catch (IllegalArgumentException e) {
            throw EditRefused.wrong(String.valueOf(e.getMessage()));
        }
    }

    /** A name that no outbound or group has. */
    private static String free(String config, String wanted) {
        List<String> taken = OutboundEdit.names(config);
        String base = wanted.replaceAll("[^A-Za-z0-9_.-]", "");
        String name = base.isEmpty() ? "tunnel" : base;
        for (int i = 2; taken.contains(name) || name.equals("direct") || name.equals("block"); i++) {
            name = base + "-" + i;
        }
        return name;
    }

    /** Adds a subscription, and has the group of OpenAI's hosts use it. */
    private static String subscribe(String config, String url) throws EditRefused {
        Outline root = YamlEdit.of(config).outline();
        Outline there = root.at(List.of("subscriptions"));
        String name = "nodes";
        for (int i = 2; there != null && there.entry(name) != null; i++) {
            name = "nodes" + i;
        }
        String value = "{url: " + YamlEdit.scalar(url) + "}";
        String text = there == null
                ? YamlEdit.of(config).put(List.of(), "subscriptions", "\n  " + name + ": " + value)
                : YamlEdit.of(config).put(List.of("subscriptions"), name, value);
        Outline groups = YamlEdit.of(text).outline().at(List.of("groups"));
        if (groups == null || groups.kind() != ConfigNode.Kind.MAPPING) {
            return text;
        }
        for (String group : List.of("tunnel", "ai")) {
            Outline found = groups.at(List.of(group));
            if (found != null && found.entry("use") == null) {
                return YamlEdit.of(text).put(List.of("groups", group), "use", name);
            }
        }
        return text;
    }

    private static Reply qr(Call call) {
        String text = call.parameter("text").orElseThrow(() -> new BadRequest("\"text\" is missing"));
        try {
            QrCode code = QrCode.encodeText(text, QrCode.Ecc.LOW);
            JsonArray rows = new JsonArray();
            for (int y = 0; y < code.size; y++) {
                StringBuilder row = new StringBuilder();
                for (int x = 0; x < code.size; x++) {
                    row.append(code.getModule(x, y) ? '1' : '0');
                }
                rows.add(row.toString());
            }
            JsonObject object = new JsonObject();
            object.addProperty("size", code.size);
            object.add("rows", rows);
            return Reply.json(object);
        } catch (DataTooLongException e) {
            throw new BadRequest("text: too long for a QR code");
        }
    }
}
