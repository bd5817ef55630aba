package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Addresses;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListReaderTest {
    private static final String[] HOSTS = {
        "a.example", "x.a.example", "x.y.a.example", "xa.example", "example", "b.example", "x.b.example", "A.EXAMPLE."
    };

    /** The set {a.example and all below, b.example} in every format that can say it. */
    private static Map<ListFormat, byte[]> sameSet() throws IOException {
        Map<ListFormat, String> texts = new LinkedHashMap<>();
        texts.put(ListFormat.FENLIU, "domain-suffix:\n - a.example\ndomain:\n - b.example\n");
        texts.put(ListFormat.CLASH, "payload:\n - '+.a.example'\n - b.example\n");
        texts.put(ListFormat.TEXT, "+.a.example\nb.example\n");
        texts.put(ListFormat.CLASSICAL, "DOMAIN-SUFFIX,a.example\nDOMAIN,b.example\n");
        texts.put(ListFormat.ADBLOCK, "||a.example^\n|b.example^\n");
        texts.put(ListFormat.SURGE, "HOST-SUFFIX,a.example,PROXY\nHOST,b.example,PROXY\n");
        texts.put(ListFormat.DOMAIN_SET, ".a.example\nb.example\n");
        texts.put(ListFormat.V2FLY, "a.example\nfull:b.example @x\n");
        texts.put(
                ListFormat.SING_BOX,
                "{\"version\":1,\"rules\":[{\"domain\":\"b.example\",\"domain_suffix\":[\"a.example\"]}]}");
        texts.put(
                ListFormat.GFWLIST,
                Base64.getEncoder()
                        .encodeToString("[AutoProxy 0.2.9]\n||a.example\n|http://b.example\n"
                                .getBytes(StandardCharsets.UTF_8)));
        Map<ListFormat, byte[]> all = new LinkedHashMap<>();
        texts.forEach((format, text) -> all.put(format, text.getBytes(StandardCharsets.UTF_8)));
        all.put(ListFormat.MRS, BinaryLists.mrsDomains("a.example", "+.a.example", "b.example"));
        all.put(
                ListFormat.SRS,
                BinaryLists.srs(2, BinaryLists.rule(false, BinaryLists.names("\na.example", "b.example"))));
        all.put(
                ListFormat.GEOSITE,
                BinaryLists.bytes(
                        BinaryLists.site("X", BinaryLists.domain(2, "a.example"), BinaryLists.domain(3, "b.example"))));
        return all;
    }

    @Test
    void the_same_set_gives_the_same_answers_in_every_format() throws Exception {
        for (Map.Entry<ListFormat, byte[]> list : sameSet().entrySet()) {
            RecordedList read = RecordedList.of(list.getValue(), list.getKey(), "");
            assertThat(read.bad).as(list.getKey().key()).isEmpty();
            for (String host : HOSTS) {
                String plain = host.toLowerCase(java.util.Locale.ROOT);
                boolean expected =
                        plain.startsWith("a.example") || plain.endsWith(".a.example") || plain.equals("b.example");
                assertThat(read.matches(host))
                        .as(list.getKey().key() + " " + host)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void a_reason_is_short_however_long_the_entry_is() throws Exception {
        String text = ",a:".repeat(100_000);
        RecordedList read = RecordedList.of(
                "{\"version\":1,\"rules\":[{\"domain\":\"a.example\",\"domain_keyword\":\"" + text + "\"}]}");
        assertThat(read.entries).containsExactly("DOMAIN a.example");
        assertThat(read.bad).singleElement().asString().hasSizeLessThan(500);
    }

    @Test
    void the_format_is_recognised() throws Exception {
        for (Map.Entry<ListFormat, byte[]> list : sameSet().entrySet()) {
            if (list.getKey() != ListFormat.DOMAIN_SET) { // looks like plain text
                assertThat(ListReader.detect(list.getValue())).isEqualTo(list.getKey());
            }
        }
    }

    @Test
    void names_are_exact_and_suffixes_in_the_formats_that_know_one_meaning_alone() throws ListFormatException {
        RecordedList hosts = RecordedList.of("0.0.0.0 a.example\n");
        assertThat(hosts.matches("a.example")).isTrue();
        assertThat(hosts.matches("x.a.example")).isFalse();
        RecordedList dnsmasq = RecordedList.of("server=/a.example/192.0.2.1\n");
        assertThat(dnsmasq.matches("x.a.example")).isTrue();
        assertThat(dnsmasq.matches("xa.example")).isFalse();
    }

    @Test
    void the_same_networks_give_the_same_answers_in_every_format() throws Exception {
        byte[][] lists = {
            "ip-cidr: [10.0.0.0/8, '2001:db8::/32']".getBytes(StandardCharsets.UTF_8),
            "payload:\n- 10.0.0.0/8\n- IP-CIDR6,2001:db8::/32,no-resolve\n".getBytes(StandardCharsets.UTF_8),
            "10.0.0.0/8\n2001:db8::/32\n".getBytes(StandardCharsets.UTF_8),
            "IP-CIDR,10.0.0.0/8\nIP-CIDR6,2001:db8::/32\n".getBytes(StandardCharsets.UTF_8),
            "{\"rules\":[{\"ip_cidr\":[\"10.0.0.0/8\",\"2001:db8::/32\"]}]}".getBytes(StandardCharsets.UTF_8),
            BinaryLists.mrsRanges(
                    Addresses.parse("10.0.0.0"),
                    Addresses.parse("10.255.255.255"),
                    Addresses.parse("2001:db8::"),
                    Addresses.parse("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")),
            BinaryLists.bytes(BinaryLists.site(
                    "X",
                    BinaryLists.network(Addresses.parse("10.0.0.0"), 8),
                    BinaryLists.network(Addresses.parse("2001:db8::"), 32))),
        };
        for (byte[] list : lists) {
            RecordedList read = RecordedList.of(list, null, "");
            assertThat(read.matches("10.255.255.255")).isTrue();
            assertThat(read.matches("::ffff:10.0.0.1")).isTrue();
            assertThat(read.matches("11.0.0.0")).isFalse();
            assertThat(read.matches("2001:db8:ffff::1")).isTrue();
            assertThat(read.matches("2001:db9::")).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<!DOCTYPE html><html><body>404</body></html>",
                "\ufeff  <html>",
                "<?xml version=\"1.0\"?>",
            })
    void a_web_page_is_refused_even_if_the_format_is_forced(String page) {
        assertThatThrownBy(() -> RecordedList.of(page)).hasMessageContaining("web page");
        assertThatThrownBy(() -> RecordedList.of(ListFormat.TEXT, page)).hasMessageContaining("web page");
        assertThatThrownBy(() -> RecordedList.of(ListFormat.SING_BOX, page)).hasMessageContaining("web page");
    }

    @Test
    void empty_oversized_packed_and_binary_files_are_refused() {
        assertThatThrownBy(() -> RecordedList.of("")).hasMessage("the file is empty");
        assertThatThrownBy(() -> RecordedList.of(new byte[ListReader.MAX_BYTES + 1], ListFormat.TEXT, ""))
                .hasMessageContaining("32 MiB");
        assertThatThrownBy(() -> RecordedList.of(new byte[] {0x1f, (byte) 0x8b, 8, 0}, null, ""))
                .hasMessageContaining("unpack it first");
        assertThatThrownBy(() -> RecordedList.of(new byte[] {1, 2, 0, 3}, null, ""))
                .hasMessageContaining("UTF-8");
        assertThatThrownBy(() -> RecordedList.of("a.example".getBytes(StandardCharsets.UTF_16), null, ""))
                .hasMessageContaining("UTF-8");
        assertThatThrownBy(() -> RecordedList.of("# only\n\n")).hasMessage("the list has no entry (read as text)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "# c\\n\\n! x\\n127.0.0.1 a.example ; hosts",
                "! Title\\na.example ; adblock",
                "[Adblock Plus]\\na.example ; adblock",
                "a.example\\n||b.example^\\n||c.example^ ; adblock",
                "address=/a.example/0.0.0.0 ; dnsmasq",
                "- a.example ; clash",
                "# x\\nrules:\\n- DOMAIN,a.example ; clash",
                "ip-cidr: 10.0.0.0/8 ; fenliu",
                "DOMAIN-KEYWORD,x ; classical",
                "host-suffix, a.example, proxy ; surge",
                "include:other ; v2fly",
                "a.example @ads ; v2fly",
                "10.0.0.0/8 ; text",
                "192.0.2.1 # comment ; text",
            })
    void the_lines_tell_the_format(String text, String format) throws ListFormatException {
        assertThat(ListReader.detect(text.replace("\\n", "\n").getBytes(StandardCharsets.UTF_8))
                        .key())
                .isEqualTo(format);
    }

    @Test
    void formats_are_found_by_the_names_of_the_config() {
        assertThat(ListFormat.of("sing-box")).isEqualTo(ListFormat.SING_BOX);
        assertThat(ListFormat.of("domain-set")).isEqualTo(ListFormat.DOMAIN_SET);
        assertThat(ListFormat.of("SING_BOX")).isNull();
        assertThat(ListFormat.keys()).hasSize(16).contains("fenliu", "gfwlist");
    }

    @Test
    void random_bytes_and_spliced_lists_give_entries_or_an_error_in_every_format() throws Exception {
        Random random = new Random(99);
        byte[][] lists = sameSet().values().toArray(new byte[0][]);
        for (int round = 0; round < 3000; round++) {
            byte[] content = lists[random.nextInt(lists.length)].clone();
            byte[] other = lists[random.nextInt(lists.length)];
            for (int i = random.nextInt(4); i >= 0; i--) {
                content[random.nextInt(content.length)] = (byte) random.nextInt();
            }
            int length = random.nextInt(Math.min(content.length, other.length));
            System.arraycopy(other, random.nextInt(other.length - length), content, content.length - length, length);
            ListFormat[] formats = ListFormat.values();
            Damage.read(content, formats[random.nextInt(formats.length)]);
        }
    }

    @Test
    void what_the_sink_throws_reaches_the_caller() {
        ListSink full = new FullSink();
        String[] lists = {
            "a.example",
            "payload: [a.example]",
            "domain: a.example",
            "||a.example^",
            "{\"rules\":[{\"domain\":\"a.example\"}]}"
        };
        for (String list : lists) {
            assertThatThrownBy(() -> ListReader.read(list.getBytes(StandardCharsets.UTF_8), null, "", full))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("full");
        }
    }

    private static final class FullSink implements ListSink {
        @Override
        public void entry(EntryKind kind, String value, int line) {
            throw new IllegalStateException("full");
        }

        @Override
        public void except(EntryKind kind, String value, int line) {}

        @Override
        public void range(java.net.InetAddress from, java.net.InetAddress to, int line) {}

        @Override
        public void bad(int line, String text, String why) {}
    }
}
