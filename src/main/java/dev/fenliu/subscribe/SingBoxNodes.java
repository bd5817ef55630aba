package dev.fenliu.subscribe;

import dev.fenliu.config.ConfigNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The {@code outbounds} of a sing-box configuration that are nodes. */
final class SingBoxNodes {
    /** What is an outbound there and no node. */
    private static final Set<String> STRUCTURE = Set.of("direct", "block", "dns", "selector", "urltest");

    private static final Map<String, String> TYPES = Map.of("socks", "socks5", "naive", "https2");

    private SingBoxNodes() {}

    static void read(ConfigNode item, Collected into) {
        Fields outbound = new Fields(item);
        String type = outbound.text("type");
        if (STRUCTURE.contains(type) || !into.wants(outbound.line())) {
            return;
        }
        if (type.isEmpty()) {
            into.refuse(outbound, "it has no type");
        } else if (outbound.has("detour")) {
            into.refuse(outbound, "it goes through another node (detour), which is not supported");
        } else if (outbound.in("multiplex").isTrue("enabled")) {
            into.refuse(outbound, "it asks for multiplex, which is not supported");
        } else {
            boolean tls = outbound.in("tls").isTrue("enabled");
            String ours = type.equals("http") && tls ? "https" : TYPES.getOrDefault(type, type);
            into.add(outbound, ours, fields(ours, outbound));
        }
    }

    private static Map<String, String> fields(String type, Fields outbound) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("password", outbound.text("password"));
        switch (type) {
            case "shadowsocks" -> {
                fields.put("method", outbound.text("method"));
                fields.put("plugin", outbound.text("plugin"));
            }
            case "vmess" -> {
                fields.put("uuid", outbound.text("uuid"));
                fields.put("alter-id", outbound.text("alter_id"));
                fields.put("cipher", outbound.text("security").isEmpty() ? "auto" : outbound.text("security"));
            }
            case "vless" -> {
                fields.put("uuid", outbound.text("uuid"));
                fields.put("flow", outbound.text("flow"));
            }
            case "hysteria2" -> {
                fields.put("obfs", outbound.in("obfs").text("type"));
                fields.put("obfs-password", outbound.in("obfs").text("password"));
                fields.put("ports", outbound.list("server_ports").replace(':', '-'));
                fields.put("hop-interval", outbound.text("hop_interval"));
            }
            case "socks5", "http", "https", "https2" -> fields.put("username", outbound.text("username"));
            case "ssh" -> fields.put("username", outbound.text("user"));
            default -> {} // a password, or not known here
        }
        Fields tls = outbound.in("tls");
        if (tls.isTrue("enabled")) {
            fields.put("security", tls.in("reality").isTrue("enabled") ? "reality" : "tls");
            fields.put("sni", tls.text("server_name"));
            fields.put("alpn", tls.list("alpn"));
            fields.put("insecure", tls.isTrue("insecure") ? "true" : "");
        } else {
            fields.put("security", "none");
        }
        transport(outbound.in("transport"), fields);
        return fields;
    }

    private static void transport(Fields transport, Map<String, String> fields) {
        fields.put("network", transport.text("type"));
        fields.put("path", transport.text("path"));
        String header = transport.in("headers").first("Host");
        fields.put("host", header.isEmpty() ? transport.first("host") : header);
        fields.put("service-name", transport.text("service_name"));
    }
}
