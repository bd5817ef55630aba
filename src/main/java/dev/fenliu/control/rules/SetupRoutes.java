package dev.fenliu.control.rules;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.config.ConfigNode;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.edit.Change;
import dev.fenliu.edit.EditRefused;
import dev.fenliu.edit.Editor;
import dev.fenliu.edit.OutboundEdit;
import dev.fenliu.edit.SubscriptionEdit;
import dev.fenliu.edit.YamlEdit;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import io.nayuki.qrcodegen.DataTooLongException;
import io.nayuki.qrcodegen.QrCode;
import io.netty.handler.codec.http.HttpMethod;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The first steps: what there is, a tunnel, and what else a page needs for them. */
public final class SetupRoutes {
    /** Takes a pairing string, and adds the outbound, which may go back by itself. May take half a minute. */
    @FunctionalInterface
    public interface Pairing {
        Editor.Saved pair(String text, Optional<Change.Pending> pending) throws EditRefused;
    }

    private static final String SCRIPT = "/proxy.pac";

    private static final List<String> WAYS = List.of("interface", "link", "subscription", "pairing");

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
                Route.edit(HttpMethod.POST, "/api/v1/setup/tunnel", Scope.ADMIN, EditReply.handler(routes::tunnel)),
                Route.work(HttpMethod.GET, "/api/v1/schema", Scope.READ, call -> Reply.json(schema.get())),
                Route.work(HttpMethod.GET, "/api/v1/qr", Scope.READ, SetupRoutes::qr));
    }

    private Reply setup(Call call) {
        Inquiry inquiry = bench.inquiry();
        Optional<Path> file = inquiry.config().file();
        JsonObject object = new JsonObject();
        object.addProperty("config", file.map(Path::toString).orElse(null));
        object.addProperty("default-config", file.isEmpty());
        object.add("interfaces", Interfaces.json(used(inquiry.config().root())));
        object.addProperty("tunnels", inquiry.tunnels().size());
        String host = call.headers().get("Host", "127.0.0.1");
        object.addProperty("pac", "http://" + host + SCRIPT);
        object.addProperty("proxy", entrance(call.local()).map(Object::toString).orElse(null));
        object.add("home", home(call.local()));
        return Reply.json(object);
    }

    private static Map<String, String> used(ConfigNode config) {
        Map<String, String> used = new HashMap<>();
        ConfigNode outbounds = config.get("outbounds");
        if (outbounds != null) {
            for (ConfigNode.Entry entry : outbounds.entries()) {
                ConfigNode device = entry.value().get("interface");
                if (device != null) {
                    used.put(device.text(), entry.key().text());
                }
            }
        }
        return used;
    }

    private Optional<Destination> entrance(InetAddress at) {
        return bench.proxy().overview().browserEntrance(at);
    }

    /** Where other devices come in; first by the address by which the page was reached. */
    private JsonArray home(InetAddress local) {
        Set<InetAddress> addresses = new LinkedHashSet<>();
        if (Addresses.isPrivate(local) && !local.isLinkLocalAddress()) {
            addresses.add(local);
        }
        addresses.addAll(Interfaces.home());
        JsonArray home = new JsonArray();
        addresses.stream()
                .flatMap(address -> entrance(address).stream())
                .distinct()
                .forEach(entrance -> {
                    if (!(entrance.host() instanceof Host.Address at
                            && at.value().isLoopbackAddress())) {
                        JsonObject one = new JsonObject();
                        one.addProperty("proxy", entrance.toString());
                        one.addProperty("pac", "http://" + entrance + SCRIPT);
                        home.add(one);
                    }
                });
        return home;
    }

    private Reply tunnel(Call call) throws EditRefused {
        JsonObject body = call.json();
        Map<String, String> given = new LinkedHashMap<>();
        for (String way : WAYS) {
            EditReply.text(body, way).map(String::strip).ifPresent(text -> given.put(way, text));
        }
        if (given.size() != 1 || given.containsValue("")) {
            throw new BadRequest("one of " + String.join(", ", WAYS) + " is needed, and one alone");
        }
        String way = given.keySet().iterator().next();
        String text = given.values().iterator().next();
        Optional<Change.Pending> pending = EditReply.pending(body, bench.dates().instant());
        Editor.Saved saved = way.equals("pairing") ? pairing.pair(text, pending) : save(way, text, pending);
        return Reply.json(EditReply.saved(saved, bench.proxy().generation()));
    }

    private Editor.Saved save(String way, String text, Optional<Change.Pending> pending) throws EditRefused {
        Workbench.Made config = bench.config();
        String name = free(config.text(), way.equals("interface") ? text : "");
        OutboundEdit.Edited edited = switch (way) {
            case "subscription" -> SubscriptionEdit.add(config.text(), text);
            case "interface" -> added(config.text(), name, "{type: direct, interface: " + YamlEdit.scalar(text) + "}");
            default -> added(config.text(), name, YamlEdit.scalar(text));
        };
        return bench.save(
                config,
                edited.text(),
                way.equals("subscription") ? "subscription added" : "outbound added: " + name,
                pending);
    }

    private static OutboundEdit.Edited added(String config, String name, String outbound) throws EditRefused {
        try {
            return OutboundEdit.add(config, name, outbound);
        } catch (IllegalArgumentException e) {
            throw EditRefused.wrong(String.valueOf(e.getMessage()));
        }
    }

    /** A name that no outbound or group has: that of the interface as far as it can be, else a numbered one. */
    private static String free(String config, String device) {
        Set<String> taken = new HashSet<>(OutboundEdit.names(config));
        taken.addAll(List.of("", "direct", "block"));
        String plain = device.replaceAll("[^A-Za-z0-9_.-]", "").replaceAll("^[^A-Za-z]+", "");
        String name = plain;
        for (int i = plain.isEmpty() ? 1 : 2; taken.contains(name); i++) {
            name = plain.isEmpty() ? "tunnel" + i : plain + "-" + i;
        }
        return name;
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
