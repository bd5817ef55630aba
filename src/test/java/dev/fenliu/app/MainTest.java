package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@ResourceLock(Resources.SYSTEM_OUT)
@Timeout(60)
class MainTest {
    private static final String CONFIG = """
            listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
            outbounds: {vps: {type: socks5, server: "127.0.0.1:1"}}
            groups: {ai: {type: fallback, members: [vps]}}
            rule-sets: {openai: {file: openai.txt}}
            rules:
              - {rule-set: openai, to: ai}
              - {domain: ads.test, to: block}
              - "DOMAIN-SUFFIX,clash.test,vps"
              - {ip-cidr: 10.0.0.0/8, resolve: true, domain-suffix: ask.test, to: vps}
              - {to: direct}
            dns: {direct: ["udp://127.0.0.1:9"]}
            """;

    private record Said(int code, String out, String err) {
        JsonObject json() {
            return JsonParser.parseString(out).getAsJsonObject();
        }

        List<String> lines() {
            return out.lines().toList();
        }
    }

    @TempDir
    private Path folder;

    private static Said run(String... arguments) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        ByteArrayOutputStream talk = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(data, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(talk, true, StandardCharsets.UTF_8));
            int code = Main.run(arguments);
            return new Said(code, data.toString(StandardCharsets.UTF_8), talk.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
            assertThat(talk.toString(StandardCharsets.UTF_8)).doesNotContain("\tat ");
        }
    }

    private String config(String yaml) throws Exception {
        Files.writeString(folder.resolve("openai.txt"), "# names\nopenai.test\n.chatgpt.test\n");
        Path file = folder.resolve("c.yaml");
        Files.writeString(file, yaml);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file.toString();
    }

    // ---- accept ----

    @Test
    void what_is_accepted_must_be_a_remote_list_of_which_something_is_held_back() throws Exception {
        String file = config("""
                rule-sets: {ads: {url: "https://lists.test/ads"}}
                rules: [{rule-set: ads, to: block}, {to: direct}]
                """);
        Said unknown = run("accept", "adds", "-c", file);
        assertThat(unknown.code()).isEqualTo(ExitCode.USAGE);
        assertThat(unknown.err()).contains("there is no subscription or rule-set \"adds\" with a URL; did you mean");
        Said none = run("accept", "ads", "-c", file);
        assertThat(none.code()).isEqualTo(ExitCode.FAILED);
        assertThat(none.err()).contains("nothing is held back of \"ads\"");
    }

    // ---- usage ----

    @Test
    void an_unknown_command_is_told_with_the_one_that_was_meant() {
        Said said = run("chekc");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.out()).isEmpty();
        assertThat(said.err()).contains("chekc").contains("check");
    }

    @Test
    void an_unknown_option_is_told_with_the_one_that_was_meant() {
        Said said = run("check", "--confg", "x");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("--confg").contains("--config");
    }

    @Test
    void a_question_about_nothing_is_a_wrong_use() {
        assertThat(run("explain").code()).isEqualTo(2);
        assertThat(run("explain", "a.test", "--network", "sctp").code()).isEqualTo(2);
        assertThat(run("explain", "a.test", "--source", "here").code()).isEqualTo(2);
    }

    @Test
    void help_and_version_are_data() {
        assertThat(run("--help").out()).contains("explain", "demo");
        assertThat(run("explain", "--help").code()).isZero();
        Said version = run("version");
        assertThat(version.code()).isZero();
        assertThat(version.out()).startsWith("fenliu ");
        assertThat(run("--version").out()).isEqualTo(version.out());
    }

    @Test
    void the_schema_is_one_json_document() {
        Said said = run("schema");
        assertThat(said.code()).isZero();
        assertThat(said.json().getAsJsonObject("properties").keySet()).contains("listeners", "rules", "outbounds");
        assertThat(run("schema", "--text").out()).contains("rule-sets");
    }

    // ---- check ----

    @Test
    void a_good_config_is_said_to_be_good() throws Exception {
        Said said = run("check", "-c", config(CONFIG + "rule-tests: [{host: openai.test, to: ai}]\n"));
        assertThat(said.err()).contains("is good: 5 rules, 1 rule test passed");
        assertThat(said.code()).isZero();
        assertThat(said.out()).isEmpty();
    }

    @Test
    void a_bad_config_is_3_and_every_problem_is_told_with_its_place() throws Exception {
        String file = config("rules:\n  - {domian: a.test, to: direct}\n  - {to: nowhere}\nlog: {level: loud}\n");
        Said said = run("check", "-c", file);
        assertThat(said.code()).isEqualTo(3);
        assertThat(said.out()).isEmpty();
        assertThat(said.err())
                .contains(file + ":2:", "domain", file + ":3:", "nowhere", file + ":4:", "loud")
                .contains("3 errors");
        assertThat(run("run", "-c", file).code()).isEqualTo(3);
        assertThat(run("explain", "-c", file, "a.test").code()).isEqualTo(3);
    }

    @Test
    void a_failing_rule_test_is_3() throws Exception {
        Said said = run("check", "-c", config(CONFIG + "rule-tests: [{host: openai.test, to: direct}]\n"));
        assertThat(said.code()).isEqualTo(3);
        assertThat(said.err()).contains("c.yaml:12:");
    }

    @Test
    void a_config_that_is_not_there_or_no_text_is_3() throws Exception {
        Said said = run("check", "-c", folder.resolve("nothing.yaml").toString());
        assertThat(said.code()).isEqualTo(3);
        assertThat(said.err()).contains("nothing.yaml");
        Files.write(folder.resolve("binary.yaml"), new byte[] {(byte) 0xff, 0, (byte) 0xfe});
        assertThat(run("run", "-c", folder.resolve("binary.yaml").toString()).code())
                .isEqualTo(3);
        assertThat(run("run", "-c", folder.toString()).code()).isEqualTo(3);
    }

    @Test
    void a_config_that_may_not_be_read_is_5() throws Exception {
        Path file = Path.of(config(CONFIG));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        Assumptions.assumeFalse(Files.isReadable(file), "root reads everything");
        assertThat(run("run", "-c", file.toString()).code()).isEqualTo(5);
    }

    @Test
    void a_port_that_another_has_is_4_and_names_it() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String file = config("listeners: [{type: mixed, listen: \"127.0.0.1:" + taken.getLocalPort() + "\"}]");
            Said said = run("run", "-c", file);
            assertThat(said.code()).isEqualTo(4);
            assertThat(said.err())
                    .contains("port " + taken.getLocalPort() + " is taken")
                    .contains("java (pid " + ProcessHandle.current().pid() + ")");
        }
    }

    @Test
    void an_address_of_another_machine_is_1() throws Exception {
        Said said = run("run", "-c", config("listeners: [{type: mixed, listen: \"192.0.2.77:0\", lan: trusted}]"));
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err()).contains("192.0.2.77").contains("this machine has no such address");
    }

    // ---- explain ----

    @Test
    void an_answer_names_the_rule_the_list_the_path_and_the_resolver() throws Exception {
        String file = config(CONFIG);
        Said said = run("explain", "-c", file, "--json", "openai.test");
        assertThat(said.code()).isZero();
        assertThat(said.err()).isEmpty();
        assertThat(said.out())
                .isEqualTo("{\"host\":\"openai.test\",\"port\":443,\"network\":\"tcp\",\"target\":\"ai\","
                        + "\"path\":[\"ai\",\"vps\"],\"rule\":{\"index\":0,\"file\":\"" + file
                        + "\",\"line\":6,\"column\":5,\"text\":"
                        + said.json().getAsJsonObject("rule").get("text")
                        + "},\"list\":{\"file\":\"" + folder.resolve("openai.txt")
                        + "\",\"line\":2,\"text\":\"openai.test\"},"
                        + "\"dns\":{\"resolver\":\"far end\",\"via\":\"vps\"}}\n");
    }

    @Test
    void direct_blocked_and_literal_answers_have_their_shape() throws Exception {
        String file = config(CONFIG);
        Said said = run("explain", "-c", file, "--json", "plain.test:80", "ads.test", "192.0.2.1", "x.clash.test");
        assertThat(said.code()).isZero();
        List<JsonObject> answers = said.lines().stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
        assertThat(answers.get(0).get("target").getAsString()).isEqualTo("direct");
        assertThat(answers.get(0).get("port").getAsInt()).isEqualTo(80);
        assertThat(answers.get(0).get("list").isJsonNull()).isTrue();
        assertThat(answers.get(0).getAsJsonObject("dns").get("resolver").getAsString())
                .contains("127.0.0.1");
        assertThat(answers.get(0).getAsJsonObject("dns").get("via").isJsonNull())
                .isTrue();
        assertThat(answers.get(1).get("target").getAsString()).isEqualTo("block");
        assertThat(answers.get(1).getAsJsonArray("path")).hasToString("[\"block\"]");
        assertThat(answers.get(1).get("dns").isJsonNull()).isTrue();
        assertThat(answers.get(2).get("dns").isJsonNull()).isTrue();
        assertThat(answers.get(3).getAsJsonObject("rule").get("text").getAsString())
                .isEqualTo("DOMAIN-SUFFIX,clash.test,vps");
        assertThat(answers.get(3).getAsJsonObject("rule").get("index").getAsInt())
                .isEqualTo(2);
    }

    @Test
    void a_rule_that_asks_for_addresses_is_named_by_its_place() throws Exception {
        assertThat(run("explain", "-c", config(CONFIG), "a.ask.test").out())
                .contains("needs the addresses of the name")
                .contains("rule  " + folder.resolve("c.yaml") + ":9:5");
    }

    @Test
    void addresses_that_are_given_are_seen_from_the_rule_on_that_asks_for_them() throws Exception {
        String file = config("""
                rules:
                  - IP-CIDR,192.0.2.0/24,block,no-resolve
                  - IP-CIDR,10.0.0.0/8,block
                  - IP-CIDR,192.0.2.0/24,direct,no-resolve
                  - {to: block}
                """);
        Path list = Files.writeString(folder.resolve("list"), "{\"host\":\"a.test\",\"addresses\":[\"192.0.2.1\"]}\n");
        assertThat(run("explain", "-c", file, "--json", "--file", list.toString())
                        .out())
                .contains("\"target\":\"direct\"")
                .contains("\"index\":2");
    }

    @Test
    void a_rule_that_resolves_is_asked_for_its_addresses() throws Exception {
        String file = config(CONFIG);
        Path list = Files.writeString(folder.resolve("list"), """
                a.ask.test
                {"host":"a.ask.test","addresses":["10.1.1.1"]}
                {"host":"a.ask.test","addresses":["192.0.2.1"]}
                {"host":"a.ask.test","addresses":[]}
                """);
        Said said = run("explain", "-c", file, "--json", "--file", list.toString());
        assertThat(said.lines().get(0))
                .isEqualTo("{\"host\":\"a.ask.test\",\"port\":443,\"network\":\"tcp\",\"needs-address\":3}");
        assertThat(said.lines().subList(1, 4).stream()
                        .map(line -> JsonParser.parseString(line)
                                .getAsJsonObject()
                                .get("target")
                                .getAsString()))
                .containsExactly("vps", "direct", "direct");
    }

    @Test
    void every_line_has_its_answer_and_a_bad_one_names_the_host_that_was_given() throws Exception {
        String file = config(CONFIG);
        Files.write(
                folder.resolve("list"),
                "good.test\n\n  bad host  \n{\"host\":\"bad host\",\"port\":80}\n{\"host\":\n\u00ff.test\n"
                        .getBytes(StandardCharsets.ISO_8859_1));
        Said said = run(
                "explain",
                "-c",
                file,
                "--json",
                "--file",
                folder.resolve("list").toString());
        assertThat(said.code()).isZero();
        assertThat(said.lines()).hasSize(5);
        JsonObject second = JsonParser.parseString(said.lines().get(1)).getAsJsonObject();
        JsonObject third = JsonParser.parseString(said.lines().get(2)).getAsJsonObject();
        assertThat(second.get("host").getAsString()).isEqualTo("bad host");
        assertThat(second.get("error").getAsString()).isNotEmpty();
        assertThat(third.get("host").getAsString()).isEqualTo("bad host");
        assertThat(third.get("port").getAsInt()).isEqualTo(80);
        assertThat(third.keySet()).containsExactly("host", "port", "network", "error");
        assertThat(run("explain", "-c", file, "bad host").code()).isEqualTo(1);
    }

    @Test
    void hosts_come_from_standard_input_too() throws Exception {
        String file = config(CONFIG);
        java.io.InputStream in = System.in;
        try {
            System.setIn(new ByteArrayInputStream("openai.test\nplain.test\n".getBytes(StandardCharsets.UTF_8)));
            assertThat(run("explain", "-c", file, "--file", "-").out())
                    .contains("openai.test:443 tcp -> ai -> vps", "plain.test:443 tcp -> direct");
        } finally {
            System.setIn(in);
        }
    }

    @Test
    void the_text_for_a_reader_tells_what_was_tried_before() throws Exception {
        Said said = run("explain", "-c", config(CONFIG), "plain.test");
        assertThat(said.out())
                .contains("plain.test:443 tcp -> direct")
                .contains("c.yaml:10:5")
                .contains("c.yaml:6")
                .contains("c.yaml:7");
    }

    @Test
    void a_list_of_hosts_that_is_not_there_is_told() throws Exception {
        Said said = run(
                "explain",
                "-c",
                config(CONFIG),
                "--file",
                folder.resolve("none").toString());
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("none");
    }

    @Test
    void without_a_config_the_built_in_one_answers() {
        Assumptions.assumeTrue(System.getenv("FENLIU_CONFIG") == null && !Files.exists(Path.of("config.yaml")));
        Said said = run("explain", "--json", "chatgpt.com", "example.org");
        Assumptions.assumeTrue(said.out().contains("default"), "this user has a config of their own");
        assertThat(said.lines().get(0)).contains("\"target\":\"tunnel\",\"path\":[\"tunnel\"]");
        assertThat(said.lines().get(1)).contains("\"target\":\"direct\"");
    }

    @Test
    void the_gateway_needs_an_action_and_a_listener_for_it() throws Exception {
        assertThat(run("gateway").code()).isEqualTo(2);
        assertThat(run("gateway", "sideways").code()).isEqualTo(2);
        Said said = run("gateway", "up", "--dry-run", "-c", config(CONFIG));
        assertThat(said.code()).isEqualTo(3);
        assertThat(said.err()).contains("no listener of type tproxy or redirect");
        assertThat(run("gateway", "up", "--dry-run", "-c", config("rulse: []")).code())
                .isEqualTo(3);
        assertThat(run("gateway", "down", "--dry-run").out()).contains("ip -6 rule del", "delete table inet fenliu");
    }

    @Test
    void a_demo_on_a_port_that_there_is_not_is_wrong_usage() {
        for (String port : List.of("0", "-1", "65536", "http")) {
            Said said = run("demo", "--port", port);
            assertThat(said.code()).as(port).isEqualTo(2);
            assertThat(said.err()).contains("--port", port);
            assertThat(said.out()).isEmpty();
        }
    }
}
