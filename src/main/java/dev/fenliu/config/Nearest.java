package dev.fenliu.config;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the word that a user probably meant. */
public final class Nearest {
    /** What other proxies call things, and what that may be here. */
    private static final Map<String, List<String>> ELSEWHERE = Map.ofEntries(
            Map.entry("inbounds", List.of("listeners")),
            Map.entry("mixed-port", List.of("listeners")),
            Map.entry("socks-port", List.of("listeners")),
            Map.entry("port", List.of("listeners")),
            Map.entry("allow-lan", List.of("listeners")),
            Map.entry("proxies", List.of("outbounds", "members")),
            Map.entry("outbounds", List.of("members")),
            Map.entry("proxy-groups", List.of("groups")),
            Map.entry("proxy-providers", List.of("subscriptions")),
            Map.entry("rule-providers", List.of("rule-sets")),
            Map.entry("exclude-filter", List.of("exclude")),
            Map.entry("route", List.of("rules")),
            Map.entry("log-level", List.of("log")),
            Map.entry("tag", List.of("name")),
            Map.entry("interval", List.of("every")),
            Map.entry("path", List.of("file")),
            Map.entry("nameserver", List.of("direct")),
            Map.entry("servers", List.of("direct")),
            Map.entry("proxy-server-nameserver", List.of("bootstrap")),
            Map.entry("fake-ip-range", List.of("fake-ip", "ipv4")),
            Map.entry("fake-ip-range6", List.of("fake-ip", "ipv6")),
            Map.entry("fake-ip-filter", List.of("fake-ip", "except")),
            Map.entry("servername", List.of("sni")),
            Map.entry("server-name", List.of("sni")),
            Map.entry("cipher", List.of("method")),
            Map.entry("dialer-proxy", List.of("via")),
            Map.entry("detour", List.of("via")),
            Map.entry("outbound", List.of("to")),
            Map.entry("target", List.of("to")),
            Map.entry("domain", List.of("host")),
            Map.entry("geosite", List.of("rule-set")),
            Map.entry("geoip", List.of("country")),
            Map.entry("ip", List.of("ip-cidr")),
            Map.entry("inbound", List.of("listener")),
            Map.entry("process-name", List.of("process")),
            Map.entry("reject", List.of("block")),
            Map.entry("drop", List.of("block")),
            Map.entry("ss", List.of("shadowsocks")),
            Map.entry("socks4", List.of("socks")),
            Map.entry("ssl", List.of("tls")),
            Map.entry("urltest", List.of("fallback")),
            Map.entry("url-test", List.of("fallback")),
            Map.entry("selector", List.of("select")),
            Map.entry("true", List.of("yes")),
            Map.entry("false", List.of("no")),
            Map.entry("off", List.of("no")));

    /** Comparing costs as much as the product of the lengths; what is longer was not meant as a word. */
    private static final int MAX_WORD = 128;

    /** What is called so in other proxies may be called that here; empty when nothing is known of it. */
    public static List<String> elsewhere(String word) {
        return ELSEWHERE.getOrDefault(word, List.of());
    }

    private Nearest() {}

    /** {@code did you mean "server"?}, or the known words when they are few, or null. */
    public static @Nullable String hint(String word, Collection<String> known) {
        String match = match(word, known);
        if (match != null) {
            return "did you mean \"" + match + "\"?";
        }
        if (known.isEmpty() || known.size() > 16) {
            return null;
        }
        return "known: " + known.stream().sorted().collect(Collectors.joining(", "));
    }

    /** The known word that is written nearly so, or that stands for what other programs call so; or null. */
    public static @Nullable String match(String word, Collection<String> known) {
        if (word.length() > MAX_WORD) {
            return null;
        }
        String asked = plain(word);
        for (String here : ELSEWHERE.getOrDefault(asked, List.of())) {
            if (known.contains(here)) {
                return here;
            }
        }
        String best = null;
        int distance = Math.max(1, (word.length() + 1) / 3) + 1;
        for (String candidate : known) {
            int d = distance(asked, plain(candidate));
            if (d < distance) {
                distance = d;
                best = candidate;
            }
        }
        return best == null ? whole(asked, known) : best;
    }

    /** The only known word that {@code part} is a part of between hyphens. */
    private static @Nullable String whole(String part, Collection<String> known) {
        List<String> found = known.stream()
                .filter(word -> ("-" + word + "-").contains("-" + part + "-"))
                .toList();
        return found.size() == 1 ? found.get(0) : null;
    }

    private static String plain(String word) {
        return word.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Edits (insert, delete, replace, swap of neighbours) between the two words. */
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + same);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
