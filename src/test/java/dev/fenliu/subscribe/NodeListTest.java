package dev.fenliu.subscribe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeListTest {
    private static String sample(String name) throws IOException {
        try (InputStream in = NodeListTest.class.getResourceAsStream("/subscriptions/" + name)) {
            return new String(Objects.requireNonNull(in).readAllBytes(), UTF_8);
        }
    }

    private static NodeList read(String text) throws NotNodesException {
        return NodeList.read("subscription air", text.getBytes(UTF_8));
    }

    private static List<String> names(NodeList list) {
        return list.nodes().stream().map(Node::name).toList();
    }

    /** What becomes of a node: its mapping, or what is said against it. */
    private static String meaning(NodeList list, String name) {
        Node node = list.nodes().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not in " + names(list)));
        Problems problems = new Problems();
        ConfigNode keys = node.keys(problems);
        return keys == null
                ? problems.all().stream().map(Problem::toString).collect(Collectors.joining("; "))
                : text(keys) + (node.link().insecure() ? " insecure" : "");
    }

    private static String text(ConfigNode node) {
        return switch (node.kind()) {
            case MAPPING ->
                node.entries().stream()
                        .map(entry -> entry.key().text() + "=" + text(entry.value()))
                        .collect(Collectors.joining(" "));
            case SEQUENCE -> "[" + node.items().stream().map(NodeListTest::text).collect(Collectors.joining(",")) + "]";
            default -> node.text();
        };
    }

    private static List<String> bad(NodeList list) {
        return list.bad().stream()
                .map(one -> one.line() + " " + one.name() + ": " + one.reason())
                .toList();
    }

    @Test
    void the_proxies_of_clash_become_nodes_and_its_rules_do_not() throws Exception {
        NodeList list = read(sample("clash.yaml"));
        assertThat(names(list))
                .containsExactly(
                        "🇭🇰_香港_01",
                        "🇭🇰_香港_01_2",
                        "JP_ws_premium",
                        "quick",
                        "merged",
                        "vm",
                        "old_vm",
                        "reality",
                        "obfs",
                        "wg",
                        "web",
                        "hy");
        assertThat(meaning(list, "🇭🇰_香港_01"))
                .isEqualTo("type=shadowsocks server=hk1.example.com:8388 method=aes-256-gcm password=0123");
        assertThat(meaning(list, "🇭🇰_香港_01_2")).endsWith("method=aes-128-gcm password=yes");
        assertThat(meaning(list, "JP_ws_premium"))
                .isEqualTo("type=trojan server=jp.example.com:443 password=p@ss:w/rd sni=cdn.example.com"
                        + " transport=type=ws path=/ray?ed=2048 host=cdn.example.com");
        assertThat(meaning(list, "quick")).endsWith("password=x insecure");
        assertThat(meaning(list, "merged")).isEqualTo("type=trojan server=m.example.com:443 password=0123");
        assertThat(meaning(list, "vm"))
                .isEqualTo("type=vmess server=v.example.com:443 uuid=b831381d-6324-4d53-ad4f-8cda48b30811"
                        + " security=auto tls=true sni=s.example.com transport=type=grpc service-name=svc");
        assertThat(meaning(list, "web"))
                .isEqualTo("type=https server=p.example.com:8443 username=anna password=secret");
        assertThat(meaning(list, "hy"))
                .isEqualTo("type=hysteria2 server=h.example.com:443 password=x obfs-password=y"
                        + " ports=443,5000-6000 hop-interval=15s alpn=[h3]");
        assertThat(meaning(list, "wg")).isEqualTo("type=wireguard server=w.example.com:51820");
    }

    @Test
    void what_cannot_be_done_is_said_at_its_line_and_never_shown() throws Exception {
        NodeList list = read(sample("clash.yaml"));
        assertThat(meaning(list, "old_vm")).endsWith(" alter-id=64"); // which its type refuses
        assertThat(meaning(list, "reality"))
                .isEqualTo("subscription air:20:1: error: it asks for REALITY, which is not supported");
        assertThat(meaning(list, "obfs")).contains("plugins are not supported");
        assertThat(bad(list))
                .containsExactly(
                        "24 no_port: it has no server and port",
                        "25 bad_port: its server or port is malformed",
                        "27 far: it goes through another node (dialer-proxy), which is not supported",
                        "30 : it has no type");
        assertThat(list.notes()).containsExactly("剩余流量：98.2 GB", "Expires 2030-01-01");
    }

    @Test
    void sing_box_lists_nodes_among_other_outbounds() throws Exception {
        NodeList list = read(sample("sing-box.json"));
        assertThat(names(list)).containsExactly("ss", "tr", "vl", "hy", "so", "na", "web");
        assertThat(meaning(list, "ss")).endsWith("password=x/y");
        assertThat(meaning(list, "tr"))
                .isEqualTo("type=trojan server=[2001:db8::1]:443 password=你 sni=t.example.com alpn=[h2,http/1.1]"
                        + " transport=type=ws path=/x host=w.example.com insecure");
        assertThat(meaning(list, "vl"))
                .isEqualTo("type=vless server=v.example.com:443 uuid=b831381d-6324-4d53-ad4f-8cda48b30811"
                        + " transport=type=grpc service-name=svc");
        assertThat(meaning(list, "hy")).endsWith("password=x obfs-password=y");
        assertThat(meaning(list, "so")).isEqualTo("type=socks5 server=o.example.com:1080 username=anna password=x");
        assertThat(meaning(list, "na"))
                .isEqualTo("type=https2 server=n.example.com:443 username=anna password=x sni=s.example.com");
        assertThat(meaning(list, "web")).isEqualTo("type=https server=p.example.com:443");
        assertThat(bad(list)).containsExactly("11 far: it goes through another node (detour), which is not supported");
    }

    @Test
    void xray_lists_them_likewise() throws Exception {
        NodeList list = read(sample("xray.json"));
        assertThat(meaning(list, "vl"))
                .isEqualTo("type=vless server=v.example.com:443 uuid=b831381d-6324-4d53-ad4f-8cda48b30811"
                        + " sni=s.example.com transport=type=ws path=/x host=w.example.com");
        assertThat(meaning(list, "ss"))
                .isEqualTo("type=shadowsocks server=s.example.com:8388 method=aes-256-gcm password=x");
        assertThat(meaning(list, "so")).isEqualTo("type=socks5 server=o.example.com:1080 username=anna password=x");
        assertThat(list.nodes()).hasSize(3);
    }

    @Test
    void sip008_lists_servers_of_shadowsocks() throws Exception {
        NodeList list = read(sample("sip008.json"));
        assertThat(list.quota().used()).contains(256L << 30);
        assertThat(list.quota().total()).contains(1024L << 30);
        assertThat(meaning(list, "one"))
                .isEqualTo("type=shadowsocks server=one.example.com:8388 method=chacha20-ietf-poly1305 password=first");
        assertThat(meaning(list, "two")).contains("plugins are not supported");
        assertThat(names(read("[{\"server\": \"a.example.com\", \"server_port\": 1234, \"method\": \"aes-128-gcm\","
                        + " \"password\": \"x\"}]")))
                .containsExactly("a.example.com:1234");
    }

    @Test
    void share_links_stand_one_a_line_among_comments() throws Exception {
        NodeList list = read(sample("links.txt"));
        assertThat(names(list)).containsExactly("🇭🇰_HK", "T_name", "T_name_2", "s.example.com:1080", "naive");
        assertThat(meaning(list, "T_name"))
                .isEqualTo("type=trojan server=t.example.com:443 password=pw sni=s.example.com");
        assertThat(meaning(list, "T_name_2")).endsWith(" insecure");
        assertThat(bad(list))
                .containsExactly(
                        "8 : type ssr is not supported",
                        "9 : the vmess link is not a JSON object in Base64",
                        "10 : the link's server is malformed (expected: host:port, with IPv6 in brackets)",
                        "12 : this is not a share link: the scheme is missing");
        assertThat(list.notes()).hasSize(2).last().isEqualTo("Remaining: 12 GB");
        assertThat(list.nodes().get(3).line()).isEqualTo(13);
    }

    @Test
    void base64_may_be_of_either_alphabet_padded_wrapped_and_marked() throws Exception {
        String text = sample("links.txt") + "trojan://pw@x.example.com:443#~~??>>.\n"; // has + and / in Base64
        NodeList plain = read(text);
        byte[] bytes = text.getBytes(UTF_8);
        String standard = Base64.getEncoder().encodeToString(bytes);
        assertThat(standard).contains("/").endsWith("=");
        for (String encoded : List.of(
                standard,
                standard.replace("=", ""),
                Base64.getUrlEncoder().encodeToString(bytes),
                Base64.getUrlEncoder().withoutPadding().encodeToString(bytes),
                Base64.getMimeEncoder().encodeToString(bytes),
                "\ufeff" + standard + "\r\n",
                Base64.getEncoder().encodeToString(("\ufeff" + text.replace("\n", "\r\n")).getBytes(UTF_8)))) {
            NodeList list = read(encoded);
            assertThat(names(list)).isEqualTo(names(plain));
            assertThat(bad(list)).isEqualTo(bad(plain));
        }
        String clash = Base64.getEncoder().encodeToString(sample("clash.yaml").getBytes(UTF_8));
        assertThat(read(clash).nodes()).hasSize(12);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        ''                                              | it is empty
        '  '                                            | it is empty
        <!DOCTYPE html><html>log in</html>              | it is a web page
        <html>proxies: x</html>                         | it is a web page
        hello                                           | it is no list of nodes
        {"error": "token is wrong"}                     | it is no list of nodes
        {"outbounds": []}                               | there is no node in it
        {"outbounds": [                                 | it is not JSON
        proxies: []                                     | there is no node in it
        'proxies: [{name: !!java.io.File x}]'           | it is not YAML
        IyBub3RoaW5n                                    | it is no list of nodes
        # nothing                                       | it is no list of nodes
        """)
    void what_is_no_list_is_refused_in_words(String text, String words) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(NotNodesException.class)
                .hasMessageContaining(words);
    }

    @Test
    void a_node_cannot_make_us_read_our_own_files() throws Exception {
        NodeList list = read("""
            proxies:
              - {name: a, type: trojan, server: a.example.com, port: 443, password: "${file:/etc/passwd}",
                 ca: /etc/passwd, client-certificate: /etc/passwd, via: x}
              - {name: b, type: direct, server: b.example.com, port: 443, interface: wg0}
            """);
        assertThat(meaning(list, "a")).contains("error").contains("${…}");
        assertThat(meaning(list, "b")).isEqualTo("type=direct server=b.example.com:443");
    }

    @ParameterizedTest
    @ValueSource(strings = {"proxies:\n", "{\"outbounds\": ", "[", "ss://", "dHJvamFuOi8v", "proxies: [[[[[["})
    void garbage_is_refused_or_read_but_never_crashes(String start) {
        for (String more :
                List.of("", "[".repeat(5_000), "{".repeat(100), "\u0000", "&a [*a]", "\ud83d", "x: ".repeat(50))) {
            try {
                read(start + more);
            } catch (NotNodesException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }

    @Test
    void aliases_that_multiply_are_refused() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 9; i++) {
            bomb.append("a").append(i).append(": &a").append(i).append(" [");
            bomb.append(("*a" + (i - 1) + ", ").repeat(10)).append("x]\n");
        }
        assertThatThrownBy(() -> read(bomb + "proxies: *a8\n"))
                .isInstanceOf(NotNodesException.class)
                .hasMessageContaining("it is not YAML");
    }

    @Test
    @Timeout(30)
    void a_list_may_be_long_but_not_endless() throws Exception {
        String lines = IntStream.range(0, NodeList.MAX_NODES + 5)
                .mapToObj(i -> "trojan://pw" + i + "@h" + i + ".example.com:443#n" + i % 7)
                .collect(Collectors.joining("\n"));
        NodeList list = read(lines);
        assertThat(list.nodes()).hasSize(NodeList.MAX_NODES);
        assertThat(names(list)).doesNotHaveDuplicates();
        assertThat(bad(list)).containsExactly("20001 : there are more than 20000 nodes; the rest is not read");
        String clash = IntStream.range(0, 5_000)
                .mapToObj(i -> String.format(
                        Locale.ROOT,
                        "  - {name: \"HK %d\", type: trojan, server: h%d.example.com, port: 443, password: pw%d}\n",
                        i,
                        i,
                        i))
                .collect(Collectors.joining("", "proxies:\n", ""));
        assertThat(read(clash).nodes()).hasSize(5_000);
        NodeList twins = read("trojan://pw@h.example.com:443#same\n".repeat(NodeList.MAX_NODES));
        assertThat(names(twins))
                .doesNotHaveDuplicates()
                .contains("same", "same_2")
                .endsWith("same_20000");
        assertThatThrownBy(() -> read("proxies: []\n" + "#\n".repeat(3 << 20)))
                .isInstanceOf(NotNodesException.class)
                .hasMessageContaining("larger than 4 MiB");
        assertThatThrownBy(() -> NodeList.read("x", new byte[NodeList.MAX_BYTES + 1]))
                .isInstanceOf(NotNodesException.class)
                .hasMessageContaining("larger than 8 MiB");
    }

    @ParameterizedTest
    @CsvSource({
        "'HK 01', HK_01",
        "'  a , b / c  ', a_b_c",
        "'👨‍👩‍👧', 👨👩👧",
        "'\u202eevil\u0007', evil",
        "'\u200b', node",
    })
    void titles_become_names(String title, String name) {
        assertThat(NodeNames.plain(title)).isEqualTo(name);
        assertThat(NodeNames.plain(title.repeat(100)).length()).isLessThanOrEqualTo(116);
    }
}
