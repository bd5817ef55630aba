package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.fenliu.model.Addresses;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

class AnswerReaderTest {
    private static final Query WWW = Replies.query("www.example.test", Query.A);
    private static final byte[] ASKED = Replies.asked("www.example.test", Query.A);
    private static final String SOA = "example.test. 900 IN SOA ns.example.test. me.example.test. 1 2 3 4 ";

    private static Answer read(int rcode, String... records) throws MalformedMessage {
        return AnswerReader.read(WWW, Replies.to(ASKED, rcode, records), 0);
    }

    /** Parses what a client would be sent. */
    private static Message sent(Answer answer) throws Exception {
        return new Message(answer.wire(9, WWW.nameBytes(), 0));
    }

    private static List<String> names(Message message, int section) {
        return message.getSection(section).stream()
                .map(Record::getName)
                .map(Object::toString)
                .toList();
    }

    @Test
    void the_chain_is_followed_and_all_else_is_dropped() throws Exception {
        Answer answer = read(
                0,
                "evil.example. 60 IN A 10.6.6.6",
                "cdn.example.test. 40 IN A 10.0.0.1",
                "www.example.test. 30 IN CNAME edge.example.test.",
                "edge.example.test. 50 IN CNAME cdn.example.test.",
                "cdn.example.test. 60 IN A 10.0.0.2",
                "cdn.example.test. 60 IN AAAA 2001:db8::1",
                "cdn.example.test. 60 IN TXT more",
                "!example.test. 60 IN NS ns.example.test.",
                "+ns.example.test. 60 IN A 10.0.0.3");
        assertThat(answer.addresses()).containsExactly(Addresses.parse("10.0.0.1"), Addresses.parse("10.0.0.2"));
        assertThat(answer.ttl()).isEqualTo(30);
        Message sent = sent(answer);
        assertThat(names(sent, Section.ANSWER))
                .containsExactly("www.example.test.", "edge.example.test.", "cdn.example.test.", "cdn.example.test.");
        assertThat(sent.getSection(Section.AUTHORITY)).isEmpty();
        assertThat(sent.getSection(Section.ADDITIONAL)).isEmpty();
        assertThat(sent.getHeader().getFlag(Flags.QR)).isTrue();
        assertThat(sent.getHeader().getID()).isEqualTo(9);
    }

    @Test
    void a_dname_above_several_names_of_the_chain_is_kept_once() throws Exception {
        Query signed = new Query(WWW.name(), Query.A, 1, true, false);
        byte[] reply = Replies.to(
                ASKED,
                0,
                "example.test. 60 IN DNAME example.net.",
                "www.example.test. 60 IN CNAME edge.example.test.",
                "edge.example.test. 60 IN A 10.0.0.1");
        assertThat(names(sent(AnswerReader.read(signed, reply, 0)), Section.ANSWER))
                .containsExactly("example.test.", "www.example.test.", "edge.example.test.");
    }

    @Test
    void an_answer_about_another_name_only_is_as_if_empty() throws Exception {
        Answer answer = read(0, "other.example.test. 60 IN A 10.6.6.6");
        assertThat(answer.addresses()).isEmpty();
        assertThat(answer.ttl()).isEqualTo(AnswerReader.BARE_NEGATIVE_TTL);
    }

    @Test
    void a_chain_that_loops_or_is_too_long_is_refused() {
        assertThatThrownBy(() -> read(
                        0,
                        "www.example.test. 60 IN CNAME b.example.test.",
                        "b.example.test. 60 IN CNAME www.example.test."))
                .isInstanceOf(MalformedMessage.class);
        assertThatThrownBy(() -> read(0, chain(12))).isInstanceOf(MalformedMessage.class);
    }

    @Test
    void a_chain_of_eleven_is_followed() throws Exception {
        assertThat(read(0, chain(11)).addresses()).hasSize(1);
    }

    private static String[] chain(int links) {
        List<String> records = new ArrayList<>();
        String from = "www.example.test.";
        for (int i = 0; i < links; i++) {
            String to = "n" + i + ".example.test.";
            records.add(from + " 60 IN CNAME " + to);
            from = to;
        }
        records.add(from + " 60 IN A 10.0.0.1");
        return records.toArray(new String[0]);
    }

    @Test
    void a_missing_name_is_kept_for_the_smaller_of_the_ttl_and_the_minimum_of_its_soa() throws Exception {
        assertThat(read(3, "!" + SOA + "60").ttl()).isEqualTo(60);
        assertThat(read(3, "!" + SOA.replace("900", "20") + "60").ttl()).isEqualTo(20);
        Answer capped = read(3, "!" + SOA + "86400");
        assertThat(capped.ttl()).isEqualTo(AnswerReader.MAX_NEGATIVE_TTL);
        assertThat(capped.rcode()).isEqualTo(Query.NXDOMAIN);
        Message sent = sent(capped);
        assertThat(sent.getHeader().getRcode()).isEqualTo(Query.NXDOMAIN);
        assertThat(sent.getSection(Section.AUTHORITY).get(0).getTTL()).isEqualTo(AnswerReader.MAX_NEGATIVE_TTL);
    }

    @Test
    void a_missing_name_without_soa_or_with_that_of_another_zone_is_kept_five_seconds() throws Exception {
        assertThat(read(3).ttl()).isEqualTo(5);
        Answer foreign = read(3, "!other.test. 900 IN SOA ns.other.test. me.other.test. 1 2 3 4 60");
        assertThat(foreign.ttl()).isEqualTo(5);
        assertThat(sent(foreign).getSection(Section.AUTHORITY)).isEmpty();
    }

    @Test
    void a_chain_to_nothing_is_a_negative_answer_of_the_zone_where_it_ends() throws Exception {
        Answer answer = read(
                0,
                "www.example.test. 10 IN CNAME gone.other.test.",
                "!other.test. 900 IN SOA ns.other.test. me.other.test. 1 2 3 4 60");
        assertThat(answer.addresses()).isEmpty();
        assertThat(answer.ttl()).isEqualTo(10);
        assertThat(names(sent(answer), Section.AUTHORITY)).containsExactly("other.test.");
    }

    @Test
    void a_ttl_of_days_is_cut_to_six_hours() throws Exception {
        assertThat(read(0, "www.example.test. 604800 IN A 10.0.0.1").ttl()).isEqualTo(6 * 3600);
    }

    @Test
    void a_ttl_with_the_top_bit_set_counts_as_zero() throws Exception {
        byte[] reply = Replies.to(ASKED, 0, "www.example.test. 60 IN A 10.0.0.1");
        RecordCursor cursor = new RecordCursor(reply);
        assertThat(cursor.next()).isTrue();
        reply[cursor.ttlOffset()] = (byte) 0x80;
        Answer answer = AnswerReader.read(WWW, reply, 0);
        assertThat(answer.ttl()).isZero();
        assertThat(answer.addresses()).hasSize(1);
    }

    @Test
    void signatures_are_kept_only_for_who_asked_for_them() throws Exception {
        String[] records = {
            "www.example.test. 60 IN A 10.0.0.1",
            "www.example.test. 60 IN RRSIG A 13 3 60 20300101000000 20200101000000 1 example.test. AAAA",
        };
        assertThat(names(sent(read(0, records)), Section.ANSWER)).hasSize(1);
        Query signed = new Query(WWW.name(), 1, 1, true, false);
        Answer answer = AnswerReader.read(signed, Replies.to(ASKED, 0, records), 0);
        assertThat(names(sent(answer), Section.ANSWER)).hasSize(2);
    }

    @Test
    void the_spelling_of_the_client_comes_back() throws Exception {
        Answer answer = read(0, "www.example.test. 60 IN A 10.0.0.1");
        byte[] spelling = WWW.randomCase(new Random(3));
        Message sent = new Message(answer.wire(1, spelling, 0));
        assertThat(sent.getQuestion().getName().toWire()).isEqualTo(spelling);
        assertThat(sent.getSection(Section.ANSWER).get(0).getName().toWire()).isEqualTo(spelling);
    }

    private static final List<byte[]> GOLDEN = List.of(
            Replies.to(ASKED, 0, chain(4)),
            Replies.to(ASKED, 3, "!" + SOA + "60"),
            Replies.to(
                    ASKED,
                    0,
                    "www.example.test. 60 IN A 10.0.0.1",
                    "www.example.test. 60 IN HTTPS 1 . alpn=h2,h3 ipv4hint=10.0.0.1 port=8443",
                    "www.example.test. 60 IN MX 10 mail.example.test.",
                    "www.example.test. 60 IN TXT \"some text\"",
                    "+www.example.test. 60 IN SRV 1 2 3 srv.example.test."));

    @Test
    void a_message_cut_anywhere_is_refused_cleanly() {
        for (byte[] golden : GOLDEN) {
            for (int length = 0; length < golden.length; length++) {
                readOrRefuse(Arrays.copyOf(golden, length));
            }
        }
    }

    @Test
    void a_message_with_any_byte_changed_is_read_or_refused_cleanly() {
        for (byte[] golden : GOLDEN) {
            for (int at = 0; at < golden.length; at++) {
                for (int value : new int[] {0, 1, 0x0c, 0x29, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff, golden[at] ^ 1}) {
                    byte[] changed = golden.clone();
                    changed[at] = (byte) value;
                    readOrRefuse(changed);
                }
            }
        }
    }

    @Test
    void garbage_is_refused_cleanly() {
        Random random = new Random(42);
        for (int i = 0; i < 20_000; i++) {
            byte[] garbage = GOLDEN.get(i % GOLDEN.size()).clone();
            for (int n = random.nextInt(8); n >= 0; n--) {
                garbage[random.nextInt(garbage.length)] = (byte) random.nextInt(256);
            }
            readOrRefuse(garbage);
        }
    }

    @Test
    void a_name_that_points_to_itself_is_refused() {
        byte[] reply = Replies.to(ASKED, 0, "www.example.test. 60 IN CNAME b.example.test.");
        byte[] looped = reply.clone();
        int owner = ASKED.length - 11; // after header and question stands the pointer of the first record
        looped[owner] = (byte) 0xc0;
        looped[owner + 1] = (byte) owner;
        assertThatThrownBy(() -> AnswerReader.read(WWW, looped, 0)).isInstanceOf(MalformedMessage.class);
    }

    private static void readOrRefuse(byte[] message) {
        try {
            Answer answer = AnswerReader.read(WWW, message, 0);
            assertThat(answer.ttl()).isBetween(0, AnswerReader.MAX_TTL);
            answer.addresses();
            answer.wire(1, WWW.nameBytes(), 5);
        } catch (MalformedMessage e) {
            assertThat(e.getStackTrace()).isEmpty();
        } catch (RuntimeException e) {
            fail("threw " + e, e);
        }
    }
}
