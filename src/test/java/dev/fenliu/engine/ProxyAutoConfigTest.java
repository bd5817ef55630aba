package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.fenliu.e2e.Programs;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Device;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Mac;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Sockets;
import dev.fenliu.route.Decision;
import dev.fenliu.route.Question;
import dev.fenliu.route.Verdict;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the script says, by a JavaScript engine. */
class ProxyAutoConfigTest {
    private static final EventLoopGroup LOOPS = Sockets.loops(1);
    private static final Destination PROXY = Destination.parse("192.168.1.1:7890");
    private static final String OURS = "PROXY 192.168.1.1:7890";
    private static final String RUN = """
            var cases = JSON.parse(require("fs").readFileSync(process.argv[2], "utf8"));
            console.log(JSON.stringify(cases.map(function (one) {
              var find = new Function(one.script + "; return FindProxyForURL;")();
              return one.hosts.map(function (host) { return find("http://" + host + "/", host); });
            })));
            """;
    private static final List<String> LABELS =
            List.of("a", "b", "ab", "www", "a-b", "__proto__", "constructor", "tostring", "x_y");

    @TempDir
    Path folder;

    private final Random random = new Random(11);
    private String node;

    @BeforeEach
    void find() {
        node = Programs.require("node");
    }

    @AfterAll
    static void end() {
        LOOPS.shutdownGracefully();
    }

    private List<List<String>> answers(List<String> scripts, List<List<String>> hosts) throws Exception {
        JsonArray cases = new JsonArray();
        for (int i = 0; i < scripts.size(); i++) {
            JsonObject one = new JsonObject();
            one.addProperty("script", scripts.get(i));
            one.add("hosts", new Gson().toJsonTree(hosts.get(i)));
            cases.add(one);
        }
        Path file = Files.writeString(folder.resolve("cases.json"), cases.toString());
        Path program = Files.writeString(folder.resolve("run.js"), RUN);
        String out = Programs.output(node, program.toString(), file.toString());
        List<List<String>> all = new ArrayList<>();
        JsonParser.parseString(out).getAsJsonArray().forEach(list -> {
            List<String> one = new ArrayList<>();
            list.getAsJsonArray().forEach(text -> one.add(text.getAsString()));
            all.add(one);
        });
        return all;
    }

    private static Assembly assembly(String rules) {
        return Built.assembly("""
                listeners:
                  - {type: mixed, name: in, listen: "127.0.0.1:0", users: {anna: x}}
                outbounds: {far: {type: socks5, server: "127.0.0.1:9"}, wg: {type: direct, interface: wg0}, too: {type: direct}}
                groups: {open: {type: fallback, members: [far, direct]}}
                dhcp-leases: /nonexistent
                rule-sets:
                  names: {entries: [a.ab, +.b.www, www.a]}
                  mixture: {entries: [b.ab, "DOMAIN-KEYWORD,x_y"]}
                  gone: {url: "http://lists.example/none"}
                rules:
                """ + rules, Kept.fresh(LOOPS, () -> 0, Path.of("none")));
    }

    private List<String> direct(String rules, String... hosts) throws Exception {
        ProxyAutoConfig config = assembly(rules).generation().autoConfig();
        List<String> found = new ArrayList<>();
        List<String> answers = answers(List.of(config.script(PROXY, true)), List.of(List.of(hosts)))
                .get(0);
        for (int i = 0; i < hosts.length; i++) {
            assertThat(answers.get(i)).isIn(OURS, OURS + "; DIRECT", "DIRECT");
            if (!answers.get(i).equals(OURS)) {
                found.add(hosts[i]);
            }
        }
        return found;
    }

    @Test
    void everything_goes_to_us_but_what_is_the_browsers_own_machine() throws Exception {
        ProxyAutoConfig config = assembly("  - {to: direct}").generation().autoConfig();
        List<String> hosts = List.of(
                "a.example",
                "nas",
                "192.168.1.5",
                "127.evil.example",
                "localhost.example",
                "[::2]",
                "localhost",
                "LOCALHOST.",
                "app.localhost",
                "127.0.0.1",
                "127.8.9.1",
                "[::1]",
                "::1");
        assertThat(answers(List.of(config.script(PROXY, false)), List.of(hosts)).get(0))
                .containsExactly(
                        OURS, OURS, OURS, OURS, OURS, OURS, "DIRECT", "DIRECT", "DIRECT", "DIRECT", "DIRECT", "DIRECT",
                        "DIRECT");
        Destination six = Destination.parse("[fd00::1]:7890");
        assertThat(answers(List.of(config.script(six, false)), List.of(List.of("a.example")))
                        .get(0))
                .containsExactly("PROXY [fd00::1]:7890");
    }

    @Test
    void without_the_wish_no_name_is_told() {
        String rules = "  - {domain-suffix: secret.example, to: far}\n  - {to: direct}";
        ProxyAutoConfig config = assembly(rules).generation().autoConfig();
        assertThat(config.script(PROXY, false)).doesNotContain("secret", "DIRECT\";\n}");
        assertThat(config.script(PROXY, true)).contains("secret.example");
        for (String local : List.of("[fd00::1]:1", "wpad:80", "localhost:1", "wpad.lan:80", "box.home.arpa:80")) {
            assertThat(config.script(Destination.parse(local), true)).contains("secret.example");
        }
        for (String led : List.of("evil.example:1", "lan.example:1", "a.b.lan:1", "localhost.example:1")) {
            assertThat(config.script(Destination.parse(led), true))
                    .isEqualTo(config.script(Destination.parse(led), false));
        }
    }

    @Test
    void only_names_that_go_direct_by_their_names_alone_may_go_direct_without_us() throws Exception {
        String rules = """
                  - {rule-set: names, to: far}
                  - {domain: a.example, to: direct}
                  - {domain-suffix: a.example, to: far}
                  - {all: [{domain-suffix: p.example}, {port: 443}], to: far}
                  - {source: 10.0.0.0/8, to: direct}
                  - {ip-cidr: 192.0.2.0/24, to: far}
                  - {domain-suffix: g.example, to: open}
                  - {domain-suffix: w.example, to: wg}
                  - {domain-suffix: t.example, to: too}
                  - {to: direct}
                """;
        assertThat(direct(
                        rules,
                        "a.example",
                        "A.Example.",
                        "b.a.example",
                        "p.example",
                        "x.p.example",
                        "g.example",
                        "w.example",
                        "t.example",
                        "other.example",
                        "a.ab",
                        "x.b.www",
                        "b.www",
                        "www.a",
                        "x.www.a",
                        "192.0.2.1",
                        "198.51.100.1",
                        "[2001:db8::1]",
                        "1.2",
                        "0x7f.1",
                        "a..b",
                        "bad host",
                        "ä.example",
                        "a\"b",
                        "constructor",
                        "__proto__"))
                .containsExactly(
                        "a.example", "A.Example.", "t.example", "other.example", "x.www.a", "constructor", "__proto__");
    }

    @Test
    void behind_a_rule_that_may_hold_for_any_name_none_may_go_direct_without_us() throws Exception {
        for (String rule : List.of(
                "domain-keyword: x",
                "domain-wildcard: \"*.x\"",
                "domain-regex: x",
                "rule-set: mixture",
                "rule-set: gone",
                "port: 443",
                "network: udp",
                "source: 10.0.0.0/8",
                "user: anna",
                "source-hostname: tv",
                "not: {domain: x.example}",
                "resolve: true, ip-cidr: 192.0.2.0/24",
                "any: [{domain: x.example}, {port: 1}]",
                "all: [{port: 1}, {network: udp}]")) {
            String rules = "  - {domain: a.example, to: direct}\n  - {" + rule + ", to: far}\n  - {to: direct}";
            assertThat(direct(rules, "a.example", "b.example")).as(rule).containsExactly("a.example");
        }
        String known = """
                  - "IP-CIDR,10.0.0.0/8,direct"
                  - "IP-CIDR,192.0.2.0/24,far,no-resolve"
                  - {to: direct}
                """;
        assertThat(direct(known, "b.example")).isEmpty();
    }

    @Test
    void the_script_is_bounded() {
        StringBuilder rules = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
            rules.append("  - {domain: n").append(i).append(".example, to: direct}\n");
        }
        String script =
                assembly(rules + "  - {to: direct}").generation().autoConfig().script(PROXY, true);
        assertThat(script).contains("n3999.example").doesNotContain("n4000.example");
        String label = "x".repeat(60);
        StringBuilder longOnes = new StringBuilder();
        for (int i = 0; i < 1_000; i++) {
            longOnes.append("  - {domain: n%d.%s.%s.%s, to: direct}\n".formatted(i, label, label, label));
        }
        assertThat(assembly(longOnes + "  - {to: direct}")
                        .generation()
                        .autoConfig()
                        .script(PROXY, true))
                .hasSizeBetween(100_000, 200_000);
    }

    @Test
    void no_host_that_may_go_another_way_has_a_direct_fallback() throws Exception {
        List<Assembly> assemblies = new ArrayList<>();
        List<List<String>> hosts = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            StringBuilder rules = new StringBuilder();
            for (int n = 1 + random.nextInt(6); n > 0; n--) {
                rules.append("  - {")
                        .append(condition(2))
                        .append(", to: ")
                        .append(target())
                        .append("}\n");
            }
            assemblies.add(assembly(rules + "  - {to: " + target() + "}\n"));
            hosts.add(IntStream.range(0, 60).mapToObj(n -> name()).toList());
        }
        List<String> scripts = assemblies.stream()
                .map(one -> one.generation().autoConfig().script(PROXY, true))
                .toList();
        List<List<String>> answers = answers(scripts, hosts);
        int direct = 0;
        for (int i = 0; i < assemblies.size(); i++) {
            for (int n = 0; n < answers.get(i).size(); n++) {
                if (!answers.get(i).get(n).equals(OURS)) {
                    direct++;
                    for (int variant = 0; variant < 40; variant++) {
                        Decision decision =
                                decide(assemblies.get(i), hosts.get(i).get(n));
                        assertThat(decision instanceof Decision.Via via ? via.outbound() : "block")
                                .as("%s by\n%s", hosts.get(i).get(n), scripts.get(i))
                                .isIn("direct", "too");
                    }
                }
            }
        }
        assertThat(direct).isGreaterThan(500);
    }

    private <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private String name() {
        StringBuilder name = new StringBuilder(one(LABELS));
        for (int n = random.nextInt(3); n > 0; n--) {
            name.append('.').append(one(LABELS));
        }
        return name.toString();
    }

    private String target() {
        return one(List.of("direct", "direct", "direct", "too", "far", "open", "wg", "block"));
    }

    private String condition(int depth) {
        if (depth > 0 && random.nextInt(4) == 0) {
            String inner = "{" + condition(depth - 1) + "}";
            return switch (random.nextInt(3)) {
                case 0 -> "all: [" + inner + ", {" + condition(depth - 1) + "}]";
                case 1 -> "any: [" + inner + ", {" + condition(depth - 1) + "}]";
                default -> "not: " + inner;
            };
        }
        return switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4 -> "domain: [" + name() + ", " + name() + "]";
            case 5, 6, 7, 8, 9 -> "domain-suffix: [" + name() + ", " + name() + "]";
            case 10, 11 -> "rule-set: " + one(List.of("names", "names", "mixture", "gone"));
            case 12 -> "domain-keyword: " + one(List.of("ab", "x_", "proto"));
            case 13, 14 -> "ip-cidr: 192.0.2.0/24" + (random.nextInt(4) == 0 ? ", resolve: true" : "");
            case 15 -> "port: 443";
            case 16 -> "source: 10.0.0.0/8";
            case 17 -> one(List.of("network: udp", "user: anna", "process: curl", "listener: in"));
            case 18 -> one(List.of("source-hostname: tv", "source-mac: \"02:00:00:00:00:0a\""));
            default -> "protocol: tls";
        };
    }

    /** What the rules say of a flow to that name, of which all else is random. */
    private Decision decide(Assembly assembly, String name) {
        Flow flow = new Flow(
                0,
                one(List.of(Transport.TCP, Transport.UDP)),
                one(List.of("in", "")),
                new InetSocketAddress(Addresses.parse(one(List.of("10.0.0.1", "127.0.0.1"))), 1),
                new Destination(Host.parse(name), one(List.of(80, 443))),
                one(List.of(Optional.empty(), Optional.of("anna"))));
        Question question =
                Question.of(flow).sniffed(Optional.empty(), one(List.of(Optional.empty(), Optional.of("tls"))));
        Verdict verdict = assembly.router().match(question);
        while (verdict instanceof Verdict.Needs needs) {
            question = switch (needs.what()) {
                case PROCESS -> question.process(one(List.of("", "curl")), needs.rule());
                case ADDRESSES ->
                    question.resolved(one(List.of(List.of(), List.of(Addresses.parse("192.0.2.1")))), needs.rule());
                case DEVICE ->
                    question.device(
                            one(List.of(
                                    Device.HERE,
                                    Device.UNKNOWN,
                                    new Device(Optional.of(Mac.parse("02:00:00:00:00:0a")), Optional.of("tv"), true))),
                            needs.rule());
            };
            verdict = assembly.router().match(question);
        }
        return (Decision) verdict;
    }
}
