package dev.fenliu.outbound;

import com.google.gson.JsonObject;
import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Type;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes an outbound as the share link that other programs read: SIP002 for Shadowsocks, the form of v2rayN for VMess, and
 * URLs for the rest. What a link has no word for is an error, never left out. The link holds the secrets of the outbound.
 */
public final class LinkWriter {
    private static final Set<String> TRANSPORT = Set.of("type", "path", "host", "service-name");

    /** What a link of a type can say beside {@code type} and {@code server}. */
    private static final Map<String, Set<String>> SAYS = Map.of(
            "shadowsocks", Set.of("method", "password"),
            "trojan", Set.of("password", "sni", "alpn", "insecure", "transport"),
            "vless", Set.of("uuid", "sni", "alpn", "insecure", "transport"),
            "vmess", Set.of("uuid", "security", "tls", "sni", "alpn", "insecure", "transport"),
            "hysteria2", Set.of("password", "obfs-password", "sni", "alpn", "insecure", "pin", "ports"),
            "socks5", Set.of("username", "password"),
            "http", Set.of("username", "password"),
            "https", Set.of("username", "password"),
            "https2", Set.of("username", "password"));

    private final String name;
    private final ConfigNode keys;
    private final Problems problems;
    private final Destination server;

    private LinkWriter(String name, ConfigNode keys, Problems problems) {
        this.name = name;
        this.keys = keys;
        this.problems = problems;
        this.server = Destination.parse(text("server"));
    }

    /**
     * The link of an outbound whose keys have been read without error.
     *
     * @param name what the link calls itself
     * @return null when something was reported: what a link cannot say, or a secret that is not there
     */
    public static @Nullable String write(String name, ConfigNode keys, Problems problems) {
        ConfigNode type = keys.get("type");
        Set<String> says = type == null ? null : SAYS.get(type.text());
        if (type == null || says == null) {
            problems.error(keys, "there is no share link for outbounds of type " + (type == null ? "" : type.text()));
            return null;
        }
        for (ConfigNode.Entry entry : keys.entries()) {
            String key = entry.key().text();
            if (!key.equals("type") && !key.equals("server") && !says.contains(key)) {
                problems.error(entry.key(), "a share link of type " + type.text() + " cannot say \"" + key + "\"");
            }
        }
        ConfigNode transport = keys.get("transport");
        for (ConfigNode.Entry entry : transport == null ? List.<ConfigNode.Entry>of() : transport.entries()) {
            if (!TRANSPORT.contains(entry.key().text())) {
                problems.error(
                        entry.key(), "a share link cannot say \"" + entry.key().text() + "\" of a transport");
            }
        }
        if (problems.hasErrors()) {
            return null;
        }
        String link = new LinkWriter(name, keys, problems).write(type.text());
        return problems.hasErrors() ? null : link;
    }

    private String write(String type) {
        return switch (type) {
            case "shadowsocks" -> shadowsocks();
            case "vmess" -> vmess();
            case "vless" -> {
                Map<String, String> query = new LinkedHashMap<>();
                query.put("encryption", "none");
                query.put("security", "tls");
                yield url("vless", escape(secret("uuid")), tls(query));
            }
            case "trojan" -> url("trojan", escape(secret("password")), tls(new LinkedHashMap<>()));
            case "hysteria2" -> {
                Map<String, String> query = new LinkedHashMap<>();
                boolean obfuscated = keys.get("obfs-password") != null;
                query.put("obfs", obfuscated ? "salamander" : "");
                query.put("obfs-password", obfuscated ? secret("obfs-password") : "");
                query.put("mport", keys.get("ports") == null ? "" : text("ports"));
                query.put("pinSHA256", keys.get("pin") == null ? "" : certificate());
                yield url("hysteria2", keys.get("password") == null ? "" : escape(secret("password")), tls(query));
            }
            default -> url(type, login(), Map.of());
        };
    }

    /** The pin, where it is that of a certificate; of a public key, such a link cannot have one. */
    private String certificate() {
        String pin = text("pin");
        if (pin.endsWith("=")) {
            problems.error(
                    java.util.Objects.requireNonNull(keys.get("pin")),
                    "a share link of type hysteria2 can say the pin of a certificate, and not that of a public key");
        }
        return pin;
    }

    /** SIP002: the 2022 methods, whose keys are Base64 already, are written plainly. */
    private String shadowsocks() {
        String method = text("method");
        String password = secret("password");
        String user = method.startsWith("2022-")
                ? escape(method) + ":" + escape(password)
                : Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString((method + ":" + password).getBytes(StandardCharsets.UTF_8));
        return url("ss", user, Map.of());
    }

    private String login() {
        return keys.get("username") == null ? "" : escape(text("username")) + ":" + escape(secret("password"));
    }

    private String vmess() {
        ConfigNode transport = keys.get("transport");
        String network = transport == null ? "tcp" : text(transport, "type");
        boolean grpc = network.equals("grpc");
        JsonObject json = new JsonObject();
        json.addProperty("v", "2");
        json.addProperty("ps", name);
        json.addProperty(
                "add", server.host() instanceof Host.Address literal ? Addresses.text(literal.value()) : host());
        json.addProperty("port", Integer.toString(server.port()));
        json.addProperty("id", secret("uuid"));
        json.addProperty("aid", "0");
        json.addProperty("scy", text("security").isEmpty() ? "auto" : text("security"));
        json.addProperty("net", network);
        json.addProperty("type", "none");
        json.addProperty("host", transport == null ? "" : text(transport, "host"));
        json.addProperty("path", transport == null ? "" : text(transport, grpc ? "service-name" : "path"));
        json.addProperty("tls", text("tls").equals("true") ? "tls" : "");
        json.addProperty("sni", text("sni"));
        json.addProperty("alpn", text("alpn"));
        if (text("insecure").equals("true")) {
            json.addProperty("insecure", "1");
        }
        return "vmess://" + Base64.getEncoder().encodeToString(json.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Adds what there is of TLS and of the transport. */
    private Map<String, String> tls(Map<String, String> query) {
        query.put("sni", text("sni"));
        query.put("alpn", text("alpn"));
        boolean insecure = text("insecure").equals("true");
        query.put(text("type").equals("hysteria2") ? "insecure" : "allowInsecure", insecure ? "1" : "");
        ConfigNode transport = keys.get("transport");
        if (transport != null) {
            String type = text(transport, "type");
            query.put("type", type.equals("h2") ? "http" : type); // as links have called it since before h2
            query.put("path", text(transport, "path"));
            query.put("host", text(transport, "host"));
            query.put("serviceName", text(transport, "service-name"));
        }
        return query;
    }

    private String url(String scheme, String user, Map<String, String> query) {
        String pairs = query.entrySet().stream()
                .filter(entry -> !entry.getValue().isEmpty())
                .map(entry -> entry.getKey() + "=" + escape(entry.getValue()))
                .collect(Collectors.joining("&"));
        return scheme + "://" + (user.isEmpty() ? "" : user + "@") + server + (pairs.isEmpty() ? "" : "?" + pairs) + "#"
                + escape(name);
    }

    private String host() {
        return server.host().toString();
    }

    private String text(String key) {
        return text(keys, key);
    }

    /** A scalar, or a list as links have it. */
    private static String text(ConfigNode node, String key) {
        ConfigNode value = node.get(key);
        return value == null
                ? ""
                : value.items().isEmpty()
                        ? value.text()
                        : value.items().stream().map(ConfigNode::text).collect(Collectors.joining(","));
    }

    private String secret(String key) {
        ConfigNode value = keys.get(key);
        Secret secret = value == null ? null : Type.SECRET.read(value, "\"" + key + "\"", problems);
        return secret == null ? "" : secret.value();
    }

    /** Percent-encodes all but what RFC 3986 (section 2.3) leaves as it is everywhere. */
    private static String escape(String text) {
        StringBuilder out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "-._~".indexOf(c) >= 0) {
                out.append(c);
            } else {
                out.append(String.format(java.util.Locale.ROOT, "%%%02X", (int) c));
            }
        }
        return out.toString();
    }
}
