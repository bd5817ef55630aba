package dev.fenliu.route.list;

import static dev.fenliu.route.list.BinaryLists.bytes;
import static dev.fenliu.route.list.BinaryLists.domain;
import static dev.fenliu.route.list.BinaryLists.field;
import static dev.fenliu.route.list.BinaryLists.network;
import static dev.fenliu.route.list.BinaryLists.site;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Addresses;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class GeoFileTest {
    private static byte[] sites() throws IOException {
        return bytes(
                site(
                        "GOOGLE",
                        domain(2, "Google.com"),
                        domain(3, "ads.google.com", "ads"),
                        domain(2, "google.cn", "cn", "ads"),
                        domain(0, "goog"),
                        domain(1, "^g-\\S+\\.Example$")),
                site("GEOLOCATION-!CN", domain(2, "a.example", "!cn"), domain(2, "b.example")));
    }

    private static byte[] networks() throws IOException {
        return bytes(
                site("PRIVATE", network(Addresses.parse("10.0.0.0"), 8), network(Addresses.parse("fc00::"), 7)),
                site("CN", network(Addresses.parse("192.0.2.0"), 24)));
    }

    private static RecordedList read(byte[] content, String code) throws ListFormatException {
        return RecordedList.of(content, null, code);
    }

    @Test
    void a_list_is_chosen_by_its_code_without_regard_to_case() throws Exception {
        assertThat(read(sites(), "Google").entries)
                .containsExactly(
                        "DOMAIN_SUFFIX google.com",
                        "DOMAIN ads.google.com",
                        "DOMAIN_SUFFIX google.cn",
                        "DOMAIN_KEYWORD goog",
                        "DOMAIN_REGEX ^g-\\S+\\.Example$");
        assertThat(read(networks(), "private").entries).containsExactly("IP_CIDR 10.0.0.0/8", "IP_CIDR fc00::/7");
    }

    @Test
    void attributes_choose_among_the_entries() throws Exception {
        assertThat(read(sites(), "google@ads").entries)
                .containsExactly("DOMAIN ads.google.com", "DOMAIN_SUFFIX google.cn");
        assertThat(read(sites(), "google@ads@cn").entries).containsExactly("DOMAIN_SUFFIX google.cn");
        assertThat(read(sites(), "google@ads@-cn").entries).containsExactly("DOMAIN ads.google.com");
        assertThat(read(sites(), "geolocation-!cn@!cn").entries).containsExactly("DOMAIN_SUFFIX a.example");
    }

    @Test
    void both_files_are_recognised() throws Exception {
        assertThat(ListReader.detect(sites())).isEqualTo(ListFormat.GEOSITE);
        assertThat(ListReader.detect(networks())).isEqualTo(ListFormat.GEOIP);
        assertThat(ListReader.detect("\n\n\n\nexample.org\n".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(ListFormat.TEXT);
    }

    @Test
    void a_code_that_is_not_there_is_named_with_the_nearest() throws Exception {
        byte[] content = sites();
        assertThatThrownBy(() -> read(content, "gogle"))
                .hasMessage("none of the 2 lists of the file is called \"gogle\"; did you mean \"google\"?");
        assertThatThrownBy(() -> read(content, "")).hasMessage("the file holds 2 lists; name one with the key code");
        assertThatThrownBy(() -> read(networks(), "cn@ads")).hasMessageContaining("no attributes");
    }

    @Test
    void a_file_of_one_list_needs_no_code() throws Exception {
        assertThat(read(bytes(site("CN", network(Addresses.parse("192.0.2.0"), 24))), "").entries)
                .containsExactly("IP_CIDR 192.0.2.0/24");
    }

    @Test
    void other_formats_have_no_codes() {
        assertThatThrownBy(() -> RecordedList.of("a.example".getBytes(StandardCharsets.UTF_8), null, "cn"))
                .hasMessageContaining("only geosite and geoip");
    }

    @Test
    void bad_members_are_skipped_and_a_list_of_all_others_is_refused() throws Exception {
        byte[] content = bytes(site(
                "CN",
                field(2, bytes(field(1, new byte[3]))),
                network(Addresses.parse("192.0.2.0"), 99),
                network(Addresses.parse("192.0.2.0"), 24)));
        RecordedList list = read(content, "cn");
        assertThat(list.entries).hasSize(1);
        assertThat(list.bad).hasSize(2);
        byte[] inverse =
                bytes(site("CN", network(Addresses.parse("192.0.2.0"), 24), out -> out.write(new byte[] {24, 1})));
        assertThatThrownBy(() -> read(inverse, "cn")).hasMessageContaining("but its own");
    }

    @Test
    void damage_gives_entries_or_an_error() throws Exception {
        Damage.everywhere(bytes(site("CN", domain(2, "a.example", "x"), domain(1, "^b$"))), ListFormat.GEOSITE);
        Damage.everywhere(networks(), ListFormat.GEOIP);
    }

    @Test
    void the_published_file_is_read_to_its_last_entry() throws Exception {
        byte[] content = RecordedList.resource("v2fly-geosite-dlc.dat.gz");
        assertThat(ListReader.detect(content)).isEqualTo(ListFormat.GEOSITE);
        TreeMap<String, Integer> kinds = new TreeMap<>();
        Set<String> codes = codes(content);
        assertThat(codes).hasSize(1536);
        for (String code : codes) {
            RecordedList list = read(content, code);
            list.entries.forEach(entry -> kinds.merge(entry.substring(0, entry.indexOf(' ')), 1, Integer::sum));
            assertThat(list.bad).as(code).isEmpty();
        }
        assertThat(kinds)
                .containsEntry("DOMAIN_SUFFIX", 102_513)
                .containsEntry("DOMAIN", 6_349)
                .containsEntry("DOMAIN_REGEX", 374)
                .hasSize(3);
        assertThat(read(content, "openai@ads").entries).hasSize(3);
    }

    private static Set<String> codes(byte[] content) throws ListFormatException {
        Set<String> codes = new TreeSet<>();
        ProtoReader lists = new ProtoReader(new ByteReader(content, 0, content.length));
        while (lists.advance()) {
            ProtoReader fields = new ProtoReader(lists.content());
            while (fields.advance()) {
                if (fields.isBytes(1)) {
                    codes.add(fields.text());
                }
            }
        }
        return codes;
    }
}
