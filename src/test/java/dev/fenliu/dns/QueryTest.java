package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;

class QueryTest {
    private static final Query QUERY = Replies.query("www.Example.test", Query.AAAA);

    @Test
    void another_codec_reads_what_is_sent() throws Exception {
        Message message = new Message(QUERY.encode(0xabcd, QUERY.nameBytes(), Edns.PLAIN, false));
        assertThat(message.getHeader().getID()).isEqualTo(0xabcd);
        assertThat(message.getHeader().getFlag(Flags.RD)).isTrue();
        assertThat(message.getHeader().getFlag(Flags.CD)).isFalse();
        assertThat(message.getQuestion().getName()).hasToString("www.example.test.");
        assertThat(message.getQuestion().getType()).isEqualTo(Query.AAAA);
        assertThat(message.getOPT().getPayloadSize()).isEqualTo(1232);
        assertThat(message.getOPT().getFlags()).isZero();
    }

    @Test
    void dnssec_bits_are_carried() throws Exception {
        Query query = new Query(QUERY.name(), 1, 1, true, true);
        Message message = new Message(query.encode(1, query.nameBytes(), Edns.PLAIN, false));
        assertThat(message.getHeader().getFlag(Flags.CD)).isTrue();
        assertThat(message.getOPT().getFlags()).isEqualTo(ExtendedFlags.DO);
    }

    @Test
    void a_query_without_edns_has_no_opt_record() throws Exception {
        assertThat(new Message(QUERY.encode(1, QUERY.nameBytes(), Edns.NONE, true)).getOPT())
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "203.0.113.77/24, 0008 0007 0001 1800 CB0071",
        "203.0.113.77/20, 0008 0007 0001 1400 CB0070",
        "203.0.113.77/32, 0008 0008 0001 2000 CB00714D",
        "0.0.0.0/0, 0008 0004 0001 0000 ''",
        "2001:db8:1234:5678::1/56, 0008 000B 0002 3800 20010DB8123456",
    })
    void a_subnet_is_told_as_RFC_7871_wants_it(String subnet, String option) throws Exception {
        String hex = option.replace(" ", "").replace("'", "");
        Edns edns = Edns.with(Optional.of(Edns.Subnet.parse(subnet)));
        assertThat(HexFormat.of().withUpperCase().formatHex(edns.options())).isEqualTo(hex);
        for (boolean padded : new boolean[] {false, true}) {
            byte[] wire = QUERY.encode(1, QUERY.nameBytes(), edns, padded);
            assertThat(wire.length % 128 == 0).isEqualTo(padded);
            ClientSubnetOption read = (ClientSubnetOption) new Message(wire)
                    .getOPT()
                    .getOptions(EDNSOption.Code.CLIENT_SUBNET)
                    .get(0);
            assertThat(subnet).endsWith("/" + read.getSourcePrefixLength());
            assertThat(read.getScopePrefixLength()).isZero();
        }
    }

    @Test
    void encrypted_queries_are_padded_to_blocks_of_128_bytes_whatever_the_name() throws Exception {
        for (int length = 1; length <= 63; length++) {
            Query query = Replies.query("a".repeat(length) + ".b".repeat(length) + ".test", Query.A);
            byte[] message = query.encode(0, query.nameBytes(), Edns.PLAIN, true);
            assertThat(message.length % 128).isZero();
            assertThat(new Message(message).getOPT().getOptions())
                    .extracting(EDNSOption::getCode)
                    .containsExactly(12);
        }
    }

    @Test
    void no_query_tells_an_upstream_where_its_client_is() throws Exception {
        for (int bits = 0; bits < 16; bits++) {
            Query query = new Query(QUERY.name(), Query.A, 1, (bits & 1) != 0, (bits & 2) != 0);
            Message message = new Message(
                    query.encode(1, query.nameBytes(), (bits & 4) != 0 ? Edns.PLAIN : Edns.NONE, (bits & 8) != 0));
            if (message.getOPT() != null) {
                assertThat(message.getOPT().getOptions(EDNSOption.Code.CLIENT_SUBNET))
                        .isEmpty();
            }
        }
    }

    @Test
    void the_name_reads_back() {
        assertThat(QUERY.host()).isEqualTo("www.example.test");
    }

    @Test
    void random_case_changes_letters_only() {
        byte[] spelling = QUERY.randomCase(new Random(1));
        assertThat(spelling).isNotEqualTo(QUERY.nameBytes());
        assertThat(new String(spelling, StandardCharsets.ISO_8859_1)).isEqualToIgnoringCase(QUERY.name());
    }

    @Test
    void only_the_answer_to_this_query_fits() {
        byte[] spelling = QUERY.randomCase(new Random(1));
        byte[] asked = QUERY.encode(7, spelling, Edns.PLAIN, false);
        byte[] good = Replies.to(asked, 0);
        assertThat(QUERY.fit(good, 7, spelling)).isEqualTo(Query.Fit.YES);
        assertThat(QUERY.fit(good, 7, QUERY.nameBytes())).isEqualTo(Query.Fit.OTHER_CASE);
        assertThat(QUERY.fit(good, 8, spelling)).isEqualTo(Query.Fit.NO);
        assertThat(QUERY.fit(asked, 7, spelling)).as("no answer").isEqualTo(Query.Fit.NO);
        byte[] otherName = Replies.to(Replies.asked("www.example.text", Query.AAAA), 0);
        byte[] otherType = Replies.to(Replies.asked("www.example.test", Query.A), 0);
        assertThat(QUERY.fit(otherName, 0, QUERY.nameBytes())).isEqualTo(Query.Fit.NO);
        assertThat(QUERY.fit(otherType, 0, QUERY.nameBytes())).isEqualTo(Query.Fit.NO);
    }

    @Test
    void a_refusal_without_a_question_fits_but_an_answer_without_one_does_not() {
        byte[] formerr = {0, 7, (byte) 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0};
        assertThat(QUERY.fit(formerr, 7, QUERY.nameBytes())).isEqualTo(Query.Fit.YES);
        formerr[3] = Query.NXDOMAIN;
        assertThat(QUERY.fit(formerr, 7, QUERY.nameBytes())).isEqualTo(Query.Fit.NO);
    }

    @Test
    void a_message_cut_anywhere_before_the_end_of_its_question_does_not_fit() {
        byte[] reply = Replies.to(QUERY.encode(7, QUERY.nameBytes(), Edns.NONE, false), 0);
        for (int length = 0; length < reply.length; length++) {
            assertThat(QUERY.fit(java.util.Arrays.copyOf(reply, length), 7, QUERY.nameBytes()))
                    .isEqualTo(Query.Fit.NO);
        }
    }
}
