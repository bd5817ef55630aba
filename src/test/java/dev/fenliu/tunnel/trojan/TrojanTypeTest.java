package dev.fenliu.tunnel.trojan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.config.YamlReader;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.model.Destination;
import dev.fenliu.net.SelfSigned;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.outbound.ShareLink;
import dev.fenliu.transport.TransportOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrojanTypeTest {
    private final TrojanType client = new TrojanType();
    private final TrojanListenerType server = new TrojanListenerType();
    private final Problems problems = new Problems();

    @TempDir
    private Path folder;

    @BeforeEach
    void files() throws Exception {
        for (String name : List.of("server.pem", "server.key", "client.key")) {
            Files.copy(TestCertificates.path(name), folder.resolve(name));
        }
    }

    @Test
    void an_outbound_needs_a_server_and_a_password() {
        TrojanOptions options = outbound("{server: \"vps.example:443\", password: secret}");
        assertThat(options)
                .isEqualTo(new TrojanOptions(
                        Destination.parse("vps.example:443"),
                        new Secret("secret"),
                        new TlsOptions(
                                Optional.empty(),
                                List.of("h2", "http/1.1"),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty()),
                        Optional.empty()));
        assertThat(options.toString()).doesNotContain("secret");

        assertThat(outbound("{}")).isNull();
        assertThat(messages()).anyMatch(text -> text.contains("server")).anyMatch(text -> text.contains("password"));
    }

    @Test
    void an_outbound_takes_the_keys_of_tls() {
        TrojanOptions options = outbound("{server: \"192.0.2.1:8443\", password: secret, sni: vps.example,"
                + " alpn: [http/1.1], ca: server.pem, pin: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=}");
        assertThat(options.tls().serverName()).contains("vps.example");
        assertThat(options.tls().alpn()).containsExactly("http/1.1");
        assertThat(options.tls().authorities()).contains(folder.resolve("server.pem"));
        assertThat(options.tls().pin()).isPresent();
        assertThat(messages()).isEmpty();
    }

    @Test
    void both_ends_take_a_transport_and_offer_its_protocol_alone() {
        String transport = "transport: {type: ws, path: \"/t?ed=2048\", host: cdn.example}";
        TransportOptions expected = new TransportOptions(TransportOptions.Kind.WS, "/t", List.of("cdn.example"), 2048);
        TrojanOptions client = outbound("{server: \"vps.example:443\", password: secret, alpn: h2, " + transport + "}");
        assertThat(client.transport()).contains(expected);
        assertThat(client.tls().alpn()).containsExactly("http/1.1");
        TrojanListenerOptions listener = listener(
                "{password: secret, certificate: server.pem, private-key: server.key, " + transport + "}", Map.of());
        assertThat(listener.transport()).contains(expected);
        assertThat(messages()).isEmpty();
    }

    @Test
    void a_share_link_brings_its_transport() {
        String link = "trojan://secret@vps.example?type=ws&host=a.example&path=%2Fa%20b%3Fed%3D7";
        TrojanOptions options =
                outbound(ShareLink.toNode(YamlReader.read("t.yaml", folder, "\"" + link + "\"", problems), problems));
        assertThat(options.transport())
                .contains(new TransportOptions(TransportOptions.Kind.WS, "/a%20b", List.of("a.example"), 7));
        assertThat(messages()).isEmpty();
    }

    @Test
    void a_file_that_is_no_certificate_stops_the_outbound() {
        assertThat(outbound("{server: \"a.example:443\", password: secret, ca: server.key}"))
                .isNull();
        assertThat(messages()).singleElement().asString().contains("server.key");
    }

    @Test
    void a_listener_reads_its_files_when_it_is_parsed() throws Exception {
        String text = "{password: secret, certificate: server.pem, private-key: server.key,"
                + " fallback: \"127.0.0.1:8080\", allow-private: true}";
        TrojanListenerOptions options = listener(text, Map.of());
        assertThat(options)
                .isEqualTo(new TrojanListenerOptions(
                        Optional.of(new Secret("secret")),
                        TestCertificates.text("server.pem"),
                        new Secret(TestCertificates.text("server.key")),
                        Optional.of(Destination.parse("127.0.0.1:8080")),
                        true,
                        Optional.empty()));
        assertThat(options.toString()).doesNotContain("secret").doesNotContain("PRIVATE KEY");
        assertThat(listener(text, Map.of())).isEqualTo(options);

        SelfSigned renewed = SelfSigned.generate(List.of(dev.fenliu.model.Host.parse("vps.example")), Instant.now());
        Files.writeString(folder.resolve("server.pem"), renewed.certificate());
        Files.writeString(folder.resolve("server.key"), renewed.privateKey());
        assertThat(listener(text, Map.of())).isNotNull().isNotEqualTo(options);
    }

    @Test
    void a_listener_needs_a_password_or_users() {
        String files = "certificate: server.pem, private-key: server.key";
        assertThat(listener("{" + files + "}", Map.of())).isNull();
        assertThat(messages()).singleElement().asString().contains("\"password\" or \"users\"");
        assertThat(listener("{" + files + "}", Map.of("anna", new Secret("x")))).isNotNull();
    }

    @Test
    void two_users_with_one_password_are_told_apart_by_nobody() {
        String files = "certificate: server.pem, private-key: server.key";
        assertThat(listener("{" + files + "}", Map.of("anna", new Secret("x"), "ben", new Secret("x"))))
                .isNull();
        assertThat(listener("{password: x, " + files + "}", Map.of("anna", new Secret("x"))))
                .isNull();
        assertThat(messages()).hasSize(2).allMatch(text -> text.contains("same password"));
    }

    @Test
    void certificate_and_key_must_be_there_and_a_pair() {
        assertThat(listener("{password: x}", Map.of())).isNull();
        assertThat(listener("{password: x, certificate: no.pem, private-key: server.key}", Map.of()))
                .isNull();
        assertThat(listener("{password: x, certificate: server.key, private-key: server.key}", Map.of()))
                .isNull();
        assertThat(listener("{password: x, certificate: server.pem, private-key: server.pem}", Map.of()))
                .isNull();
        assertThat(listener("{password: x, certificate: server.pem, private-key: client.key}", Map.of()))
                .as("the key of another certificate")
                .isNull();
        assertThat(messages()).hasSize(6).allMatch(text -> !text.contains("PRIVATE"));
    }

    private TrojanOptions outbound(String text) {
        return outbound(YamlReader.read("t.yaml", folder, text, problems));
    }

    private TrojanOptions outbound(ConfigNode node) {
        List<Key<?>> keys = new ArrayList<>(client.keys());
        keys.add(Key.optional("type", Type.TEXT, "read before"));
        return client.parse(Section.open(node, "outbound \"vps\"", keys, problems));
    }

    private TrojanListenerOptions listener(String text, Map<String, Secret> users) {
        ListenerSettings settings = new ListenerSettings(
                "trojan", "in", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), users, false);
        return server.parse(
                Section.open(
                        YamlReader.read("t.yaml", folder, text, problems), "listener \"in\"", server.keys(), problems),
                settings);
    }

    private List<String> messages() {
        return problems.all().stream().map(Problem::toString).toList();
    }
}
