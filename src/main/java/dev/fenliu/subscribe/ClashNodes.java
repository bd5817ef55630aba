package dev.fenliu.subscribe;

import dev.fenliu.config.ConfigNode;
import java.util.LinkedHashMap;
import java.util.Map;

/** The {@code proxies} of a Clash configuration. All else in it, its groups and rules, is not read. */
final class ClashNodes {
    private static final Map<String, String> TYPES = Map.of("ss", "shadowsocks", "hy2", "hysteria2");

    private ClashNodes() {}

    static void read(ConfigNode proxies, Collected into) {
        for (ConfigNode item : proxies.items()) {
            Fields proxy = new Fields(item);
            if (!into.wants(proxy.line())) {
                return;
            }
            String type = TYPES.getOrDefault(proxy.text("type"), proxy.text("type"));
            if (type.isEmpty()) {
                into.refuse(proxy, "it has no type");
            } else if (proxy.has("dialer-proxy")) {
                into.refuse(proxy, "it goes through another node (dialer-proxy), which is not supported");
            } else {
                into.add(proxy, type.equals("http") && proxy.isTrue("tls") ? "https" : type, fields(type, proxy));
            }
        }
    }

    private static Map<String, String> fields(String type, Fields proxy) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("password", proxy.text("password"));
        switch (type) {
            case "shadowsocks" -> {
                fields.put("method", proxy.text("cipher"));
                fields.put("plugin", proxy.text("plugin"));
                return fields; // whatever else it has is not for TLS
            }
            case "vmess" -> {
                fields.put("uuid", proxy.text("uuid"));
                fields.put("alter-id", proxy.text("alterId"));
                fields.put("cipher", proxy.text("cipher").isEmpty() ? "auto" : proxy.text("cipher"));
            }
            case "vless" -> {
                fields.put("uuid", proxy.text("uuid"));
                fields.put("flow", proxy.text("flow"));
                fields.put("encryption", proxy.text("encryption"));
            }
            case "hysteria2" -> {
                fields.put("obfs", proxy.text("obfs"));
                fields.put("obfs-password", proxy.text("obfs-password"));
                fields.put("ports", proxy.text("ports").replace('/', ','));
                fields.put("hop-interval", seconds(proxy.text("hop-interval")));
            }
            case "http", "socks5", "ssh" -> fields.put("username", proxy.text("username"));
            default -> {} // a password, or not known here
        }
        boolean always = type.equals("trojan") || type.equals("hysteria2") || type.equals("anytls");
        boolean tls = always || proxy.isTrue("tls");
        fields.put("security", proxy.has("reality-opts") ? "reality" : tls ? "tls" : "none");
        if (tls) {
            fields.put("sni", proxy.text("servername").isEmpty() ? proxy.text("sni") : proxy.text("servername"));
            fields.put("alpn", proxy.list("alpn"));
            fields.put("insecure", proxy.isTrue("skip-cert-verify") ? "true" : "");
        }
        transport(proxy, fields);
        return fields;
    }

    /** A number of seconds, or from how many to how many, of which the first is taken; below 5 it is the usual number. */
    private static String seconds(String text) {
        int dash = text.indexOf('-');
        String number = dash < 0 ? text : text.substring(0, dash);
        return number.length() < 2 && number.compareTo("5") < 0 ? "" : number + "s";
    }

    private static void transport(Fields proxy, Map<String, String> fields) {
        String network = proxy.text("network");
        Fields options = proxy.in(network + "-opts");
        fields.put("network", network);
        switch (network) {
            case "ws" -> {
                fields.put("path", options.text("path"));
                fields.put("host", options.in("headers").text("Host"));
                if (options.isTrue("v2ray-http-upgrade")) {
                    fields.put("network", "httpupgrade");
                }
            }
            case "grpc" -> fields.put("service-name", options.text("grpc-service-name"));
            case "h2" -> {
                fields.put("path", options.text("path"));
                fields.put("host", options.first("host"));
            }
            case "http" -> fields.put("network", "http/1.1"); // no HTTP/2, which links call so
            default -> {} // plain, or not known
        }
    }
}
