package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

class AnswerTest {
    private static final Query QUERY = Replies.query("www.example.test", Query.A);

    private static Answer answer() throws MalformedMessage {
        byte[] reply = Replies.to(
                Replies.asked("www.example.test", Query.A),
                0,
                "www.example.test. 100 IN CNAME b.test.",
                "b.test. 10 IN A 10.0.0.1");
        return AnswerReader.read(QUERY, reply, seconds(1000));
    }

    private static long seconds(long n) {
        return TimeUnit.SECONDS.toNanos(n);
    }

    private static long[] ttls(Answer answer, long now) throws Exception {
        return new Message(answer.wire(1, QUERY.nameBytes(), now))
                .getSection(Section.ANSWER).stream().mapToLong(Record::getTTL).toArray();
    }

    @Test
    void ttls_run_down_and_are_never_zero_while_it_is_fresh() throws Exception {
        Answer answer = answer();
        assertThat(ttls(answer, seconds(1000))).containsExactly(100, 10);
        assertThat(ttls(answer, seconds(1004))).containsExactly(96, 6);
        assertThat(ttls(answer, seconds(1010) - 1)).containsExactly(91, 1);
    }

    @Test
    void an_expired_answer_says_thirty_seconds() throws Exception {
        assertThat(ttls(answer(), seconds(1010))).containsExactly(30, 30);
        assertThat(ttls(answer(), seconds(9000))).containsExactly(30, 30);
    }

    @Test
    void it_expires_with_its_shortest_record() throws Exception {
        Answer answer = answer();
        assertThat(answer.ttl()).isEqualTo(10);
        assertThat(answer.expiredSince(seconds(1010) - 1)).isNegative();
        assertThat(answer.expiredSince(seconds(1012))).isEqualTo(seconds(2));
    }

    @Test
    void serving_a_copy_leaves_the_original_alone() throws Exception {
        Answer answer = answer();
        byte[] first = answer.wire(1, QUERY.nameBytes(), seconds(1000));
        answer.wire(2, QUERY.nameBytes(), seconds(1005))[5] = 99;
        assertThat(answer.wire(1, QUERY.nameBytes(), seconds(1000))).isEqualTo(first);
    }

    @Test
    void what_an_upstream_says_of_networks_is_not_passed_on() throws Exception {
        Message reply = new Message(
                Replies.to(Replies.asked("www.example.test", Query.A), 0, "www.example.test. 60 IN A 10.0.0.1"));
        ClientSubnetOption network = new ClientSubnetOption(24, 16, InetAddress.getByAddress(new byte[] {10, 1, 2, 0}));
        reply.addRecord(new OPTRecord(1232, 0, 0, 0, List.of(network)), Section.ADDITIONAL);
        Answer answer = AnswerReader.read(QUERY, reply.toWire(), seconds(1000));
        Message sent = new Message(answer.wire(1, QUERY.nameBytes(), seconds(1000)));
        assertThat(sent.getSection(Section.ANSWER)).hasSize(1);
        assertThat(sent.getOPT()).isNull();
    }
}
