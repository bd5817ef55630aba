package dev.fenliu.control.clash;

import java.util.Locale;
import java.util.Map;

/** How Clash calls kinds of outbounds, groups and listeners. */
final class Types {
    private static final Map<String, String> OURS = Map.ofEntries(
            Map.entry("block", "Reject"),
            Map.entry("https", "Http"),
            Map.entry("https2", "Http"),
            Map.entry("anytls", "AnyTLS"),
            Map.entry("wireguard", "WireGuard"),
            Map.entry("select", "Selector"),
            Map.entry("fallback", "Fallback"),
            Map.entry("fastest", "URLTest"),
            Map.entry("load-balance", "LoadBalance"));

    private static final Map<String, String> LISTENERS =
            Map.of("http", "HTTP", "socks", "Socks5", "transparent", "TProxy", "shadowsocks", "ShadowSocks");

    private Types() {}

    /** Of an outbound or group. */
    static String of(String type) {
        return OURS.getOrDefault(type, capital(type));
    }

    /** Of where a flow came in. */
    static String listener(String type) {
        return LISTENERS.getOrDefault(type, capital(type));
    }

    private static String capital(String type) {
        return type.isEmpty() ? "Unknown" : type.substring(0, 1).toUpperCase(Locale.ROOT) + type.substring(1);
    }
}
