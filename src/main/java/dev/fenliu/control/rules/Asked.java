package dev.fenliu.control.rules;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Device;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Mac;
import dev.fenliu.model.Transport;
import dev.fenliu.route.Question;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What {@code explain} is asked about. */
public record Asked(
        Host host,
        int port,
        Transport network,
        InetSocketAddress source,
        String listener,
        Optional<String> user,
        Optional<List<InetAddress>> addresses,
        Optional<Device> device) {
    private static final int DEFAULT_PORT = 443;
    private static final Map<String, Integer> SCHEMES = Map.of("http", 80, "https", 443, "ws", 80, "wss", 443);
    private static final Set<String> KEYS = Set.of(
            "host", "port", "network", "source", "source-mac", "source-hostname", "listener", "user", "addresses");

    /** What holds unless a line says otherwise. @throws IllegalArgumentException if something is malformed */
    public static Asked defaults(String network, String source, String listener, @Nullable String user) {
        return new Asked(
                new Host.Name("default"),
                DEFAULT_PORT,
                transport(network),
                source(source),
                listener,
                Optional.ofNullable(user),
                Optional.empty(),
                Optional.empty());
    }

    /** Reads {@code HOST[:PORT]}, a URL, or a JSON object. @throws IllegalArgumentException naming what is wrong */
    public Asked read(String text) {
        if (text.startsWith("{")) {
            return json(text);
        }
        int scheme = text.indexOf("://");
        if (scheme > 0) {
            String authority = text.substring(scheme + 3).split("[/?#]", 2)[0];
            authority = authority.substring(authority.lastIndexOf('@') + 1);
            Integer usual = SCHEMES.get(text.substring(0, scheme).toLowerCase(java.util.Locale.ROOT));
            return hostAndPort(authority, usual == null ? port : usual);
        }
        return hostAndPort(text, port);
    }

    /** What {@code text} asks about as it was given, good or not, for a message about it. */
    public JsonObject given(String text) {
        JsonObject given = new JsonObject();
        given.addProperty("host", text);
        given.addProperty("port", port);
        given.addProperty("network", network.toString());
        try {
            JsonObject object =
                    text.startsWith("{") ? JsonParser.parseString(text).getAsJsonObject() : given;
            for (String key : Set.copyOf(given.keySet())) {
                if (object.has(key)) {
                    given.add(key, object.get(key));
                }
            }
        } catch (JsonParseException | IllegalStateException e) {
            // then the whole text is what was given
        }
        return given;
    }

    private Asked hostAndPort(String text, int fallback) {
        int colon = text.lastIndexOf(':');
        boolean bare = colon < 0 || text.indexOf(':') != colon && !text.startsWith("[") || text.endsWith("]");
        if (bare) {
            return with(Host.parse(text), fallback);
        }
        Destination destination = Destination.parse(text);
        return with(destination.host(), destination.port());
    }

    /** The same about another port. */
    public Asked at(int other) {
        return with(host, other);
    }

    private Asked with(Host other, int otherPort) {
        return new Asked(other, otherPort, network, source, listener, user, addresses, device);
    }

    private Asked json(String text) {
        JsonObject object;
        try {
            object = JsonParser.parseString(text).getAsJsonObject();
        } catch (JsonParseException | IllegalStateException e) {
            throw new IllegalArgumentException("not a JSON object", e);
        }
        for (String key : object.keySet()) {
            if (!KEYS.contains(key)) {
                throw new IllegalArgumentException("unknown key \"" + key + "\" (known: host, port, network, source,"
                        + " source-mac, source-hostname, listener, user, addresses)");
            }
        }
        String host = string(object, "host");
        if (host == null) {
            throw new IllegalArgumentException("no \"host\"");
        }
        String net = string(object, "network");
        String from = string(object, "source");
        String at = string(object, "listener");
        String who = string(object, "user");
        String number = string(object, "port");
        JsonElement list = object.get("addresses");
        Asked asked = number == null ? hostAndPort(host, port) : with(Host.parse(host), Destination.port(number));
        return new Asked(
                asked.host,
                asked.port,
                net == null ? network : transport(net),
                from == null ? source : source(from),
                at == null ? listener : at,
                who == null ? user : Optional.of(who),
                list == null || list.isJsonNull() ? addresses : Optional.of(addresses(list)),
                device(string(object, "source-mac"), string(object, "source-hostname")));
    }

    private Optional<Device> device(@Nullable String mac, @Nullable String name) {
        return mac == null && name == null
                ? device
                : Optional.of(new Device(
                        Optional.ofNullable(mac).map(Mac::parse),
                        Optional.ofNullable(name).map(text -> Host.parse(text).toString()),
                        true));
    }

    private static @Nullable String string(JsonObject object, String key) {
        JsonElement value = object.get(key);
        if (value == null || value.isJsonNull()) {
            return null;
        }
        if (!value.isJsonPrimitive()) {
            throw new IllegalArgumentException("\"" + key + "\" is not a text");
        }
        return value.getAsString();
    }

    private static List<InetAddress> addresses(JsonElement value) {
        if (!(value instanceof JsonArray array)) {
            throw new IllegalArgumentException("\"addresses\" is not a list");
        }
        List<InetAddress> all = new ArrayList<>();
        for (JsonElement item : array) {
            InetAddress address = item.isJsonPrimitive() ? Addresses.parse(item.getAsString()) : null;
            if (address == null) {
                throw new IllegalArgumentException("\"addresses\" holds " + item + " (expected: IP addresses)");
            }
            all.add(address);
        }
        return all;
    }

    private static Transport transport(String text) {
        return switch (text) {
            case "tcp" -> Transport.TCP;
            case "udp" -> Transport.UDP;
            default -> throw new IllegalArgumentException("network \"" + text + "\" (expected: tcp or udp)");
        };
    }

    private static InetSocketAddress source(String text) {
        try {
            return Addresses.source(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("source " + e.getMessage(), e);
        }
    }

    /** As the router is asked. */
    public Question question() {
        Flow flow = new Flow(0, network, listener, source, new Destination(host, port), user);
        return new Question(flow, Optional.empty(), Optional.empty(), addresses, Optional.empty(), device, 0);
    }
}
