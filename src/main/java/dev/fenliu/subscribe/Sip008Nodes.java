package dev.fenliu.subscribe;

import dev.fenliu.config.ConfigNode;
import java.util.LinkedHashMap;
import java.util.Map;

/** Servers of Shadowsocks as SIP008 lists them in JSON. */
final class Sip008Nodes {
    private Sip008Nodes() {}

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
