package dev.fenliu.outbound;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.YamlReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShareLinkTest {
    /** A line of the vectors: {@code valid}, {@code invalid} or {@code tolerate}. */
    private record Vector(String id, String kind, String link, JsonElement expected) {
        @Override
        public String toString() {
            return id + " " + kind;
        }
    }

    private static final Map<String, String> OUR_NAMES = Map.of(
            "plugin_opts", "plugin-opts",
            "serviceName", "service-name",
            "alterId", "alter-id",
            "obfs_password", "obfs-password",
            "pin", "pin-sha256",
            "udp_relay_mode", "udp-relay-mode");

    private static List<Vector> vectors() throws IOException {
        try (InputStream in = ShareLinkTest.class.getResourceAsStream("/uri-vectors.tsv")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#") && !line.startsWith("id\t"))
                    .map(line -> line.split("\t", -1))
                    .map(cells -> new Vector(cells[0], cells[1], cells[2], JsonParser.parseString(cells[3])))
                    .toList();
        }
    }

    private static Stream<Vector> of(String kind) throws IOException {
        return vectors().stream().filter(vector -> vector.kind.equals(kind));
    }

    static Stream<Vector> valid() throws IOException {
        return of("valid");
    }

    static Stream<Vector> invalid() throws IOException {
        return of("invalid");
    }

    static Stream<Vector> tolerate() throws IOException {
        return of("tolerate");
    }

    @Test
    void there_are_42_vectors() throws IOException {
        assertThat(vectors()).hasSize(42);
        assertThat(valid()).hasSize(32);
    }

    @Test
    void a_link_may_name_thousands_of_ports() {
        String ports = "443" + ",5000-6000".repeat(1600);
        assertThat(ShareLink.parse("hysteria2://x@a.example:" + ports + "/").fields())
                .containsEntry("ports", ports);
    }

    @ParameterizedTest
    @MethodSource("valid")
    void a_valid_link_says_what_is_expected(Vector vector) {
        ShareLink link = ShareLink.parse(vector.link);
        JsonObject expected = vector.expected.getAsJsonObject();
        for (Map.Entry<String, JsonElement> entry : expected.entrySet()) {
            String value = entry.getValue() instanceof JsonArray array
                    ? String.join(
                            ",",
                            array.asList().stream()
                                    .map(JsonElement::getAsString)
                                    .toList())
                    : entry.getValue().getAsString();
            switch (entry.getKey()) {
                case "type" -> assertThat(link.type()).isEqualTo(type(value, expected.has("security")));
                case "name" -> assertThat(link.name()).isEqualTo(value);
                case "server" -> assertThat(link.server().host()).hasToString(value);
                case "port" -> assertThat(link.server().port()).hasToString(value);
                default -> {
                    if (!link.type().equals("https") || !entry.getKey().equals("security")) {
                        assertThat(link.fields())
                                .containsEntry(OUR_NAMES.getOrDefault(entry.getKey(), entry.getKey()), value);
                    }
                }
            }
        }
    }

    private static String type(String type, boolean tls) {
        return switch (type) {
            case "ss" -> "shadowsocks";
            case "http" -> tls ? "https" : "http";
            default -> type;
        };
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void an_invalid_link_is_refused(Vector vector) {
        assertThatThrownBy(() -> ShareLink.parse(vector.link)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @MethodSource("tolerate")
    void a_link_of_another_kind_is_refused_with_the_kinds_that_are_known(Vector vector) {
        assertThatThrownBy(() -> ShareLink.parse(vector.link))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("known: ss, trojan");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "trojan://hunter2/x@host:99999",
                "trojan://hunter2",
                "trojan://hunter2@",
                "trojan://hunter2@:443",
                "trojan://a@b@hunter2..x:443",
                "trojan://x@hunter2:hunter2",
                "ss://hunter2",
                "ss://hunter2@host:1",
                "ss://aes-128-gcm:hunter2@ho st:1",
                "ss://aes-128-gcm:hunter2@host",
                "vless://hunter2@host",
                "vmess://hunter2",
                "hysteria2://hunter2@host:1-x",
                "tuic://hunter2@host:1",
                "socks5://anna:hunter2@[::1:1080",
                "hunter2://x",
                "hunter2",
                "://hunter2",
            })
    void no_message_holds_what_may_be_a_secret(String link) {
        Throwable refusal = catchThrowable(() -> ShareLink.parse(link));
        assertThat(refusal).isInstanceOf(IllegalArgumentException.class);
        for (Throwable t = refusal; t != null; t = t.getCause()) {
            assertThat(t.getMessage()).doesNotContain("hunter2");
        }
    }

    @Test
    void neither_does_its_text() {
        assertThat(ShareLink.parse("trojan://hunter2@host:443#x")).hasToString("trojan host:443");
    }

    @Test
    void cut_and_garbled_links_are_read_or_refused_but_never_crash() throws IOException {
        Random random = new Random(3);
        for (Vector vector : vectors()) {
            for (int i = 0; i <= vector.link.length(); i++) {
                attempt(vector.link.substring(0, i));
                StringBuilder garbled = new StringBuilder(vector.link);
                if (i < garbled.length()) {
                    garbled.setCharAt(i, "%:@/?#[]\u00e9,-={ ".charAt(random.nextInt(14)));
                }
                attempt(garbled.toString());
            }
        }
        String deep = "[".repeat(9000);
        attempt("vmess://" + Base64.getEncoder().encodeToString(deep.getBytes(UTF_8)));
        attempt("ss://" + "a".repeat(20_000));
    }

    private static void attempt(String link) {
        try {
            ShareLink.parse(link).warnings();
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    private final Problems problems = new Problems();

    private String mapping(String link) {
        ConfigNode root = YamlReader.read("c.yaml", Path.of("."), "outbounds:\n  x: \"" + link + "\"\n", problems);
        ConfigNode scalar = Objects.requireNonNull(Objects.requireNonNull(root).get("outbounds"))
                .get("x");
        ConfigNode node = ShareLink.toNode(Objects.requireNonNull(scalar), problems);
        if (node == null) {
            return "";
        }
        assertThat(node.position()).isEqualTo(scalar.position());
        assertThat(node.folder()).isEqualTo(scalar.folder());
        assertThat(Objects.requireNonNull(node.excerpt()).text()).doesNotContain("hunter2");
        return text(node);
    }

    private static String text(ConfigNode node) {
        List<String> parts = new ArrayList<>();
        node.entries().forEach(entry -> parts.add(entry.key().text() + ": " + text(entry.value())));
        node.items().forEach(item -> parts.add(text(item)));
        return switch (node.kind()) {
            case MAPPING -> "{" + String.join(", ", parts) + "}";
            case SEQUENCE -> "[" + String.join(", ", parts) + "]";
            default -> node.text();
        };
    }

    @Test
    void a_link_becomes_the_mapping_that_its_type_reads() {
        assertThat(mapping("ss://YWVzLTI1Ni1nY206c2VjcmV0@198.51.100.7:8388#x"))
                .isEqualTo("{type: shadowsocks, server: 198.51.100.7:8388, method: aes-256-gcm, password: secret}");
        assertThat(mapping("trojan://p%40ss@t.example?sni=s.example&alpn=h2,http/1.1"))
                .isEqualTo(
                        "{type: trojan, server: t.example:443, password: p@ss, sni: s.example, alpn: [h2, http/1.1]}");
        assertThat(mapping("trojan://pw@[2001:db8::1]:8443?type=ws&host=w.example&path=%2Fws"))
                .isEqualTo("{type: trojan, server: [2001:db8::1]:8443, password: pw,"
                        + " transport: {type: ws, path: /ws, host: w.example}}");
        assertThat(mapping("socks5://anna:s3cret@s.example:1080"))
                .isEqualTo("{type: socks5, server: s.example:1080, username: anna, password: s3cret}");
        assertThat(mapping("socks5://127.0.0.1")).isEqualTo("{type: socks5, server: 127.0.0.1:1080}");
        assertThat(mapping("https://anna:x@p.example/"))
                .isEqualTo("{type: https, server: p.example:443, username: anna, password: x}");
        assertThat(mapping("vless://b831381d-6324-4d53-ad4f-8cda48b30811@v.example:443?security=tls"))
                .startsWith("{type: vless, server: v.example:443, uuid: ");
        assertThat(problems.all()).isEmpty();
    }

    @Test
    void a_link_of_hysteria2_brings_its_pin_and_its_obfuscation() {
        String pin = "a".repeat(64);
        assertThat(mapping("hysteria2://anna:x@h.example:443,5000-6000/?obfs=salamander&obfs-password=gawrgura"
                        + "&pinSHA256=" + pin + "&sni=s.example"))
                .isEqualTo("{type: hysteria2, server: h.example:443, password: anna:x, obfs-password: gawrgura, pin: "
                        + pin + ", ports: 443,5000-6000, sni: s.example}");
        assertThat(mapping("hy2://x@h.example:8443?mport=5000-6000"))
                .isEqualTo("{type: hysteria2, server: h.example:8443, password: x, ports: 5000-6000}");
        assertThat(problems.all()).isEmpty();
        assertThat(mapping("hy2://x@h.example?obfs=other&obfs-password=gawrgura"))
                .isEmpty();
        assertThat(mapping("hy2://x@h.example?obfs=salamander&obfs-password=${env:HOME}"))
                .isEmpty();
    }

    @Test
    void insecure_is_a_warning_and_nothing_else() {
        assertThat(mapping("trojan://hunter2@t.example?allowInsecure=1")).doesNotContain("insecure");
        assertThat(problems.hasErrors()).isFalse();
        assertThat(problems.all()).singleElement().satisfies(warning -> {
            assertThat(warning.severity()).isEqualTo(Problem.Severity.WARNING);
            assertThat(warning.message()).contains("verified all the same");
            assertThat(warning.toString()).startsWith("c.yaml:2:6: warning").doesNotContain("hunter2");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ss://aes-128-gcm:hunter2@h.example:1?plugin=obfs-local",
                "trojan://hunter2@t.example?security=reality",
                "trojan://hunter2@t.example?type=kcp",
                "trojan://${env:hunter2}@t.example",
                "ss://aes-128-gcm:${file:hunter2}@t.example:1",
                "trojan://hunter2@t.example:0",
                "nothing://hunter2",
            })
    void what_cannot_be_carried_over_is_an_error_that_shows_no_secret(String link) {
        assertThat(mapping(link)).isEmpty();
        assertThat(problems.hasErrors()).isTrue();
        problems.all()
                .forEach(problem -> assertThat(problem.toString())
                        .startsWith("c.yaml:2:6: error: share link: ")
                        .doesNotContain("hunter2"));
    }
}
