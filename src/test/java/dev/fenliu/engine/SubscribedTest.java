package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.Group;
import dev.fenliu.outbound.Outbound;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubscribedTest {
    private static final String URL = "https://panel.example/sub/hunter2?token=hunter3";
    private static final String CLASH = """
        proxies:
          - {name: "HK 01", type: socks5, server: hk1.example.com, port: 1080}
          - {name: "HK 02 x10", type: socks5, server: hk2.example.com, port: 1080}
          - {name: "JP", type: ss, server: jp.example.com, port: 8388, cipher: aes-128-gcm, password: hunter4}
          - {name: "JP", type: ss, server: jp2.example.com, port: 8388, cipher: rc4-md5, password: hunter4}
          - {name: open, type: socks5, server: open.example.com, port: 1080, tls: true, skip-cert-verify: true}
          - {name: wg 1, type: wireguard, server: w.example.com, port: 51820}
          - {name: wg 2, type: wireguard, server: w.example.com, port: 51820}
          - {name: "Expires 2030", type: socks5, server: 127.0.0.1, port: 1}
        """;
    private static final String GROUP = "groups: {ai: {type: fallback, use: air%s}}\nrules: [{to: ai}]\n";
    private static final String SUBSCRIPTION = "subscriptions: {air: {url: \"" + URL + "\"}}\n";

    private final EventLoopGroup loops = Sockets.loops(1);
    private final Problems problems = new Problems();

    @TempDir
    private Path state;

    private ListCache cache;

    @BeforeEach
    void open() throws IOException {
        cache = new ListCache(state);
        cache.write(URI.create(URL), CLASH.getBytes(StandardCharsets.UTF_8), Optional.empty());
    }

    @AfterEach
    void close() {
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private Assembly assembly(String yaml) {
        Config config = Built.config(yaml);
        return Assembler.assemble(
                config, Kept.fresh(loops, System::nanoTime, state), 1, java.time.Instant.EPOCH, problems);
    }

    private static List<String> members(Assembly assembly, String group) {
        Outbound found =
                Objects.requireNonNull(assembly.generation().outbounds().get(group));
        return ((Group) found).order().stream().map(Outbound::name).toList();
    }

    private String said() {
        return problems.all().stream().map(Problem::toString).collect(Collectors.joining("\n"));
    }

    @Test
    void nodes_are_outbounds_and_members_of_the_groups_that_use_them() {
        Assembly assembly = assembly(SUBSCRIPTION + GROUP.formatted(""));
        assertThat(members(assembly, "ai")).containsExactly("HK_01", "HK_02_x10", "JP");
        assertThat(assembly.generation().outbounds())
                .containsKeys("HK_01", "HK_02_x10", "JP")
                .doesNotContainKeys("open", "JP_2", "wg_1");
        assertThat(assembly.subscribed().reports()).singleElement().satisfies(report -> {
            assertThat(report.source()).isEqualTo("panel.example");
            assertThat(report.nodes()).isEqualTo(3);
            assertThat(report.refused()).isEqualTo(4);
            assertThat(report.notes()).hasSize(1).first().asString().isNotBlank();
            assertThat(report.updated()).isPresent();
        });
    }

    @Test
    void what_cannot_be_used_is_said_with_lines_and_reasons_and_no_secret() {
        assembly(SUBSCRIPTION + GROUP.formatted(""));
        assertThat(said())
                .contains("\"air\": 2 nodes cannot be used: type wireguard is not supported (lines 7-8: wg_1, wg_2)")
                .contains("a node cannot be used: \"method\"")
                .contains("(line 5: JP_2)")
                .contains("a node cannot be used: it asks not to verify the server's certificate (line 6: open)")
                .contains("insecure: [open]")
                .doesNotContain("hunter");
        assertThat(problems.hasErrors()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        , filter: HK            | HK_01, HK_02_x10
        , filter: '(?i)hk 0'    | HK_01, HK_02_x10
        , filter: HK_01         | HK_01
        , exclude: 'x[0-9]+'    | HK_01, JP
        , filter: '^HK', exclude: x10 | HK_01
        , members: [direct], filter: JP | direct, JP
        """)
    void a_group_takes_what_its_filters_let_in(String more, String names) {
        assertThat(members(assembly(SUBSCRIPTION + GROUP.formatted(more)), "ai"))
                .hasToString("[" + names + "]");
    }

    @Test
    void all_means_every_subscription_and_names_are_given_once() throws IOException {
        Files.writeString(state.resolve("own.txt"), "socks5://s.example.com#HK%2001\nsocks5://s.example.com#ai\n");
        Assembly assembly = assembly("""
            subscriptions: {air: {url: "%s"}, own: {file: %s}}
            groups: {ai: {type: fallback, use: all}, two: {type: select, use: [own]}}
            rules: [{to: ai}]
            """.formatted(URL, state.resolve("own.txt")));
        assertThat(members(assembly, "ai")).containsExactly("HK_01", "HK_02_x10", "JP", "HK_01_2", "ai_2");
        assertThat(assembly.config().groups().get("two").members()).containsExactly("HK_01_2", "ai_2");
    }

    @Test
    void an_outbound_of_the_config_takes_the_place_of_the_node_with_its_name() {
        Assembly assembly = assembly("""
            outbounds: {open: {type: socks5, server: "mine.example.com:1080"}}
            """ + SUBSCRIPTION + GROUP.formatted(""));
        assertThat(members(assembly, "ai")).containsExactly("HK_01", "HK_02_x10", "JP", "open");
        assertThat(assembly.config().outbounds().get("open").options().toString())
                .contains("mine.example.com:1080");
        assertThat(said()).doesNotContain("certificate"); // of a node that is not used
    }

    @Test
    void an_outbound_that_goes_through_the_group_is_no_member_of_it() {
        Assembly assembly = assembly("""
            outbounds: {JP: {type: socks5, server: "mine.example.com:1080", via: outer}}
            groups:
              outer: {type: select, members: [ai]}
              ai: {type: fallback, use: air, filter: JP|HK 01}
            rules: [{to: ai}]
            """ + SUBSCRIPTION);
        assertThat(members(assembly, "ai")).containsExactly("HK_01");
        assertThat(said()).contains("goes through that group: it is no member of it");
    }

    @Test
    void without_a_copy_the_group_is_empty_and_refuses() throws IOException {
        Files.delete(cache.file(URI.create(URL)));
        Assembly assembly = assembly(SUBSCRIPTION + GROUP.formatted(""));
        assertThat(members(assembly, "ai")).isEmpty();
        assertThat(new Inquiry(assembly).ask(Questions.about("chatgpt.com")).path())
                .containsExactly("ai");
        assertThat(said())
                .contains("\"air\" has no copy yet: it has no node until it is fetched")
                .contains("group \"ai\" has no member: what is sent to it is refused");
        cache.write(URI.create(URL), "<html>".getBytes(StandardCharsets.UTF_8), Optional.empty());
        assertThat(members(assembly(SUBSCRIPTION + GROUP.formatted("")), "ai")).isEmpty();
        assertThat(said()).contains("has a broken copy (it is a web page, not a list of nodes)");
    }

    @Test
    void only_a_node_that_was_confirmed_goes_unverified_and_that_is_said_each_time() {
        Assembly assembly = assembly("""
            subscriptions: {air: {url: "%s", insecure: [open]}}
            groups: {ai: {type: fallback, use: air}}
            rules: [{to: ai}]
            """.formatted(URL));
        assertThat(members(assembly, "ai")).contains("open");
        Map<String, OutboundPlan<?>> outbounds = assembly.config().outbounds();
        assertThat(outbounds.get("open").options().toString()).contains("insecure=true");
        assertThat(said()).contains("nobody verifies the certificate of open:");
    }

    @Test
    void the_config_itself_has_no_such_key() {
        Problems own = new Problems();
        ConfigReader.read(
                "c.yaml",
                Optional.empty(),
                "outbounds: {x: {type: socks5, server: \"h:1\", tls: true, insecure: true}}",
                Built.PROTOCOLS,
                own);
        assertThat(own.all()).anyMatch(problem -> problem.message().contains("unknown key \"insecure\""));
    }

    @Test
    void a_quota_that_is_used_up_and_an_account_that_has_ended_are_said() throws IOException {
        cache.write(
                URI.create(URL),
                CLASH.getBytes(StandardCharsets.UTF_8),
                Optional.of("\"v1\""),
                Map.of("subscription-userinfo", "upload=1; download=2; total=3; expire=1000000000"));
        Assembly assembly = assembly(SUBSCRIPTION + GROUP.formatted(""));
        assertThat(said()).contains("its quota is used up").contains("it ended at 2001-09-09T01:46:40Z");
        assertThat(assembly.subscribed().reports().get(0).quota().used()).contains(3L);
        assertThat(cache.read(URI.create(URL)).orElseThrow().etag()).contains("\"v1\"");
    }

    @Test
    void of_thousands_of_nodes_none_is_made_before_it_is_wanted() throws IOException {
        String nodes = IntStream.range(0, 5_000)
                .mapToObj(i -> String.format(
                        Locale.ROOT, "{name: n%d, type: socks5, server: h%d.example.com, port: 443, tls: true}", i, i))
                .collect(Collectors.joining("\n  - ", "proxies:\n  - ", "\n"));
        cache.write(URI.create(URL), nodes.getBytes(StandardCharsets.UTF_8), Optional.empty());
        Assembly assembly = assembly(SUBSCRIPTION + GROUP.formatted(""));
        assertThat(members(assembly, "ai")).hasSize(5_000);
        assertThat(assembly.generation().outbounds().get("n4999")).isInstanceOf(LazyOutbound.class);
        assertThat(problems.all()).isEmpty();
        assembly.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        subscriptions: {a: {}}                                   | needs either "url" or "file"
        subscriptions: {a: {url: "https://h/x", file: y}}        | needs either "url" or "file"
        subscriptions: {a: {url: "ftp://h/hunter2"}}             | "url" must be http://… or https://…
        subscriptions: {a: {url: "https://u:hunter2@h/"}}        | without user and password
        subscriptions: {a: {url: "https://h/hunter2", evry: 1h}} | unknown key "evry"
        subscriptions: {a: {url: "https://h/hunter2", via: vps}} | names "vps", which does not exist
        subscriptions: {all: {url: "https://h/hunter2"}}         | means every subscription
        subscriptions: {a: {url: "https://h/hunter2", every: 1s}} | once a minute
        groups: {g: {type: select, use: air}}                    | uses the subscription "air", which does not exist
        groups: {g: {type: select, members: [], filter: x}}      | which is missing
        groups: {g: {type: select, use: all, filter: "["}}       | "filter": "["
        groups: {g: {type: select}}                              | needs the key "members"
        """)
    void what_is_wrong_in_the_config_is_an_error_that_shows_no_address(String yaml, String words) {
        assertThat(ConfigReader.read("c.yaml", Optional.empty(), yaml, Built.PROTOCOLS, problems))
                .isNull();
        assertThat(said()).contains(words).doesNotContain("hunter2");
    }

    @Test
    void a_config_that_others_can_read_may_not_hold_an_address() throws IOException {
        Path file = state.resolve("config.yaml");
        Files.writeString(file, SUBSCRIPTION);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        ConfigReader.read("config.yaml", Optional.of(file), SUBSCRIPTION, Built.PROTOCOLS, problems);
        assertThat(said())
                .contains("a secret stands here")
                .doesNotContain("hunter2")
                .doesNotContain("hunter3");
        Path missing = state.resolve("missing");
        assembly("subscriptions: {own: {file: " + missing + "}}\nrules: [{to: direct}]\n");
        assertThat(said()).contains("subscription \"own\": there is no such file");
    }

    @Test
    void lines_are_told_as_runs() {
        assertThat(NodeWarnings.lines(List.of(3, 5, 6, 7, 9))).isEqualTo("3, 5-7, 9");
        assertThat(NodeWarnings.lines(List.of(1, 1, 1))).isEqualTo("1");
    }

    @Test
    void a_plan_shows_no_address() {
        assertThat(Built.config(SUBSCRIPTION).subscriptions().toString()).doesNotContain("hunter");
    }
}
