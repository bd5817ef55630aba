package dev.fenliu.outbound;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problems;
import dev.fenliu.model.Destination;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An outbound written as a link, as providers hand them out: {@code ss}, {@code trojan}, {@code vless}, {@code vmess},
 * {@code hysteria2}, {@code tuic}, {@code socks5}, {@code http}, {@code https}, {@code https2}. Only what the link says is here, by the
 * names of the configuration's keys where it has them; whether the type exists is for the reader to say.
 *
 * @param type what {@code type:} would say
 * @param name what the link calls itself; host and port if nothing
 * @param fields everything else that the link says, secrets included
 */
public record ShareLink(String type, Destination server, String name, Map<String, String> fields) {
    private static final Map<String, String> PARAMETERS = Map.ofEntries(
            Map.entry("peer", "sni"),
            Map.entry("allowInsecure", "insecure"),
            Map.entry("allow_insecure", "insecure"),
            Map.entry("allow-insecure", "insecure"),
            Map.entry("serviceName", "service-name"),
            Map.entry("headerType", "header-type"),
            Map.entry("pinSHA256", "pin-sha256"),
            Map.entry("mport", "ports"),
            Map.entry("congestion_control", "congestion"),
            Map.entry("congestion-control", "congestion"),
            Map.entry("udp_relay_mode", "udp-relay-mode"),
            Map.entry("type", "network"));

    /** A link of a kind that is not known here. */
    public static final class UnknownSchemeException extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        UnknownSchemeException(String message) {
            super(message);
        }
    }

    /**
     * Reads a link.
     *
     * @throws UnknownSchemeException if it is of a scheme that is not known
     * @throws IllegalArgumentException if it is malformed; the message says why and holds
     *     nothing of what may be secret
     */
    public static ShareLink parse(String link) {
        LinkParts parts = LinkParts.split(link.strip());
        return switch (parts.scheme()) {
            case "ss" -> shadowsocks(parts);
            case "trojan" -> trojan(parts);
            case "vless" -> vless(parts);
            case "vmess" -> parts.userInfo() == null ? vmessJson(parts) : vmess(parts);
            case "hysteria2", "hy2" -> hysteria2(parts);
            case "tuic" -> tuic(parts);
            case "socks", "socks5", "socks5h" -> login("socks5", parts, 1080);
            case "http" -> login("http", parts, 80);
            case "https" -> login("https", parts, 443);
            case "https2", "naive+https" -> login("https2", parts, 443);
            default ->
                throw new UnknownSchemeException("share links of this scheme are not known"
                        + " (known: ss, trojan, vless, vmess, hysteria2, tuic, socks5, http, https, https2)");
        };
    }

    private static ShareLink of(String type, LinkParts parts, Destination server, Map<String, String> fields) {
        String name = parts.fragment();
        return new ShareLink(type, server, name == null || name.isBlank() ? server.toString() : name, fields);
    }

    private static Map<String, String> parameters(LinkParts parts) {
        Map<String, String> fields = new LinkedHashMap<>();
        parts.query().forEach((key, value) -> {
            if (!value.isEmpty()) {
                fields.putIfAbsent(PARAMETERS.getOrDefault(key, key), value);
            }
        });
        fields.computeIfPresent(
                "insecure", (key, value) -> value.equals("1") || value.equals("true") ? "true" : "false");
        return fields;
    }

    /** @param port the default, 0 for none */
    private static Destination server(String authority, int port) {
        int colon = authority.lastIndexOf(':');
        boolean bare = colon < 0 || authority.indexOf(']') > colon;
        if (bare && port == 0) {
            throw new IllegalArgumentException("the link has no port");
        }
        try {
            return Destination.parse(bare ? authority + ":" + port : authority);
        } catch (IllegalArgumentException e) {
            // The message would quote what may be part of a password with an unescaped @ or /.
            throw new IllegalArgumentException(
                    "the link's server is malformed (expected: host:port, with IPv6 in brackets)");
        }
    }

    private static String user(LinkParts parts, String what) {
        String user = parts.userInfo() == null ? "" : LinkParts.decode(parts.userInfo());
        if (user.isEmpty()) {
            throw new IllegalArgumentException("the link has no " + what);
        }
        return user;
    }

    /** SIP002, its plain form for the 2022 methods, and the older form with everything in Base64. */
    private static ShareLink shadowsocks(LinkParts parts) {
        String user = parts.userInfo() == null ? null : LinkParts.decode(parts.userInfo());
        String authority = parts.authority();
        if (user == null) {
            String all = LinkParts.base64(authority.replaceAll("/$", ""));
            int at = all == null ? -1 : all.lastIndexOf('@');
            if (all == null || at < 0) {
                throw new IllegalArgumentException("the link has no method and password");
            }
            user = all.substring(0, at);
            authority = all.substring(at + 1);
        } else if (user.indexOf(':') < 0) {
            user = LinkParts.base64(user);
        }
        int colon = user == null ? -1 : user.indexOf(':');
        if (user == null || colon <= 0 || colon == user.length() - 1) {
            throw new IllegalArgumentException("the link's user info is not method:password, plain or in Base64");
        }
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("method", user.substring(0, colon));
        fields.put("password", user.substring(colon + 1));
        String plugin = parts.query().get("plugin");
        if (plugin != null && !plugin.isEmpty()) {
            int end = plugin.indexOf(';');
            fields.put("plugin", end < 0 ? plugin : plugin.substring(0, end));
            fields.put("plugin-opts", end < 0 ? "" : plugin.substring(end + 1));
        }
        return of("shadowsocks", parts, server(authority, 0), fields);
    }

    private static ShareLink trojan(LinkParts parts) {
        Map<String, String> fields = parameters(parts);
        fields.put("password", user(parts, "password"));
        fields.putIfAbsent("security", "tls");
        return secured("trojan", parts, server(parts.authority(), 443), fields);
    }

    private static ShareLink secured(String type, LinkParts parts, Destination server, Map<String, String> fields) {
        fields.putIfAbsent("sni", server.host().toString());
        return of(type, parts, server, fields);
    }

    private static ShareLink vless(LinkParts parts) {
        Map<String, String> fields = parameters(parts);
        fields.put("uuid", user(parts, "UUID"));
        fields.putIfAbsent("encryption", "none");
        return xray("vless", parts, fields);
    }

    private static ShareLink vmess(LinkParts parts) {
        Map<String, String> fields = parameters(parts);
        fields.put("uuid", user(parts, "UUID"));
        String cipher = fields.remove("encryption");
        fields.put("cipher", cipher == null ? "auto" : cipher);
        fields.put("alter-id", "0");
        return xray("vmess", parts, fields);
    }

    private static ShareLink xray(String type, LinkParts parts, Map<String, String> fields) {
        Destination server = server(parts.authority(), 0);
        fields.putIfAbsent("security", "none");
        fields.putIfAbsent("network", "tcp");
        return fields.getOrDefault("security", "").equals("none")
                ? of(type, parts, server, fields)
                : secured(type, parts, server, fields);
    }

    /** The form of v2rayN: a JSON object in Base64, its numbers as numbers or text. */
    private static ShareLink vmessJson(LinkParts parts) {
        JsonObject json = json(LinkParts.base64(parts.authority()));
        String host = text(json, "add");
        String port = text(json, "port");
        if (host.isEmpty() || port.isEmpty() || text(json, "id").isEmpty()) {
            throw new IllegalArgumentException("the vmess link lacks \"add\", \"port\" or \"id\"");
        }
        Destination server = server((host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port, 0);
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("uuid", text(json, "id"));
        fields.put("alter-id", text(json, "aid").isEmpty() ? "0" : text(json, "aid"));
        fields.put("cipher", text(json, "scy").isEmpty() ? "auto" : text(json, "scy"));
        fields.put("network", text(json, "net").isEmpty() ? "tcp" : text(json, "net"));
        fields.put("security", text(json, "tls").isEmpty() ? "none" : text(json, "tls"));
        if (!text(json, "type").isEmpty() && !fields.getOrDefault("network", "").equals("grpc")) {
            fields.put("header-type", text(json, "type")); // of gRPC it is a mode
        }
        for (String key : List.of("host", "path", "sni", "alpn", "fp", "insecure")) {
            if (!text(json, key).isEmpty()) {
                fields.put(key, text(json, key));
            }
        }
        fields.computeIfPresent("insecure", (key, value) -> value.equals("1") ? "true" : value);
        String name = text(json, "ps");
        return new ShareLink("vmess", server, name.isBlank() ? server.toString() : name, fields);
    }

    private static JsonObject json(@Nullable String text) {
        try {
            if (text != null && JsonParser.parseString(text) instanceof JsonObject object) {
                return object;
            }
        } catch (JsonParseException e) {
            // said below, without the text
        }
        throw new IllegalArgumentException("the vmess link is not a JSON object in Base64");
    }

    private static String text(JsonObject json, String key) {
        JsonElement value = json.get(key);
        return value != null && value.isJsonPrimitive() ? value.getAsString() : "";
    }

    /** The port may be a list with ranges; the first one is the server's. */
    private static ShareLink hysteria2(LinkParts parts) {
        Map<String, String> fields = parameters(parts);
        fields.put("password", parts.userInfo() == null ? "" : LinkParts.decode(parts.userInfo()));
        String authority = parts.authority().replaceAll("/.*", "");
        int colon = authority.lastIndexOf(':');
        String ports = colon < 0 || authority.indexOf(']') > colon ? "" : authority.substring(colon + 1);
        if (ports.indexOf(',') >= 0 || ports.indexOf('-') >= 0) {
            for (String range : ports.split(",", -1)) { // an expression for all of them would need a deep stack
                if (!range.matches("[0-9]+(-[0-9]+)?")) {
                    throw new IllegalArgumentException("the link's ports are malformed (expected: 443,5000-6000)");
                }
            }
            fields.put("ports", ports);
            authority = authority.substring(0, colon + 1) + ports.split("[,-]", 2)[0];
        }
        return secured("hysteria2", parts, server(authority, 443), fields);
    }

    private static ShareLink tuic(LinkParts parts) {
        Map<String, String> fields = parameters(parts);
        String user = user(parts, "UUID and password");
        int colon = user.indexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException("the link's user info is not uuid:password");
        }
        fields.put("uuid", user.substring(0, colon));
        fields.put("password", user.substring(colon + 1));
        return secured("tuic", parts, server(parts.authority(), 443), fields);
    }

    /** User name and password, each percent-encoded, or both together in Base64. */
    private static ShareLink login(String type, LinkParts parts, int port) {
        if (parts.authority().matches("[^/]*/.+")) {
            throw new IllegalArgumentException("a link of this scheme has no path; subscriptions are not read here");
        }
        Map<String, String> fields = parameters(parts);
        String raw = parts.userInfo() == null ? "" : parts.userInfo();
        if (raw.indexOf(':') < 0) {
            String decoded = LinkParts.base64(LinkParts.decode(raw));
            int colon = decoded == null ? -1 : decoded.indexOf(':');
            if (decoded != null && colon > 0) {
                fields.put("username", decoded.substring(0, colon));
                fields.put("password", decoded.substring(colon + 1));
            } else if (!raw.isEmpty()) {
                fields.put("username", LinkParts.decode(raw));
            }
        } else {
            int colon = raw.indexOf(':');
            fields.put("username", LinkParts.decode(raw.substring(0, colon)));
            fields.put("password", LinkParts.decode(raw.substring(colon + 1)));
        }
        return of(type, parts, server(parts.authority().replaceAll("/.*", ""), port), fields);
    }

    /** What the link says and we do not do, in words, without secrets. */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (insecure()) {
            warnings.add("the link asks not to verify the server's certificate; it is verified all the same");
        }
        if (fields.containsKey("ech")) {
            warnings.add("the link asks to encrypt the name of the server (ECH), which is not done");
        }
        if (fields.containsKey("fp")) {
            warnings.add("the link asks to imitate the TLS of a browser, which is not done");
        }
        return warnings;
    }

    /**
     * Turns an outbound that is written as a link into the mapping that the type's parser reads. Problems carry the
     * place of {@code scalar} but never its line, which holds the secret.
     *
     * @return null when an error was reported
     */
    public static @Nullable ConfigNode toNode(ConfigNode scalar, Problems problems) {
        return new LinkMapping(scalar, "share link: ", problems).read();
    }

    /**
     * The same for what was read already, whatever form it came in; stands in for {@code at}. That it asks not to verify
     * is left to the caller, and is not in the mapping.
     */
    public @Nullable ConfigNode keys(ConfigNode at, Problems problems) {
        return new LinkMapping(at, "", problems).write(this);
    }

    /** Whether the link asks not to verify the server's certificate. */
    public boolean insecure() {
        return "true".equals(fields.get("insecure")) && !"none".equals(fields.get("security"));
    }

    @Override
    public String toString() {
        return type + " " + server; // never the fields: they hold secrets
    }
}
