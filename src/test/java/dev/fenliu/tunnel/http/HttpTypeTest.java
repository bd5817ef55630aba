package dev.fenliu.tunnel.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Transport;
import dev.fenliu.net.Dialer;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.Parsed;
import dev.fenliu.outbound.TunnelContext;
import org.junit.jupiter.api.Test;

class HttpTypeTest {
    @Test
    void http_and_https_differ_in_tls() throws Exception {
        assertThat(HttpType.HTTP.name()).isEqualTo("http");
        assertThat(HttpType.HTTPS.name()).isEqualTo("https");
        String yaml = "{server: \"p.example:8443\", username: anna, password: hunter2}";
        HttpOptions plain = Parsed.of(HttpType.HTTP, yaml).options();
        HttpOptions secure = Parsed.of(HttpType.HTTPS, yaml).options();
        assertThat(plain.tls()).isEmpty();
        assertThat(secure.tls().orElseThrow().alpn()).containsExactly("http/1.1");
        assertThat(secure.toString()).contains("anna").doesNotContain("hunter2");
        Dialer nobody = dial -> dial.loop().newFailedFuture(new AssertionError());
        TunnelContext context = new TunnelContext(nobody, (name, loop) -> loop.newFailedFuture(new AssertionError()));
        Outbound outbound = HttpType.HTTPS.open("far", secure, context);
        assertThat(outbound.name()).isEqualTo("far");
        assertThat(outbound.transports()).containsExactly(Transport.TCP);
    }

    @Test
    void http_knows_no_keys_of_tls() {
        assertThat(Parsed.of(HttpType.HTTP, "{server: \"p.example:80\", sni: x.example}")
                        .problems())
                .containsExactly("unknown key \"sni\" in outbound \"far\"");
        assertThat(Parsed.of(HttpType.HTTPS, "{server: \"p.example:80\", sni: x.example}")
                        .problems())
                .isEmpty();
    }

    @Test
    void a_user_name_has_no_colon() {
        Parsed<HttpOptions> it =
                Parsed.of(HttpType.HTTP, "{server: \"p.example:80\", username: \"a:b\", password: hunter2}");
        assertThat(it.options()).isNull();
        assertThat(it.problems()).singleElement().asString().contains("colon").doesNotContain("hunter2");
    }
}
