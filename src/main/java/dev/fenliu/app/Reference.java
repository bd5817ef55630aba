package dev.fenliu.app;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.fenliu.config.Key;
import dev.fenliu.config.Type;
import dev.fenliu.dns.DnsKeys;
import dev.fenliu.dns.FakeIpKeys;
import dev.fenliu.engine.ApiKeys;
import dev.fenliu.engine.ConfigKeys;
import dev.fenliu.engine.GroupReader;
import dev.fenliu.engine.HistoryReader;
import dev.fenliu.engine.Protocols;
import dev.fenliu.inbound.ListenerType;
import dev.fenliu.outbound.TunnelType;
import dev.fenliu.route.RuleKeys;
import dev.fenliu.route.RuleTests;
import dev.fenliu.transport.TransportKeys;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The configuration described from the tables that the parser itself reads: as JSON Schema and as text. */
final class Reference {
    private final Protocols protocols;

    Reference(Protocols protocols) {
        this.protocols = protocols;
    }

    /** JSON Schema, draft 2020-12. */
    JsonObject schema() {
        JsonObject root = object(ConfigKeys.ROOT);
        root.addProperty("$schema", "https://json-schema.org/draft/2020-12/schema");
        root.addProperty("title", "Fenliu configuration, version 1");
        JsonObject properties = root.getAsJsonObject("properties");
        replace(properties, "listeners", array(anyOf(listeners())));
        JsonArray outbounds = anyOf(outbounds());
        outbounds.add(Type.schema("string")); // a share link
        replace(properties, "outbounds", orNothing(map(any(outbounds))));
        replace(properties, "groups", orNothing(map(group())));
        replace(properties, "subscriptions", orNothing(map(object(ConfigKeys.SUBSCRIPTION))));
        replace(properties, "rule-sets", orNothing(map(object(ConfigKeys.RULE_SET))));
        JsonArray rule = new JsonArray();
        rule.add(object(RuleKeys.RULE));
        rule.add(Type.schema("string")); // a Clash line
        replace(properties, "rules", array(rule));
        replace(properties, "rule-tests", orNothing(array(only(object(RuleTests.KEYS)))));
        replace(properties, "dns", orNothing(object(DnsKeys.ALL)));
        replace(properties, "log", orNothing(object(ConfigKeys.LOG_KEYS)));
        JsonArray history = new JsonArray();
        history.add(object(HistoryReader.KEYS));
        history.add(HistoryReader.KEYS.get(0).type().schema());
        history.add(Type.BOOLEAN.schema()); // which editors take `off` for
        replace(properties, "history", any(history));
        replace(properties, "geoip", object(ConfigKeys.GEOIP_KEYS));
        replace(properties, "api", orNothing(object(ApiKeys.ALL)));
        JsonArray condition = new JsonArray();
        condition.add(object(RuleKeys.CONDITION));
        condition.add(Type.schema("string")); // a Clash line without target
        JsonObject definitions = new JsonObject();
        definitions.add("condition", any(condition));
        root.add("$defs", definitions);
        return root;
    }

    /** Markdown: a table of keys for every place. */
    String text() {
        StringBuilder out = new StringBuilder("# Fenliu configuration, version 1\n");
        table(out, "The file", ConfigKeys.ROOT);
        listeners().forEach((name, keys) -> table(out, "Listener of type `" + name + "`", keys));
        outbounds().forEach((name, keys) -> table(out, "Outbound of type `" + name + "`", keys));
        table(out, "transport", TransportKeys.ALL);
        table(out, "Group", GroupReader.KEYS);
        table(out, "Group: check", GroupReader.CHECK_KEYS);
        table(out, "Subscription", ConfigKeys.SUBSCRIPTION);
        table(out, "Rule-set", ConfigKeys.RULE_SET);
        table(out, "Rule", RuleKeys.RULE);
        table(out, "Rule test", RuleTests.KEYS);
        table(out, "dns", DnsKeys.ALL);
        table(out, "dns: cache", DnsKeys.CACHE_KEYS);
        table(out, "dns: fake-ip", FakeIpKeys.ALL);
        table(out, "dns: an upstream as a mapping", DnsKeys.UPSTREAM);
        table(out, "log", ConfigKeys.LOG_KEYS);
        table(out, "history", HistoryReader.KEYS);
        table(out, "geoip", ConfigKeys.GEOIP_KEYS);
        table(out, "api", ApiKeys.ALL);
        return out.toString();
    }

    private static JsonObject group() {
        JsonObject group = object(GroupReader.KEYS);
        JsonArray check = new JsonArray();
        check.add(object(GroupReader.CHECK_KEYS));
        check.add(Type.schema("string")); // off
        check.add(Type.BOOLEAN.schema()); // which editors take `off` for
        replace(group.getAsJsonObject("properties"), "check", any(check));
        return group;
    }

    private Map<String, List<Key<?>>> listeners() {
        Map<String, List<Key<?>>> all = new LinkedHashMap<>();
        for (ListenerType<?> type : protocols.listeners().values()) {
            all.put(type.name(), ConfigKeys.listener(type));
        }
        return all;
    }

    private Map<String, List<Key<?>>> outbounds() {
        Map<String, List<Key<?>>> all = new LinkedHashMap<>();
        for (TunnelType<?> type : protocols.tunnels().values()) {
            List<Key<?>> keys = new ArrayList<>(ConfigKeys.OUTBOUND);
            keys.addAll(type.keys());
            all.put(type.name(), keys);
        }
        return all;
    }

    private static JsonArray anyOf(Map<String, List<Key<?>>> types) {
        JsonArray any = new JsonArray();
        types.forEach((name, keys) -> {
            JsonObject object = object(keys);
            JsonObject type = new JsonObject();
            type.addProperty("const", name);
            object.getAsJsonObject("properties").add("type", type);
            any.add(object);
        });
        return any;
    }

    private static JsonObject object(List<Key<?>> keys) {
        JsonObject properties = new JsonObject();
        JsonArray required = new JsonArray();
        for (Key<?> key : keys) {
            JsonObject schema = key.type().schema().deepCopy();
            schema.addProperty("description", key.help());
            properties.add(key.name(), schema);
            if (key.required()) {
                required.add(key.name());
            }
        }
        JsonObject object = Type.schema("object");
        object.add("properties", properties);
        object.add("required", required);
        object.addProperty("additionalProperties", false);
        return object;
    }

    private static void replace(JsonObject properties, String name, JsonObject schema) {
        JsonElement help = properties.getAsJsonObject(name).get("description");
        schema.add("description", help);
        properties.add(name, schema);
    }

    /** A section whose items are all commented out is an empty one. */
    private static JsonObject orNothing(JsonObject schema) {
        JsonArray types = new JsonArray();
        types.add(schema.get("type"));
        types.add("null");
        schema.add("type", types);
        return schema;
    }

    private static JsonObject array(JsonArray anyItem) {
        JsonObject array = Type.schema("array");
        array.add("items", any(anyItem));
        return array;
    }

    private static JsonObject map(JsonObject value) {
        JsonObject map = Type.schema("object");
        map.add("additionalProperties", value);
        return map;
    }

    private static JsonObject any(JsonArray schemas) {
        JsonObject any = new JsonObject();
        any.add("anyOf", schemas);
        return any;
    }

    private static JsonArray only(JsonObject schema) {
        JsonArray one = new JsonArray();
        one.add(schema);
        return one;
    }

    private static void table(StringBuilder out, String title, List<Key<?>> keys) {
        out.append("\n## ").append(title).append("\n\n| key | takes | default | |\n| --- | --- | --- | --- |\n");
        for (Key<?> key : keys) {
            String fallback =
                    key.required() ? "required" : key.fallback() == null ? "" : "`" + words(key.fallback()) + "`";
            out.append("| `")
                    .append(key.name())
                    .append("` | ")
                    .append(key.type().words())
                    .append(" | ")
                    .append(fallback)
                    .append(" | ")
                    .append(key.help().replace("|", "\\|"))
                    .append(" |\n");
        }
    }

    private static String words(Object value) {
        if (value instanceof java.time.Duration duration) {
            return duration.toString().substring(2).toLowerCase(java.util.Locale.ROOT);
        }
        return value instanceof Enum<?> constant
                ? constant.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-')
                : value.toString();
    }
}
