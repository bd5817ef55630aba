package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.fenliu.config.Key;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.dns.DnsKeys;
import dev.fenliu.engine.ApiKeys;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.ConfigKeys;
import dev.fenliu.engine.ConfigReader;
import dev.fenliu.engine.GroupReader;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Kept;
import dev.fenliu.net.Sockets;
import dev.fenliu.route.RuleKeys;
import dev.fenliu.route.RuleTests;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

final class ReferenceTest {
    private static final Path EXAMPLE = Path.of("config.example.yaml").toAbsolutePath();

    private final Reference reference = new Reference(Catalog.PROTOCOLS);
    private final JsonObject schema = reference.schema();

    @Test
    void the_example_is_a_good_config(@TempDir Path state) throws IOException {
        Problems problems = new Problems();
        EventLoopGroup loops = Sockets.loops(1);
        try {
            Config config = ConfigReader.read(
                    "config.example.yaml",
                    Optional.of(EXAMPLE),
                    Files.readString(EXAMPLE),
                    Catalog.PROTOCOLS,
                    problems);
            try (Inquiry inquiry =
                    Inquiry.of(Objects.requireNonNull(config), Kept.fresh(loops, System::nanoTime, state), problems)) {
                assertThat(inquiry).isNotNull();
            }
        } finally {
            loops.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
        }
        assertThat(problems.all()).singleElement().satisfies(one -> {
            assertThat(one.severity()).isEqualTo(Problem.Severity.WARNING);
            assertThat(one.message()).contains("\"ai\" has no member");
        });
    }

    @Test
    void the_example_fits_the_schema() throws IOException {
        assertThat(SchemaValidator.faults(schema, json(Files.readString(EXAMPLE))))
                .isEmpty();
    }

    @Test
    void each_line_of_the_example_that_is_commented_out_is_good_too() throws IOException {
        // A comment that holds YAML has no blank between indentation and item: "  # - {…}", "  # name: {…}".
        String all = Files.readString(EXAMPLE)
                .replaceAll("(?m)^( *)# (- [{\"\\[].*|[a-z-]+: [{\"].*|bootstrap: .*|hosts: .*|   .*)$", "$1$2")
                .replace("    members: []", "    members: [vps, spare]");
        assertThat(SchemaValidator.faults(schema, json(all))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{rules: ['DOMAIN,a.example,direct', {to: block}]}",
                "{rules: [{all: [{not: {any: [{port: 80}, 'NETWORK,udp']}}, {domain: a.example}], to: block}]}",
                "{outbounds: {a: 'ss://x', b: {type: direct, mark: 7}}}",
                "{listeners: [{type: mixed, listen: '127.0.0.1:1', users: {anna: 1234}}]}",
                "{dns: {direct: [system, {url: 'tls://dns.example', address: 192.0.2.1}], cache: {size: 1MB}}}",
                "{log: {level: debug}, geoip: {file: [a.mmdb, b.mmdb]}}",
            })
    void good_configs_fit_the_schema(String yaml) {
        assertThat(SchemaValidator.faults(schema, json(yaml))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{rulse: []}",
                "{version: 2}",
                "{rules: [{domian: a.example, to: block}]}",
                "{rules: [{domain: a.example}]}",
                "{rules: [{all: [{not: {domian: a.example}}], to: block}]}",
                "{outbounds: {a: {type: nothing}}}",
                "{outbounds: {a: {type: trojan, server: 'a.example:1'}}}",
                "{listeners: {type: mixed}}",
                "{dns: {direct: [{adress: 192.0.2.1}]}}",
                "{log: {level: loud}}",
            })
    void bad_configs_do_not_fit_the_schema(String yaml) {
        assertThat(SchemaValidator.faults(schema, json(yaml))).isNotEmpty();
    }

    @Test
    void the_schema_and_the_text_name_every_key_of_every_table() {
        names(schema, "", ConfigKeys.ROOT);
        names(schema, "groups/*", GroupReader.KEYS);
        names(schema, "subscriptions/*", ConfigKeys.SUBSCRIPTION);
        names(schema, "rule-sets/*", ConfigKeys.RULE_SET);
        names(schema, "rule-tests/[0]", RuleTests.KEYS);
        names(schema, "rules/[0]", RuleKeys.RULE);
        names(schema, "dns", DnsKeys.ALL);
        names(schema, "log", ConfigKeys.LOG_KEYS);
        names(schema, "geoip", ConfigKeys.GEOIP_KEYS);
        names(schema, "api", ApiKeys.ALL);
        JsonObject condition = schema.getAsJsonObject("$defs").getAsJsonObject("condition");
        names(condition, "[0]", RuleKeys.CONDITION);
        int listener = 0;
        for (var type : Catalog.PROTOCOLS.listeners().values()) {
            names(schema, "listeners/[" + listener++ + "]", type.keys());
        }
        int outbound = 0;
        for (var type : Catalog.PROTOCOLS.tunnels().values()) {
            names(schema, "outbounds/*[" + outbound++ + "]", type.keys());
        }
        String text = reference.text();
        for (List<Key<?>> table : List.of(
                ConfigKeys.ROOT, ConfigKeys.RULE_SET, RuleKeys.RULE, DnsKeys.ALL, DnsKeys.UPSTREAM, ApiKeys.ALL)) {
            table.forEach(key -> assertThat(text).contains("| `" + key.name() + "` | "));
        }
    }

    /** Goes down a path: a property, {@code *} any property, {@code [n]} an item or alternative. */
    private static void names(JsonObject schema, String path, List<Key<?>> keys) {
        JsonObject at = schema;
        for (String step : path.replace("*[", "*/[").split("/", -1)) {
            if (step.equals("*")) {
                at = at.getAsJsonObject("additionalProperties");
            } else if (step.startsWith("[")) {
                at = at.has("items") ? at.getAsJsonObject("items") : at;
                int index = Integer.parseInt(step.substring(1, step.length() - 1));
                at = at.getAsJsonArray("anyOf").get(index).getAsJsonObject();
            } else if (!step.isEmpty()) {
                at = at.getAsJsonObject("properties").getAsJsonObject(step);
            }
        }
        for (Key<?> key : keys) {
            assertThat(at.getAsJsonObject("properties").keySet()).as(path).contains(key.name());
        }
    }

    /** YAML as an editor reads it before it validates. */
    private static JsonElement json(String yaml) {
        return json(new Yaml(new LoaderOptions()).compose(new StringReader(yaml)));
    }

    private static JsonElement json(Node node) {
        if (node instanceof MappingNode mapping) {
            JsonObject object = new JsonObject();
            mapping.getValue()
                    .forEach(entry ->
                            object.add(((ScalarNode) entry.getKeyNode()).getValue(), json(entry.getValueNode())));
            return object;
        }
        if (node instanceof SequenceNode sequence) {
            JsonArray array = new JsonArray();
            sequence.getValue().forEach(item -> array.add(json(item)));
            return array;
        }
        String text = ((ScalarNode) node).getValue();
        if (!((ScalarNode) node).isPlain()) {
            return new JsonPrimitive(text);
        }
        if (text.matches("-?[0-9]+")) {
            return new JsonPrimitive(Long.parseLong(text));
        }
        return switch (text) {
            case "", "~", "null" -> JsonNull.INSTANCE;
            case "true", "false" -> new JsonPrimitive(Boolean.parseBoolean(text));
            default -> new JsonPrimitive(text);
        };
    }
}
