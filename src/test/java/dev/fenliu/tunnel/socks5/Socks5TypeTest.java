package dev.fenliu.tunnel.socks5;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Transport;
import dev.fenliu.net.Dialer;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.Parsed;
import dev.fenliu.outbound.TunnelContext;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Socks5TypeTest {
    private static Parsed<Socks5Options> parse(String yaml) {
        return Parsed.of(new Socks5Type(), yaml);
    }

    private static Outbound open(String yaml) throws Exception {
        Dialer nobody = dial -> dial.loop().newFailedFuture(new AssertionError());
        TunnelContext context = new TunnelContext(nobody, (name, loop) -> loop.newFailedFuture(new AssertionError()));
        return new Socks5Type().open("far", parse(yaml).options(), context);
    }

    @Test
    void a_server_is_enough() throws Exception {
        Parsed<Socks5Options> it = parse("server: 10.0.0.2:1080");
        assertThat(it.problems()).isEmpty();
        assertThat(it.options().login()).isEmpty();
        assertThat(it.options().tls()).isEmpty();
        Outbound outbound = open("server: 10.0.0.2:1080");
        assertThat(outbound.name()).isEqualTo("far");
        assertThat(outbound.transports()).containsExactlyInAnyOrder(Transport.values());
    }

    @Test
    void with_a_login_its_password_does_not_show() {
        Parsed<Socks5Options> it = parse("{server: 10.0.0.2:1080, username: anna, password: hunter2}");
        assertThat(it.options().login().orElseThrow().password().value()).isEqualTo("hunter2");
        assertThat(it.options().toString()).contains("anna").doesNotContain("hunter2");
    }

    @Test
    void inside_tls_it_carries_no_udp() throws Exception {
        String yaml = "{server: s.example:1080, tls: true, sni: t.example}";
        assertThat(parse(yaml).options().tls().orElseThrow().serverName()).isEqualTo(Optional.of("t.example"));
        assertThat(open(yaml).transports()).containsExactly(Transport.TCP);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{username: a, password: b}; needs the key \"server\"",
                "{server: 10.0.0.2}; no port",
                "{server: \"10.0.0.2:1\", username: a}; \"username\" and \"password\" come together",
                "{server: \"10.0.0.2:1\", password: hunter2}; \"username\" and \"password\" come together",
                "{server: \"10.0.0.2:1\", sni: a.example}; \"sni\" needs \"tls: true\"",
                "{server: \"10.0.0.2:1\", tls: false, pin: x}; \"pin\" needs \"tls: true\"",
                "{server: \"10.0.0.2:1\", tls: maybe}; expected: true or false",
            })
    void what_is_wrong_is_said(String yaml, String message) {
        Parsed<Socks5Options> it = parse(yaml);
        assertThat(it.options()).isNull();
        assertThat(it.problems()).anyMatch(problem -> problem.contains(message));
        assertThat(it.problems()).noneMatch(problem -> problem.contains("hunter2"));
    }

    @Test
    void a_login_has_at_most_255_bytes_each() {
        String fits = "ä".repeat(127);
        assertThat(parse("{server: \"10.0.0.2:1\", username: " + fits + ", password: " + fits + "}")
                        .options())
                .isNotNull();
        assertThat(parse("{server: \"10.0.0.2:1\", username: a, password: " + fits + "ä}")
                        .problems())
                .containsExactly("outbound \"far\": \"password\" has 256 bytes (SOCKS takes 1 to 255)");
    }
}
