package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;

class QueryTest {
    private static final Query QUERY = Replies.query("www.Example.test", Query.AAAA);

    @Test
    void another_codec_reads_what_is_sent() throws Exception {
        Message message = new Message(QUERY.encode(0xabcd, QUERY.nameBytes(), true, false));
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
        Message message = new Message(query.encode(1, query.nameBytes(), true, false));
        assertThat(message.getHeader().getFlag(Flags.CD)).isTrue();
        assertThat(message.getOPT().getFlags()).isEqualTo(ExtendedFlags.DO);
    }

    @Test
    void a_query_without_edns_has_no_opt_record() throws Exception {
        assertThat(new Message(QUERY.encode(1, QUERY.nameBytes(), false, true)).getOPT())
                .isNull();
    }

    @Test
    void encrypted_queries_are_padded_to_blocks_of_128_bytes_whatever_the_name() throws Exception {
        for (int length = 1; length <= 63; length++) {
            Query query = Replies.query("a".repeat(length) + ".b".repeat(length) + ".test", Query.A);
            byte[] message = query.encode(0, query.nameBytes(), true, true);
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
            Message message = new Message(query.encode(1, query.nameBytes(), (bits & 4) != 0, (bits & 8) != 0));
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
        byte[] asked = QUERY.encode(7, spelling, true, false);
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
        byte[] reply = Replies.to(QUERY.encode(7, QUERY.nameBytes(), false, false), 0);
        for (int length = 0; length < reply.length; length++) {
            assertThat(QUERY.fit(java.util.Arrays.copyOf(reply, length), 7, QUERY.nameBytes()))
                    .isEqualTo(Query.Fit.NO);
        }
    }
}
