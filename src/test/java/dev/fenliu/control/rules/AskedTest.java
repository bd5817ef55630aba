package dev.fenliu.control.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Device;
import dev.fenliu.model.Mac;
import dev.fenliu.model.Transport;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AskedTest {
    private static final Asked DEFAULTS = Asked.defaults("tcp", "127.0.0.1", "in", null);

    @ParameterizedTest
    @CsvSource({
        "chatgpt.com, chatgpt.com, 443",
        "chatgpt.com:80, chatgpt.com, 80",
        "ChatGPT.com., chatgpt.com, 443",
        "例子.test:8080, xn--fsqu00a.test, 8080",
        "192.0.2.1, 192.0.2.1, 443",
        "192.0.2.1:22, 192.0.2.1, 22",
        "2001:DB8::1, 2001:db8::1, 443",
        "[2001:db8::1], 2001:db8::1, 443",
        "[2001:db8::1]:22, 2001:db8::1, 22",
        "::ffff:192.0.2.1, 192.0.2.1, 443",
        "https://chatgpt.com/c/1?x=y#z, chatgpt.com, 443",
        "http://chatgpt.com, chatgpt.com, 80",
        "HTTP://user:pw@chatgpt.com:8080/, chatgpt.com, 8080",
        "wss://chatgpt.com?x, chatgpt.com, 443",
        "ssh://git.test/x, git.test, 443",
        "http://[2001:db8::1]/, 2001:db8::1, 80",
    })
    void lines_are_hosts_ports_and_urls(String line, String host, int port) {
        Asked asked = DEFAULTS.read(line);
        assertThat(asked.host().toString().replaceAll("[\\[\\]]", "")).isEqualTo(host);
        assertThat(asked.port()).isEqualTo(port);
        assertThat(asked.network()).isEqualTo(Transport.TCP);
    }

    @Test
    void an_object_may_say_all_of_it() {
        Asked asked = DEFAULTS.read("{\"host\":\"A.test\",\"port\":53,\"network\":\"udp\",\"source\":\"10.0.0.7:99\","
                + "\"listener\":\"lan\",\"user\":\"anna\",\"addresses\":[\"192.0.2.1\",\"::1\"]}");
        assertThat(asked.host().toString()).isEqualTo("a.test");
        assertThat(asked.port()).isEqualTo(53);
        assertThat(asked.network()).isEqualTo(Transport.UDP);
        assertThat(asked.source()).isEqualTo(new InetSocketAddress(Addresses.parse("10.0.0.7"), 99));
        assertThat(asked.listener()).isEqualTo("lan");
        assertThat(asked.user()).contains("anna");
        assertThat(asked.addresses()).contains(List.of(Addresses.parse("192.0.2.1"), Addresses.parse("::1")));
        assertThat(asked.question().addresses()).isEqualTo(asked.addresses());
        assertThat(asked.question().device()).isEmpty();
    }

    @Test
    void an_object_may_say_whose_device_it_is() {
        Asked asked =
                DEFAULTS.read("{\"host\":\"a.test\",\"source-mac\":\"02-00-00-00-00-0A\",\"source-hostname\":\"TV\"}");
        assertThat(asked.question().device())
                .contains(new Device(Optional.of(Mac.parse("02:00:00:00:00:0a")), Optional.of("tv"), true));
        assertThatThrownBy(() -> DEFAULTS.read("{\"host\":\"a.test\",\"source-mac\":\"tv\"}"))
                .hasMessageContaining("MAC address");
    }

    @Test
    void what_an_object_does_not_say_is_as_usual() {
        Asked asked = DEFAULTS.read("{\"host\":\"a.test\",\"port\":null,\"addresses\":null}");
        assertThat(asked).isEqualTo(DEFAULTS.read("a.test"));
        assertThat(DEFAULTS.read("{\"host\":\"a.test:80\"}").port()).isEqualTo(80);
        assertThat(DEFAULTS.read("{\"host\":\"a.test\",\"addresses\":[]}").addresses())
                .isEqualTo(Optional.of(List.of()));
        assertThat(DEFAULTS.read("{\"host\":\"a.test\",\"port\":\"8080\"}").port())
                .isEqualTo(8080);
        assertThat(DEFAULTS.read("{\"host\":\"::1\",\"port\":1}").host().toString())
                .contains("::1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a b",
                "a..b",
                "exa mple.com:443",
                "a.test:0",
                "a.test:65536",
                "a.test:http",
                "[::1",
                "{",
                "{}",
                "{\"host\":[\"a\"]}",
                "{\"host\":\"a.test\",\"port\":-1}",
                "{\"host\":\"a.test\",\"port\":1.5}",
                "{\"host\":\"a.test\",\"prot\":1}",
                "{\"host\":\"a.test\",\"network\":\"sctp\"}",
                "{\"host\":\"a.test\",\"source\":\"here\"}",
                "{\"host\":\"a.test\",\"addresses\":\"192.0.2.1\"}",
                "{\"host\":\"a.test\",\"addresses\":[\"b.test\"]}",
                "{\"host\":\"a.test\",\"addresses\":[1]}",
                "{\"host\":\"a.test\"} trailing",
                "https://",
                "http://:80/",
            })
    void anything_else_is_told_and_never_more_than_that(String line) {
        assertThatThrownBy(() -> DEFAULTS.read(line))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("(?s).+");
    }

    @Test
    void what_was_given_is_named_whatever_is_wrong_with_it() {
        assertThat(DEFAULTS.given("a b").get("host").getAsString()).isEqualTo("a b");
        assertThat(DEFAULTS.given("{\"host\":\"a b\",\"port\":80}").toString())
                .isEqualTo("{\"host\":\"a b\",\"port\":80,\"network\":\"tcp\"}");
        assertThat(DEFAULTS.given("{broken").get("host").getAsString()).isEqualTo("{broken");
    }
}
