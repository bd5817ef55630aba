package dev.fenliu.tunnel.vmess;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.YamlReader;
import dev.fenliu.model.Destination;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VmessTypeTest {
    private static final String START = "{server: \"vps.example:443\", uuid: " + VmessEnds.UUID;

    private final VmessType type = new VmessType();
    private final Problems problems = new Problems();

    @Test
    void a_server_and_a_uuid_are_enough() {
        VmessOptions options = parse(START + "}");
        assertThat(options)
                .isEqualTo(new VmessOptions(
                        Destination.parse("vps.example:443"),
                        new Secret(VmessEnds.UUID),
                        Security.AES_128_GCM,
                        Optional.empty(),
                        Optional.empty()));
        assertThat(options.toString()).doesNotContain(VmessEnds.UUID);
    }

    @Test
    void tls_and_what_it_needs() {
        VmessOptions options = parse(START + ", tls: true, sni: s.example, security: none, alter-id: 0}");
        assertThat(options.tls().orElseThrow().serverName()).contains("s.example");
        assertThat(options.security()).isEqualTo(Security.NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "'security: none', none of the payload would be encrypted",
        "'security: aes-128-cfb', expected: one of auto",
        "'alter-id: 64', the server must take 0",
        "'sni: s.example', '\"tls: true\" alone'",
        "'tls: maybe', true or false"
    })
    void what_is_not_supported_is_refused_with_its_reason(String keys, String reason) {
        assertThat(parse(START + ", " + keys + "}")).isNull();
        assertThat(problems.all())
                .singleElement()
                .satisfies(problem -> assertThat(said(problem)).contains(reason).doesNotContain(VmessEnds.UUID));
    }

    private static String said(Problem problem) {
        return problem.toString();
    }

    private VmessOptions parse(String text) {
        return type.parse(Section.open(
                YamlReader.read("t.yaml", Path.of("."), text, problems), "outbound \"vps\"", type.keys(), problems));
    }
}
