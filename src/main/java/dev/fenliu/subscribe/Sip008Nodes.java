package dev.fenliu.subscribe;

import dev.fenliu.config.ConfigNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Servers of Shadowsocks as SIP008 lists them in JSON. */
final class Sip008Nodes {
    private Sip008Nodes() {}

    /** What has been used, and what is left, in bytes. */
    static Quota quota(ConfigNode root) {
        Fields account = new Fields(root);
        double used = Quota.number(account.text("bytes_used"));
        double left = Quota.number(account.text("bytes_remaining"));
        return new Quota(
                used < 0 ? Optional.empty() : Optional.of(Math.round(used)),
                used < 0 || left < 0 ? Optional.empty() : Optional.of(Math.round(used + left)),
                Optional.empty());
    }

    static void read(ConfigNode item, Collected into) {
        Fields server = new Fields(item);
        if (!into.wants(server.line())) {
            return;
        }
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("method", server.text("method"));
        fields.put("password", server.text("password"));
        fields.put("plugin", server.text("plugin"));
        into.add(server, "shadowsocks", fields);
    }
}
