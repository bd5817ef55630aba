package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code explain} says what the running proxy does, and where that is written. */
@Tag("program")
@Timeout(120)
class ExplainTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final String CONFIG = """
            listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
            outbounds: {vps: {type: socks5, server: "127.0.0.1:1"}}
            groups: {ai: {type: fallback, members: [vps]}, none: {type: select, members: []}}
            rule-sets:
              openai: {file: rules/openai.yaml}
              extra: {entries: [extra.test, "DOMAIN-KEYWORD,xtra"]}
            rules:
              - {rule-set: openai, to: ai}
              - {rule-set: extra, to: ai}
              - {domain-suffix: empty.test, to: none}
              - {domain: ads.test, to: block}
              - "DOMAIN-SUFFIX,clash.test,ai"
              - "IP-CIDR,10.0.0.0/8,block,no-resolve"
              - {domain-wildcard: "*.wild?.test", to: block}
              - {domain-regex: "^r[0-9]+\\\\.", to: ai}
              - {port: 8443, to: block}
              - {ip-cidr: 127.0.0.0/8, resolve: true, domain-suffix: local.test, to: block}
              - {all: [{domain-suffix: both.test}, {not: {domain: not.both.test}}], to: ai}
              - {to: direct}
            dns:
              direct: ["udp://127.0.0.1:9"]
              hosts: {www.local.test: 127.0.0.1, plain.test: 127.0.0.1, not.both.test: 127.0.0.1, far.local.test: 127.0.0.1}
            log: {flows: on}
            """;

    @TempDir
    private Path folder;

    private Path config() throws IOException {
        Files.createDirectories(folder.resolve("rules"));
        Files.writeString(folder.resolve("rules/openai.yaml"), """
                # hosts
                domain:
                  - chatgpt.com
                domain-suffix:
                  - openai.com
                """);
        Path file = folder.resolve("home.yaml");
        Fenliu.write(file, CONFIG);
        return file;
    }

    private List<JsonObject> explain(String... arguments) throws Exception {
        List<String> all = new java.util.ArrayList<>(List.of("explain", "-c", config().toString(), "--json"));
        all.addAll(List.of(arguments));
        Programs.Result result = Fenliu.run(all.toArray(String[]::new));
        assertThat(result.err()).isEmpty();
        return result.out()
                .lines()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
    }

    @Test
    void the_answers_are_what_the_proxy_does() throws Exception {
        List<String> hosts = List.of(
                "chatgpt.com:443",
                "api.openai.com:443",
                "extra.test:80",
                "anxtra.test:80",
                "x.empty.test:443",
                "ads.test:443",
                "www.clash.test:443",
                "10.1.2.3:443",
                "a.wild1.test:443",
                "r42.test:443",
                "plain.test:8443",
                "both.test:443",
                "not.both.test:9",
                "plain.test:9");
        List<JsonObject> answers = explain(hosts.toArray(String[]::new));
        try (Fenliu home = Fenliu.start(folder, "home", CONFIG)) {
            for (String host : hosts) {
                try (Socket client = new Socket(HERE, home.port("in"))) {
                    client.getOutputStream()
                            .write(("CONNECT " + host + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
                    assertThat(client.getInputStream().readAllBytes()).isNotEmpty();
                }
            }
            Map<String, String> done = flows(home.text());
            for (int i = 0; i < hosts.size(); i++) {
                JsonObject answer = answers.get(i);
                JsonObject rule = answer.getAsJsonObject("rule");
                assertThat(done.get(hosts.get(i)))
                        .as(hosts.get(i))
                        .isEqualTo(rule.get("file").getAsString() + ":" + rule.get("line") + " "
                                + answer.get("target").getAsString());
            }
        }
    }

    /** Of each host, the rule and the target that the log names. */
    private static Map<String, String> flows(String log) {
        return log.lines()
                .filter(line -> line.contains("flow id="))
                .map(line -> line.replaceAll(".* host=(\\S+) rule=(\\S+) path=(\\S+) .*", "$1 $2 $3")
                        .split(" ", 3))
                .collect(Collectors.toMap(field -> field[0], field -> field[1] + " " + field[2].split("/", 2)[0]));
    }

    @Test
    void an_answer_from_a_list_names_its_line() throws Exception {
        List<JsonObject> answers = explain("chatgpt.com", "api.openai.com", "extra.test", "plain.test");
        JsonObject list = answers.get(0).getAsJsonObject("list");
        assertThat(list.get("file").getAsString())
                .isEqualTo(folder.resolve("rules/openai.yaml").toString());
        assertThat(list.get("line").getAsInt()).isEqualTo(3);
        assertThat(answers.get(1).getAsJsonObject("list").get("line").getAsInt())
                .isEqualTo(5);
        assertThat(answers.get(2).getAsJsonObject("list").get("line").getAsInt())
                .isEqualTo(6);
        assertThat(answers.get(3).get("list").isJsonNull()).isTrue();
        assertThat(answers.get(0).getAsJsonArray("path")).hasToString("[\"ai\",\"vps\"]");
        assertThat(answers.get(0).getAsJsonObject("dns").get("via").getAsString())
                .isEqualTo("vps");
    }

    @Test
    void a_rule_that_resolves_needs_addresses_unless_they_are_given_or_asked_for() throws Exception {
        Path list = Files.writeString(folder.resolve("asked"), """
                www.local.test
                {"host": "www.local.test", "addresses": ["127.0.0.1"]}
                {"host": "www.local.test", "addresses": ["192.0.2.1"]}
                {"host": "www.local.test", "addresses": []}
                """);
        List<JsonObject> answers = explain("--file", list.toString());
        assertThat(answers.get(0).keySet()).containsExactly("host", "port", "network", "needs-address");
        assertThat(answers.get(0).get("needs-address").getAsInt()).isEqualTo(9);
        assertThat(answers.subList(1, 4).stream()
                        .map(answer -> answer.get("target").getAsString()))
                .containsExactly("block", "direct", "direct");
        assertThat(explain("--resolve", "www.local.test").get(0).get("target").getAsString())
                .isEqualTo("block");
    }

    @Test
    void ten_thousand_hosts_are_answered_by_one_process() throws Exception {
        Path list = Files.writeString(
                folder.resolve("many"),
                IntStream.range(0, 10_000)
                        .mapToObj(i -> i % 3 == 0
                                ? "h" + i + ".openai.com\n"
                                : i % 3 == 1 ? "bad host " + i + "\n" : "h" + i + ".test:80\n")
                        .collect(Collectors.joining()));
        List<JsonObject> answers = explain("--file", list.toString());
        assertThat(answers).hasSize(10_000);
        assertThat(answers.stream().filter(answer -> answer.has("error"))).hasSize(3333);
        assertThat(answers.stream()
                        .filter(answer -> answer.has("target")
                                && answer.get("target").getAsString().equals("ai")))
                .hasSize(3334);
        assertThat(answers.get(9_999).get("host").getAsString()).isEqualTo("h9999.openai.com");
    }

    @Test
    void the_text_names_the_place_the_path_and_the_list() throws Exception {
        Programs.Result result = Fenliu.run("explain", "-c", config().toString(), "chatgpt.com");
        assertThat(result.code()).isZero();
        assertThat(result.out())
                .contains("chatgpt.com:443 tcp -> ai -> vps")
                .contains("home.yaml:8:5")
                .contains("rules/openai.yaml:3")
                .contains("far end");
    }
}
