package dev.fenliu.route.list;

import static dev.fenliu.route.list.BinaryLists.addresses;
import static dev.fenliu.route.list.BinaryLists.logical;
import static dev.fenliu.route.list.BinaryLists.names;
import static dev.fenliu.route.list.BinaryLists.ports;
import static dev.fenliu.route.list.BinaryLists.rule;
import static dev.fenliu.route.list.BinaryLists.srs;
import static dev.fenliu.route.list.BinaryLists.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Addresses;
import dev.fenliu.route.list.BinaryLists.Body;
import java.io.IOException;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class SrsFileTest {
    private static final InetAddress FROM = Addresses.parse("10.0.0.0");
    private static final InetAddress TO = Addresses.parse("10.255.255.255");

    private static RecordedList read(int version, Body... rules) throws IOException, ListFormatException {
        return RecordedList.of(srs(version, rules), null, "");
    }

    @Test
    void version_1_marks_what_is_below_and_names_the_apex_apart() throws Exception {
        RecordedList list = read(1, rule(false, names("a.example", "\r.a.example", "b.example", "\r.c.example")));
        assertThat(list.entries)
                .containsExactlyInAnyOrder("DOMAIN_SUFFIX a.example", "DOMAIN b.example", "DOMAIN_BELOW c.example");
    }

    @Test
    void later_versions_mark_suffixes() throws Exception {
        for (int version = 2; version <= 5; version++) {
            RecordedList list = read(version, rule(false, names("\na.example", "b.example", "\r.c.example")));
            assertThat(list.entries)
                    .containsExactlyInAnyOrder("DOMAIN_SUFFIX a.example", "DOMAIN b.example", "DOMAIN_BELOW c.example");
        }
    }

    @Test
    void all_kinds_of_hosts_of_a_rule_are_entries() throws Exception {
        RecordedList list = read(
                2,
                rule(
                        false,
                        names("\na.example"),
                        texts(3, "OpenAI"),
                        texts(4, "^b-\\S+\\.Example$"),
                        addresses(6, FROM, TO, Addresses.parse("2001:db8::"), Addresses.parse("2001:db8::1"))));
        assertThat(list.entries)
                .containsExactlyInAnyOrder(
                        "DOMAIN_SUFFIX a.example",
                        "DOMAIN_KEYWORD openai",
                        "DOMAIN_REGEX ^b-\\S+\\.Example$",
                        "10.0.0.0-10.255.255.255",
                        "2001:db8::-2001:db8::1");
        assertThat(list.lines).containsOnly(0);
    }

    /** Each of these ranges is 254 networks; only as many are made as a rule may have. */
    @Test
    void a_rule_of_many_wide_ranges_of_sources_is_bad_as_a_whole() throws Exception {
        InetAddress[] ends = new InetAddress[100_000];
        for (int i = 0; i < ends.length; i += 2) {
            ends[i] = Addresses.parse("::1");
            ends[i + 1] = Addresses.parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
        }
        RecordedList list = read(2, rule(false, names("a.example")), rule(false, addresses(5, ends)));
        assertThat(list.entries).containsExactly("DOMAIN a.example");
        assertThat(list.bad).singleElement().asString().contains("more than 2000");
    }

    @Test
    void rules_of_several_groups_become_lines() throws Exception {
        RecordedList list = read(
                3,
                rule(false, names("\na.example"), ports(9, 443), texts(10, "1000:2000"), texts(1, "udp")),
                rule(true, addresses(6, FROM, TO)),
                rule(false, addresses(5, FROM, TO), ports(7, 53), texts(8, ":99"), texts(11, "curl")),
                logical(0, false, rule(false, names("b.example")), rule(false, ports(9, 1))),
                logical(1, false, rule(false, names("c.example")), rule(false, ports(9, 2))));
        assertThat(list.entries)
                .containsExactly(
                        "CLASH_LINE AND,((DOMAIN-SUFFIX,a.example),(DST-PORT,443/1000-2000),(NETWORK,udp))",
                        "CLASH_LINE NOT,((IP-CIDR,10.0.0.0/8))",
                        "CLASH_LINE AND,((SRC-PORT,53/1-99),(SRC-IP-CIDR,10.0.0.0/8),(PROCESS-NAME,curl))",
                        "CLASH_LINE AND,((DOMAIN,b.example),(DST-PORT,1))",
                        "DOMAIN c.example",
                        "CLASH_LINE DST-PORT,2");
    }

    @Test
    void conditions_without_a_meaning_here_make_their_rule_bad_and_no_other() throws Exception {
        Body expensive = out -> out.write(19);
        Body constrained = out -> out.write(20);
        Body types = out -> out.write(new byte[] {18, 1, 0});
        Body addressesOfInterfaces = out -> out.write(new byte[] {21, 1, 0, 1, 4, 10, 0, 0, 0, 8});
        Body addressesOfDefault = out -> out.write(new byte[] {22, 1, 4, 10, 0, 0, 0, 8});
        Body adguard = out -> {
            out.write(new byte[] {16, 0});
            BinaryLists.trie(new String[] {"x"}, false).write(out);
        };
        Body[] conditions = {
            ports(0, 1),
            texts(12, "/bin/x"),
            texts(13, "x"),
            texts(14, "x"),
            texts(15, "x"),
            adguard,
            texts(17, "x"),
            types,
            expensive,
            constrained,
            addressesOfInterfaces,
            addressesOfDefault,
            texts(23, "x")
        };
        for (Body condition : conditions) {
            RecordedList list =
                    read(4, rule(false, names("bad.example"), condition), rule(false, names("good.example")));
            assertThat(list.entries).containsExactly("DOMAIN good.example");
            assertThat(list.bad).singleElement().asString().contains("is not known here");
        }
    }

    @Test
    void what_is_not_known_or_contradicts_itself_is_an_error() throws Exception {
        assertThatThrownBy(() -> read(9, rule(false, names("a.example")))).hasMessageContaining("version 9");
        assertThatThrownBy(() -> read(2, out -> out.write(7))).isInstanceOf(ListFormatException.class);
        assertThatThrownBy(() -> read(2, rule(false, texts(99, "x")))).hasMessageContaining("99");
        assertThatThrownBy(() -> read(2, rule(false, addresses(6, TO, FROM)))).hasMessageContaining("ends before");
        assertThatThrownBy(() -> read(2, rule(false, addresses(6, FROM, Addresses.parse("::1")))))
                .isInstanceOf(ListFormatException.class);
        assertThatThrownBy(() -> RecordedList.of(ListFormat.SRS, "text")).hasMessageContaining("no .srs");
        Body deep = rule(false, names("a.example"));
        for (int i = 0; i < 100; i++) {
            deep = logical(1, false, deep);
        }
        Body nested = deep;
        assertThatThrownBy(() -> read(2, nested)).hasMessageContaining("nested too deeply");
    }

    @Test
    void damage_gives_entries_or_an_error() throws Exception {
        byte[] whole = srs(
                2,
                rule(false, names("\na.example", "b.example"), texts(4, "^c$"), ports(9, 443)),
                rule(false, names("\nd.example"), addresses(6, FROM, TO)));
        Damage.everywhere(whole, ListFormat.SRS);
    }

    @Test
    void damage_below_the_compression_gives_entries_or_an_error() throws Exception {
        byte[] inner = BinaryLists.bytes(
                out -> out.write(3),
                rule(false, names("\na.example", "b.example", "\r.c.example"), texts(4, "^c$"), ports(9, 443)),
                logical(0, true, rule(false, names("\nd.example"), addresses(6, FROM, TO)), rule(false, ports(7, 1))),
                rule(false, names("e.example")));
        for (int i = 0; i < inner.length; i++) {
            byte before = inner[i];
            for (int value = 0; value < 256; value += 5) {
                inner[i] = (byte) value;
                Damage.read(packed(inner, inner.length), ListFormat.SRS);
            }
            inner[i] = before;
            Damage.read(packed(inner, i), ListFormat.SRS);
        }
    }

    private static byte[] packed(byte[] inner, int length) throws IOException {
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        bytes.writeBytes(new byte[] {'S', 'R', 'S', 2});
        try (var out = new java.util.zip.DeflaterOutputStream(bytes)) {
            out.write(inner, 0, length);
        }
        return bytes.toByteArray();
    }

    @Test
    void a_bomb_is_refused() throws Exception {
        byte[] zeros = new byte[Unpacked.MAX_BYTES + 1];
        assertThatThrownBy(() -> RecordedList.of(packed(zeros, zeros.length), null, ""))
                .hasMessageContaining("more than 32 MiB");
    }
}
