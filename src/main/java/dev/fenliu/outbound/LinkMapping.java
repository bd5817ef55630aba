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
    /** What proves to the server who the client is, by type. */
    private static final Map<String, List<String>> CREDENTIALS = Map.ofEntries(
            Map.entry("shadowsocks", List.of("method", "password")),
            Map.entry("trojan", List.of("password")),
            Map.entry("anytls", List.of("password")),
            Map.entry("vless", List.of("uuid", "flow")),
            Map.entry("vmess", List.of("uuid")),
            Map.entry("hysteria2", List.of("password")),
            Map.entry("tuic", List.of("uuid", "password")),
            Map.entry("ssh", List.of("username", "password")),
            Map.entry("socks5", List.of("username", "password")),
            Map.entry("http", List.of("username", "password")),
            Map.entry("https", List.of("username", "password")),
            Map.entry("https2", List.of("username", "password")));

    private static final List<String> SECRETS = List.of("password", "uuid", "obfs-password");

    private static final Map<String, String> TRANSPORTS =
            Map.of("ws", "ws", "grpc", "grpc", "h2", "h2", "http", "h2", "httpupgrade", "httpupgrade");

    private final ConfigNode at;
    private final String prefix;
    private final Problems problems;

    /** @param prefix of messages */
    LinkMapping(ConfigNode at, String prefix, Problems problems) {
        this.at = at;
        this.prefix = prefix;
        this.problems = problems;
    }

    /** The mapping that a link in {@code at} stands for; null when an error was reported. */
    @Nullable
    ConfigNode read() {
        ShareLink link;
        try {
            link = ShareLink.parse(at.text());
        } catch (IllegalArgumentException e) {
            report(Problem.Severity.ERROR, String.valueOf(e.getMessage()));
            return null;
        }
        ConfigNode node = write(link);
        if (node != null) {
            link.warnings().forEach(warning -> report(Problem.Severity.WARNING, warning));
        }
        return node;
    }

    /** The mapping of {@code link}; null when an error was reported. */
    @Nullable
    ConfigNode write(ShareLink link) {
        Map<String, String> fields = link.fields();
        List<String> errors = errors(link.type(), fields);
        errors.forEach(error -> report(Problem.Severity.ERROR, error));
        if (!errors.isEmpty()) {
            return null;
        }
        Map<String, ConfigNode> keys = new LinkedHashMap<>();
        put(keys, "type", link.type());
        put(keys, "server", link.server().toString());
        CREDENTIALS.getOrDefault(link.type(), List.of()).forEach(key -> put(keys, key, fields.get(key)));
        boolean tls = fields.getOrDefault("security", "").equals("tls");
        if (link.type().equals("vmess")) {
            put(keys, "security", fields.get("cipher"));
            put(keys, "alter-id", "0".equals(fields.get("alter-id")) ? null : fields.get("alter-id"));
            put(keys, "tls", tls ? "true" : null);
        } else if (link.type().equals("socks5")) {
            put(keys, "tls", tls ? "true" : null);
        } else if (link.type().equals("hysteria2")) {
            put(keys, "obfs-password", fields.get("obfs-password"));
            put(keys, "pin", fields.get("pin-sha256"));
            put(keys, "ports", fields.get("ports"));
            put(keys, "hop-interval", fields.get("hop-interval"));
        }
        String sni = fields.get("sni");
        put(keys, "sni", link.server().host().toString().equals(sni) ? null : sni);
        String alpn = fields.get("alpn");
        if (alpn != null) {
            keys.put("alpn", list(alpn));
        }
        String transport = TRANSPORTS.get(fields.getOrDefault("network", "tcp"));
        if (transport != null) {
            keys.put("transport", transport(transport, fields));
        }
        return ConfigNode.mapping(at, keys);
    }

    private ConfigNode transport(String type, Map<String, String> fields) {
        Map<String, ConfigNode> inner = new LinkedHashMap<>();
        put(inner, "type", type);
        boolean grpc = type.equals("grpc"); // of which older links say the service as a path
        put(inner, grpc ? "service-name" : "path", fields.get("path"));
        put(inner, "service-name", fields.get("service-name"));
        String host = fields.get("host");
        if (host != null && !host.isEmpty()) {
            inner.put("host", host.indexOf(',') < 0 ? ConfigNode.scalar(at, host) : list(host));
        }
        return ConfigNode.mapping(at, inner);
    }

    private ConfigNode list(String text) {
        List<ConfigNode> items = new ArrayList<>();
        for (String item : text.split(",", -1)) {
            items.add(ConfigNode.scalar(at, item.strip()));
        }
        return ConfigNode.sequence(at, items);
    }

    private static List<String> errors(String type, Map<String, String> fields) {
        List<String> errors = new ArrayList<>();
        if (fields.containsKey("plugin")) {
            errors.add("it asks for a plugin, and plugins are not supported");
        }
        if (type.equals("trojan") && !"tls".equals(fields.get("security"))) {
            errors.add("a trojan server is reached by TLS only; the link asks for something else");
        }
        if (type.equals("vless") || type.equals("vmess")) {
            xray(type, fields, errors);
        }
        if (type.equals("hysteria2")
                && !fields.getOrDefault("obfs", "salamander").equals("salamander")) {
            errors.add("it asks for an obfuscation that is not known (known: salamander)");
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

    private static void xray(String type, Map<String, String> fields, List<String> errors) {
        String security = fields.getOrDefault("security", "none");
        if (security.equals("reality")) {
            errors.add("it asks for REALITY, which is not supported");
        } else if (security.equals("none") && type.equals("vless")) {
            errors.add("it asks for no TLS, and VLESS encrypts nothing itself: anybody on the way could read and alter"
                    + " it");
        } else if (!security.equals("none") && !security.equals("tls")) {
            errors.add("it asks for a kind of security that is not known (known: tls)");
        }
        if (!fields.getOrDefault("encryption", "none").equals("none")) {
            errors.add("it asks for VLESS's own encryption, which is not supported; TLS alone is");
        }
        if (!fields.getOrDefault("header-type", "none").equals("none")) {
            errors.add("it asks to disguise TCP as something else, which is not supported");
        }
    }

    private void put(Map<String, ConfigNode> keys, String key, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            keys.put(key, ConfigNode.scalar(at, value));
        }
    }

    private void report(Problem.Severity severity, String message) {
        problems.add(new Problem(severity, at.position(), prefix + message, null, at.excerpt()));
    }
}
