package dev.fenliu.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostTest {
    @ParameterizedTest
    @CsvSource({
        "API.OPENAI.COM, api.openai.com",
        "example.org., example.org",
        "a_b.example, a_b.example",
        "localhost, localhost",
        "cn, cn",
        "bücher.example, xn--bcher-kva.example",
        "BÜCHER.example, xn--bcher-kva.example",
        "faß.example, xn--fa-hia.example",
        "例え.テスト, xn--r8jz45g.xn--zckzah",
        "例え。テスト, xn--r8jz45g.xn--zckzah",
        "ＥＸＡＭＰＬＥ.com, example.com",
        "ΑΘΗΝΑΣ.example, xn--mxaard0a1b.example",
        "ex\u00adample.org, example.org",
        "☃.example, xn--n3h.example",
        "xn--bcher-kva.example, xn--bcher-kva.example",
        "0x7f.example, 0x7f.example",
    })
    void names_take_one_form(String text, String expected) {
        assertThat(Host.parse(text)).isEqualTo(new Host.Name(expected));
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, 10.0.0.1",
        "::1, ::1",
        "[2001:db8::1], 2001:db8::1",
        "2001:DB8:0:0:0:0:0:1, 2001:db8::1",
        "::ffff:10.0.0.1, 10.0.0.1",
        "[::ffff:a00:1], 10.0.0.1",
        "fe80::1%eth0, fe80::1",
        "[fe80::1%25eth0], fe80::1",
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "::, ::",
    })
    void addresses_take_one_form(String text, String expected) {
        assertThat(Host.parse(text)).isInstanceOf(Host.Address.class).hasToString(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "a..b",
                ".a",
                "a b",
                "a\tb",
                "a/b",
                "a@b",
                "a:b",
                "a\u0000b",
                "1.2.3",
                "127.1",
                "0x7f.0.0.1",
                "0x7f000001",
                "2130706433",
                "1.2.3.4.5",
                "256.1.1.1",
                "01.2.3.4",
                "1.2.3.4.",
                "[1.2.3.4]",
                "[::1",
                "::1]",
                ":::",
                "1:2:3:4:5:6:7:8:9",
                "::g",
                "12345::",
                "fe80::1%",
                "a\u200bb\u0001",
                "%41.example",
                "exa mple.org",
                "a\u2028b",
                "\ud800.example",
                "*.example.org",
                "a,b",
                "a\"b",
                "a<b",
                "a;b"
            })
    void anything_else_is_refused(String text) {
        assertThatThrownBy(() -> Host.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void labels_have_at_most_63_and_names_253_bytes() {
        String label = "a".repeat(63);
        String longest = label + "." + label + "." + label + "." + "a".repeat(61);
        assertThat(Host.parse(longest)).hasToString(longest);
        assertThat(Host.parse(longest + ".")).hasToString(longest);
        assertThatThrownBy(() -> Host.parse(longest + "a")).hasMessageContaining("253");
        assertThatThrownBy(() -> Host.parse("a".repeat(64))).hasMessageContaining("63");
        assertThatThrownBy(() -> Host.parse("a".repeat(100_000))).hasMessageContaining("253");
        assertThatThrownBy(() -> Host.parse("ü".repeat(900))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_refusal_escapes_control_characters() {
        assertThatThrownBy(() -> Host.parse("a\r\nb")).hasMessageContaining("a\\x0d\\x0ab");
    }
}
