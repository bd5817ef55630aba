package dev.fenliu.outbound;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.YamlReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LinkWriterTest {
    /** Of the vectors: what no outbound of ours can be (plugins, REALITY, xhttp, an old VMess), or has no link that we write. */
    private static final Set<String> OTHERS =
            Set.of("002", "004", "005", "010", "017", "018", "020", "021", "025", "033", "034");

    private static ConfigNode yaml(String text) {
        return Objects.requireNonNull(YamlReader.read("c.yaml", Path.of("."), text, new Problems()));
    }

    static Stream<String> links() throws IOException {
        try (InputStream in = LinkWriterTest.class.getResourceAsStream("/uri-vectors.tsv")) {
            List<String> links = new String(Objects.requireNonNull(in).readAllBytes(), UTF_8)
                    .lines()
                    .map(line -> line.split("\t", -1))
                    .filter(cells -> cells.length > 2 && cells[1].equals("valid") && !OTHERS.contains(cells[0]))
                    .map(cells -> cells[2])
                    .toList();
            return links.stream();
        }
    }

    private static String text(ConfigNode node) {
        return switch (node.kind()) {
            case MAPPING ->
                node.entries().stream()
                        .map(entry -> entry.key().text() + ": " + text(entry.value()))
                        .collect(Collectors.joining(", ", "{", "}"));
            case SEQUENCE ->
                node.items().stream().map(LinkWriterTest::text).collect(Collectors.joining(", ", "[", "]"));
            default -> node.text();
        };
    }

    private static String problems(Problems problems) {
        return problems.all().stream().map(Problem::message).collect(Collectors.joining("\n"));
    }

    @ParameterizedTest
    @MethodSource("links")
    void a_link_that_became_an_outbound_becomes_a_link_that_says_the_same(String link) {
        ShareLink read = ShareLink.parse(link);
        Problems problems = new Problems();
        ConfigNode keys = Objects.requireNonNull(read.keys(yaml("x"), problems));
        String written = Objects.requireNonNull(LinkWriter.write(read.name(), keys, problems), problems(problems));
        ShareLink again = ShareLink.parse(written);
        assertThat(again.name()).isEqualTo(read.name());
        assertThat(text(Objects.requireNonNull(again.keys(yaml("x"), problems))))
                .isEqualTo(text(keys));
        assertThat(LinkWriter.write(again.name(), keys, problems)).isEqualTo(written);
        assertThat(written).matches("[!-~]+");
    }

    @Test
    void most_of_the_vectors_are_written() throws IOException {
        assertThat(links()).hasSize(21);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {type: shadowsocks, server: "[2001:db8::1]:8388", method: aes-256-gcm, password: "p@ss:w/rd"} | ss://YWVzLTI1Ni1nY206cEBzczp3L3Jk@[2001:db8::1]:8388#my%20vps
        {type: shadowsocks, server: "h:1", method: 2022-blake3-aes-128-gcm, password: "a+/="} | ss://2022-blake3-aes-128-gcm:a%2B%2F%3D@h:1#my%20vps
        {type: trojan, server: "h:1", password: "ü", sni: s, alpn: [h2, http/1.1]} | trojan://%C3%BC@h:1?sni=s&alpn=h2%2Chttp%2F1.1#my%20vps
        {type: vless, server: "h:1", uuid: u, transport: {type: h2, path: /x, host: [w, v]}} | vless://u@h:1?encryption=none&security=tls&type=http&path=%2Fx&host=w%2Cv#my%20vps
        {type: hysteria2, server: "h:1", password: "a:b", obfs-password: x, insecure: true} | hysteria2://a%3Ab@h:1?obfs=salamander&obfs-password=x&insecure=1#my%20vps
        {type: hysteria2, server: "h:1", password: x, ports: "2,5-9"} | hysteria2://x@h:1?mport=2%2C5-9#my%20vps
        {type: socks5, server: "h:1"} | socks5://h:1#my%20vps
        {type: https, server: "h:1", username: "a b", password: x} | https://a%20b:x@h:1#my%20vps
        {type: https2, server: "h:1", username: "a b", password: x} | https2://a%20b:x@h:1#my%20vps
        """)
    void each_type_has_its_form(String keys, String link) {
        Problems problems = new Problems();
        assertThat(LinkWriter.write("my vps", yaml(keys), problems))
                .as(problems(problems))
                .isEqualTo(link);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {type: direct, interface: wg0} | there is no share link for outbounds of type direct
        {type: ssh, server: "h:1", username: x} | there is no share link for outbounds of type ssh
        {type: trojan, server: "h:1", password: hunter2, via: vps} | a share link of type trojan cannot say "via"
        {type: trojan, server: "h:1", password: hunter2, client-certificate: c.pem} | cannot say "client-certificate"
        {type: trojan, server: "h:1", password: hunter2, pin: x} | cannot say "pin"
        {type: socks5, server: "h:1", tls: true} | a share link of type socks5 cannot say "tls"
        {type: vless, server: "h:1", uuid: x, transport: {type: ws, early-data: 2048}} | cannot say "early-data" of a transport
        {type: trojan, server: "h:1", password: "${env:FENLIU_IS_NOT_THERE}"} | the environment has no variable
        """)
    void what_a_link_has_no_word_for_is_refused_in_words(String keys, String words) {
        Problems problems = new Problems();
        assertThat(LinkWriter.write("x", yaml(keys), problems)).isNull();
        assertThat(problems(problems)).contains(words).doesNotContain("hunter2");
    }
}
