package dev.fenliu.tunnel.hysteria2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.YamlReader;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ServerIdentity;
import dev.fenliu.model.Destination;
import dev.fenliu.net.TestCertificates;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Hysteria2TypeTest {
    private static final String FILES = "certificate: server.pem, private-key: server.key";

    private final Hysteria2Type client = new Hysteria2Type();
    private final Hysteria2ListenerType server = new Hysteria2ListenerType();
    private final Problems problems = new Problems();

    @TempDir
    private Path folder;

    @BeforeEach
    void files() throws Exception {
        for (String name : List.of("server.pem", "server.key")) {
            Files.copy(TestCertificates.path(name), folder.resolve(name));
        }
    }

    @Test
    void an_outbound_needs_a_server_and_a_password() {
        Hysteria2Options options = outbound("{server: \"vps.example:443\", password: secret, obfs-password: gawrgura}");
        assertThat(options.server()).isEqualTo(Destination.parse("vps.example:443"));
        assertThat(options.tls().alpn()).containsExactly("h3");
        assertThat(options.obfs()).contains(new Secret("gawrgura"));
        assertThat(options.toString()).doesNotContain("secret").doesNotContain("gawrgura");
        assertThat(messages()).isEmpty();
        assertThat(outbound("{}")).isNull();
        assertThat(messages()).anyMatch(text -> text.contains("server")).anyMatch(text -> text.contains("password"));
    }

    @Test
    void ports_stand_in_for_the_one_of_the_server() {
        assertThat(outbound("{server: \"vps.example:443\", password: x, ports: \"443,5000-6000\"}")
                        .hopping())
                .contains(new Hopping(Hopping.ports("443,5000-6000"), Duration.ofSeconds(30)));
        assertThat(outbound("{server: \"vps.example:443\", password: x, ports: 5000-6000, hop-interval: 4s}"))
                .isNull();
        assertThat(outbound("{server: \"vps.example:443\", password: x, ports: 6000-5000}"))
                .isNull();
        assertThat(messages())
                .hasSize(2)
                .anyMatch(text -> text.contains("shorter than 5 seconds"))
                .anyMatch(text -> text.contains("ends before it begins"));
    }

    @Test
    void a_short_key_of_salamander_is_refused() {
        assertThat(outbound("{server: \"vps.example:443\", password: secret, obfs-password: abc}"))
                .isNull();
        assertThat(listener("{password: x, obfs-password: abc, " + FILES + "}", Map.of()))
                .isNull();
        assertThat(messages()).hasSize(2).allMatch(text -> text.contains("shorter than 4 bytes"));
    }

    @Test
    void a_listener_reads_its_files_when_it_is_parsed() {
        String text = "{password: secret, " + FILES + ", fallback: \"127.0.0.1:8080\", allow-private: true}";
        Hysteria2ListenerOptions options = listener(text, Map.of());
        assertThat(options)
                .isEqualTo(new Hysteria2ListenerOptions(
                        Optional.of(new Secret("secret")),
                        Optional.empty(),
                        new ServerIdentity(
                                TestCertificates.text("server.pem"), new Secret(TestCertificates.text("server.key"))),
                        Optional.of(Destination.parse("127.0.0.1:8080")),
                        true));
        assertThat(options.toString()).doesNotContain("secret").doesNotContain("PRIVATE KEY");
    }

    @Test
    void a_listener_needs_a_password_or_users() {
        assertThat(listener("{" + FILES + "}", Map.of())).isNull();
        assertThat(messages()).singleElement().asString().contains("\"password\" or \"users\"");
        assertThat(listener("{" + FILES + "}", Map.of("anna", new Secret("x")))).isNotNull();
    }

    private Hysteria2Options outbound(String text) {
        return client.parse(Section.open(
                YamlReader.read("t.yaml", folder, text, problems), "outbound \"vps\"", client.keys(), problems));
    }

    private Hysteria2ListenerOptions listener(String text, Map<String, Secret> users) {
        ListenerSettings settings = new ListenerSettings(
                "hysteria2", "in", new InetSocketAddress(InetAddress.getLoopbackAddress(), 443), users, false);
        return server.parse(
                Section.open(YamlReader.read("t.yaml", folder, text, problems), "listener", server.keys(), problems),
                settings);
    }

    private List<String> messages() {
        return problems.all().stream().map(Problem::message).toList();
    }
}
