package dev.fenliu.outbound;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a {@link ShareLink} in the keys of the configuration; what these cannot say is an error, never dropped. */
final class LinkMapping {
    private static final Map<String, List<String>> CREDENTIALS = Map.of(
            "shadowsocks", List.of("method", "password"),
            "trojan", List.of("password"),
            "vless", List.of("uuid"),
            "vmess", List.of("uuid"),
            "hysteria2", List.of("password"),
            "tuic", List.of("uuid", "password"),
            "socks5", List.of("username", "password"),
            "http", List.of("username", "password"),
            "https", List.of("username", "password"));

    private static final Map<String, String> TRANSPORTS =
            Map.of("ws", "ws", "grpc", "grpc", "h2", "h2", "http", "h2", "httpupgrade", "httpupgrade");

    private static final List<String> SECRETS = List.of("password", "uuid", "obfs-password");

    private final ConfigNode at;
    private final Problems problems;

    LinkMapping(ConfigNode at, Problems problems) {
        this.at = at;
        this.problems = problems;
    }

    @Nullable
    ConfigNode read() {
        ShareLink link;
        try {
            link = ShareLink.parse(at.text());
        } catch (IllegalArgumentException e) {
            report(Problem.Severity.ERROR, String.valueOf(e.getMessage()), null);
            return null;
        }
        Map<String, String> fields = link.fields();
        List<String> errors = errors(link.type(), fields);
        errors.forEach(error -> report(Problem.Severity.ERROR, error, null));
        if (!errors.isEmpty()) {
            return null;
        }
        link.warnings().forEach(warning -> report(Problem.Severity.WARNING, warning, null));
        Map<String, ConfigNode> keys = new LinkedHashMap<>();
        put(keys, "type", link.type());
        put(keys, "server", link.server().toString());
        CREDENTIALS.getOrDefault(link.type(), List.of()).forEach(key -> put(keys, key, fields.get(key)));
        String sni = fields.get("sni");
        put(keys, "sni", link.server().host().toString().equals(sni) ? null : sni);
        put(keys, "pin", fields.get("pin-sha256"));
        put(keys, "obfs-password", fields.get("obfs-password"));
        String alpn = fields.get("alpn");
        if (alpn != null) {
            List<ConfigNode> items = new ArrayList<>();
            for (String item : alpn.split(",", -1)) {
                items.add(ConfigNode.scalar(at, item.strip()));
            }
            keys.put("alpn", ConfigNode.sequence(at, items));
        }
        String transport = TRANSPORTS.get(fields.getOrDefault("network", "tcp"));
        if (transport != null) {
            Map<String, ConfigNode> inner = new LinkedHashMap<>();
            put(inner, "type", transport);
            List.of("path", "host", "service-name").forEach(key -> put(inner, key, fields.get(key)));
            keys.put("transport", ConfigNode.mapping(at, inner));
        }
        return ConfigNode.mapping(at, keys);
    }

    private static List<String> errors(String type, Map<String, String> fields) {
        List<String> errors = new ArrayList<>();
        if (fields.containsKey("plugin")) {
            errors.add("it asks for a plugin, and plugins are not supported");
        }
        if (type.equals("trojan") && !"tls".equals(fields.get("security"))) {
            errors.add("a trojan server is reached by TLS only; the link asks for something else");
        }
        if (!fields.getOrDefault("obfs", "salamander").equals("salamander")) {
            errors.add("the link asks for an obfuscation that is not known (known: salamander)");
        }
        String network = fields.getOrDefault("network", "tcp");
        if (!network.equals("tcp") && !network.equals("raw") && !TRANSPORTS.containsKey(network)) {
            errors.add("the link asks for a transport that is not known (known: tcp, ws, grpc, h2, httpupgrade)");
        }
        // A link often comes from elsewhere: it must not make us read our environment or our files.
        if (SECRETS.stream().anyMatch(key -> fields.getOrDefault(key, "").startsWith("${"))) {
            errors.add("a link holds its secret itself, not a ${…} reference; a mapping of keys can hold one");
        }
        return errors;
    }

    private void put(Map<String, ConfigNode> keys, String key, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            keys.put(key, ConfigNode.scalar(at, value));
        }
    }

    private void report(Problem.Severity severity, String message, @Nullable String hint) {
        problems.add(new Problem(severity, at.position(), "share link: " + message, hint, at.excerpt()));
    }
}
