package dev.fenliu.subscribe;

import dev.fenliu.config.ConfigNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The {@code outbounds} of an Xray configuration that are nodes. */
final class XrayNodes {
    /** What is an outbound there and no node. */
    private static final Set<String> STRUCTURE = Set.of("freedom", "blackhole", "dns", "loopback");

    private XrayNodes() {}

    static void read(ConfigNode item, Collected into) {
        Fields outbound = new Fields(item);
        String protocol = outbound.text("protocol");
        if (STRUCTURE.contains(protocol) || !into.wants(outbound.line())) {
            return;
        }
        Fields settings = outbound.in("settings");
        boolean users = settings.has("vnext");
        Fields server = settings.firstIn(users ? "vnext" : "servers");
        Fields user = users || server.has("users") ? server.firstIn("users") : server;
        Fields stream = outbound.in("streamSettings");
        if (outbound.has("proxySettings") || stream.in("sockopt").has("dialerProxy")) {
            into.refuse(outbound, "it goes through another node, which is not supported");
            return;
        }
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("uuid", user.text("id"));
        fields.put("alter-id", user.text("alterId"));
        fields.put("cipher", user.text("security").isEmpty() ? "auto" : user.text("security"));
        fields.put("encryption", user.text("encryption"));
        fields.put("flow", user.text("flow"));
        fields.put("method", server.text("method"));
        fields.put("username", user.text("user"));
        fields.put("password", server.has("password") ? server.text("password") : user.text("pass"));
        stream(stream, fields);
        boolean tls = "tls".equals(fields.get("security"));
        String type = protocol.equals("socks") ? "socks5" : protocol.equals("http") && tls ? "https" : protocol;
        into.add(new Fields(place(outbound, server)), type, fields);
    }

    /** Name, server and port side by side. */
    private static ConfigNode place(Fields outbound, Fields server) {
        ConfigNode at = ConfigNode.untold("", outbound.line());
        Map<String, ConfigNode> values = new LinkedHashMap<>();
        values.put("name", ConfigNode.scalar(at, outbound.text("tag")));
        values.put("server", ConfigNode.scalar(at, server.text("address")));
        values.put("port", ConfigNode.scalar(at, server.text("port")));
        return ConfigNode.mapping(at, values);
    }

    private static void stream(Fields stream, Map<String, String> fields) {
        String security = stream.text("security");
        fields.put("security", security.isEmpty() ? "none" : security);
        Fields tls = stream.in("tlsSettings");
        fields.put("sni", tls.text("serverName"));
        fields.put("alpn", tls.list("alpn"));
        fields.put("insecure", tls.isTrue("allowInsecure") ? "true" : "");
        String network = stream.text("network");
        fields.put("network", network);
        Fields options = stream.in(network + "Settings");
        fields.put("path", options.text("path"));
        String header = options.in("headers").first("Host");
        fields.put("host", header.isEmpty() ? options.first("host") : header);
        fields.put("service-name", options.text("serviceName"));
    }
}
