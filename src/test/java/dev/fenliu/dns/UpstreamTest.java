package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpstreamTest {
    @ParameterizedTest
    @CsvSource({
        "udp://192.0.2.1, UDP, 192.0.2.1:53",
        "udp://192.0.2.1:5353, UDP, 192.0.2.1:5353",
        "192.0.2.1, UDP, 192.0.2.1:53",
        "2001:db8::1, UDP, [2001:db8::1]:53",
        "tcp://[2001:db8::1], TCP, [2001:db8::1]:53",
        "tcp://[2001:db8::1]:5353, TCP, [2001:db8::1]:5353",
        "tls://dns.example, TLS, dns.example:853",
        "TLS://DNS.example:8853/, TLS, dns.example:8853",
        "https://223.5.5.5/dns-query, HTTPS, 223.5.5.5:443",
        "https://dns.example:8443, HTTPS, dns.example:8443",
    })
    void forms_that_are_taken(String text, Upstream.Scheme scheme, String host) {
        Upstream upstream = Upstream.parse(text);
        assertThat(upstream.scheme()).isEqualTo(scheme);
        assertThat(upstream.host()).hasToString("Optional[" + host + "]");
    }

    @Test
    void an_https_upstream_without_a_path_has_the_usual_one() {
        assertThat(Upstream.parse("https://dns.example").path()).isEqualTo("/dns-query");
        assertThat(Upstream.parse("https://dns.example/").path()).isEqualTo("/dns-query");
        assertThat(Upstream.parse("https://dns.example/abc?x=1").path()).isEqualTo("/abc?x=1");
        assertThat(Upstream.parse("https://dns.example").tls().alpn()).containsExactly("h2");
    }

    @Test
    void the_name_after_the_hash_is_the_one_on_the_certificate() {
        Upstream upstream = Upstream.parse("https://1.12.12.12/dns-query#doh.pub");
        assertThat(upstream.hasAddress()).isTrue();
        assertThat(upstream.path()).isEqualTo("/dns-query");
        assertThat(upstream.tls().serverName()).contains("doh.pub");
        assertThat(upstream.certified()).hasToString("doh.pub:443");
    }

    @Test
    void an_upstream_moved_to_an_address_still_shows_its_own_name() {
        Upstream upstream = Upstream.parse("tls://dns.example:8853");
        assertThat(upstream.hasAddress()).isFalse();
        Upstream moved = upstream.at(dev.fenliu.model.Addresses.of(new byte[] {10, 0, 0, 1}));
        assertThat(moved.hasAddress()).isTrue();
        assertThat(moved.host()).hasToString("Optional[10.0.0.1:8853]");
        assertThat(moved.tls().serverName()).contains("dns.example");
    }

    @ParameterizedTest
    @CsvSource({
        "htps://dns.example, did you mean \"https\"?",
        "sytem, did you mean \"system\"?",
        "quic://dns.example, is no upstream",
        "dns.example, is no upstream",
        "udp://dns.example, takes an address",
        "tcp://dns.example, takes an address",
        "udp://192.0.2.1#dns.example, take a #NAME",
        "tls://192.0.2.1/dns-query, takes a path",
        "tls://192.0.2.1:0, port",
        "tls://192.0.2.1:, port",
        "tls://, is empty",
        "tls://192.0.2.1#, is empty",
        "https://user:pw@dns.example/, user names",
        "https://dns.example/a b, character",
        "'', is no upstream",
    })
    void forms_that_are_refused_say_why(String text, String why) {
        assertThatThrownBy(() -> Upstream.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }
}
