package dev.fenliu.control.clash;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.Inventory;
import dev.fenliu.engine.Status;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /configs}: dashboards see how the program is set, and may have its config file read anew; they change nothing in it. */
final class ConfigCalls {
    private final Core core;

    ConfigCalls(Core core) {
        this.core = core;
    }

    /** As it is set, as far as Clash has a word for it. */
    static JsonObject json(Inventory inventory) {
        JsonObject object = new JsonObject();
        object.addProperty("port", port(inventory, "http"));
        object.addProperty("socks-port", port(inventory, "socks"));
        object.addProperty("redir-port", 0);
        object.addProperty("tproxy-port", port(inventory, "transparent"));
        object.addProperty("mixed-port", port(inventory, "mixed"));
        object.add("tun", tun());
        object.add("authentication", JsonNull.INSTANCE);
        boolean lan = inventory.listeners().stream()
                .anyMatch(one -> !one.address().getAddress().isLoopbackAddress());
        object.addProperty("allow-lan", lan);
        object.addProperty("bind-address", lan ? "*" : "127.0.0.1");
        object.addProperty("mode", "rule");
        object.add("mode-list", ProxyJson.texts(List.of("rule")));
        object.add("modes", ProxyJson.texts(List.of("rule")));
        object.addProperty("log-level", level(inventory.level()));
        object.addProperty("ipv6", true);
        object.addProperty("interface-name", "");
        object.addProperty("sniffing", true);
        object.addProperty("tcp-concurrent", true);
        object.addProperty("unified-delay", false);
        object.addProperty("find-process-mode", "off");
        return object;
    }

    private static JsonObject tun() {
        JsonObject tun = new JsonObject();
        tun.addProperty("enable", false);
        tun.addProperty("device", "");
        tun.addProperty("stack", "");
        tun.add("dns-hijack", new JsonArray());
        tun.addProperty("auto-route", false);
        tun.addProperty("auto-detect-interface", false);
        return tun;
    }

    private static int port(Inventory inventory, String type) {
        return inventory.listeners().stream()
                .filter(one -> one.type().equals(type))
                .map(Status.Listening::address)
                .findFirst()
                .map(address -> address.getPort())
                .orElse(0);
    }

    private static String level(Config.Level level) {
        return switch (level) {
            case ERROR -> "error";
            case WARN -> "warning";
            case INFO -> "info";
            case DEBUG -> "debug";
        };
    }

    /** Nothing is changed; what is so already is fine. */
    static Reply change(Call call, Inventory inventory) {
        JsonObject is = json(inventory);
        for (Map.Entry<String, JsonElement> wish : call.json().entrySet()) {
            if (!isSo(wish.getValue(), is.get(wish.getKey()))) {
                return Calls.refused(
                        wish.getKey().equals("mode")
                                ? "Fenliu goes by its rules only: in another mode, what they send to a tunnel would"
                                        + " leave without it"
                                : "\"" + wish.getKey()
                                        + "\" is not changed from here: write it into Fenliu's config file");
            }
        }
        return Reply.empty();
    }

    private static boolean isSo(JsonElement wish, @Nullable JsonElement is) {
        if (wish instanceof JsonObject parts && is instanceof JsonObject all) {
            return parts.entrySet().stream().allMatch(part -> isSo(part.getValue(), all.get(part.getKey())));
        }
        return wish.isJsonPrimitive() && is != null && is.isJsonPrimitive()
                ? wish.getAsString().equalsIgnoreCase(is.getAsString())
                : wish.equals(is);
    }

    /** The file is read anew. Another file, or a text, would be one that its owner has not put there. */
    Future<Reply> reload(Call call) {
        Promise<Reply> reply = call.loop().newPromise();
        if (!asksForOwn(call)) {
            return reply.setSuccess(
                    Calls.refused(
                            "Fenliu reads no config from here but its own file: edit that, or use the editor of Fenliu's page"));
        }
        core.reload(call.loop())
                .addListener((Future<Optional<String>> done) -> reply.setSuccess(Calls.done(done.getNow())));
        return reply;
    }

    private static boolean asksForOwn(Call call) {
        if (call.body().isBlank()) {
            return true;
        }
        try {
            return call.json().entrySet().stream()
                    .allMatch(entry -> entry.getValue().isJsonNull()
                            || entry.getValue().isJsonPrimitive()
                                    && entry.getValue().getAsString().isEmpty());
        } catch (BadRequest e) {
            return false;
        }
    }
}
