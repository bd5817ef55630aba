package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.Pieces;
import java.util.List;

class AnswerFuzzTest {
    private static final List<Query> QUERIES = List.of(
            Replies.query("www.example.test", Query.A),
            Replies.query("www.example.test", Query.AAAA),
            signed(Replies.query("www.example.test", Query.A)),
            signed(Replies.query("www.example.test", 255)));

    private static Query signed(Query query) {
        return new Query(query.name(), query.type(), query.dnsClass(), true, false);
    }

    @FuzzTest
    void an_answer_keeps_within_its_bounds_and_read_again_is_itself(byte[] input) throws Exception {
        Pieces message = Pieces.of(input);
        Query query = QUERIES.get(message.seed() % QUERIES.size());
        byte[] bytes = message.bytes();
        if (bytes.length >= 12) {
            query.fit(bytes, Query.u16(bytes, 0), query.nameBytes());
            bytes[2] = (byte) (0x80 | bytes[2] & 7); // a response to a query, as all that gets so far
        }
        Answer answer;
        try {
            answer = AnswerReader.read(query, bytes.clone(), 0);
        } catch (MalformedMessage e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        assertThat(answer.ttl()).isBetween(0, AnswerReader.MAX_TTL);
        byte[] sent = answer.wire(7, query.nameBytes(), -1);
        assertThat(sent.length).isLessThanOrEqualTo(65_535);
        assertThat(query.fit(sent, 7, query.nameBytes())).isEqualTo(Query.Fit.YES);
        assertThat(answer.weight()).isGreaterThan(sent.length);
        Answer again = AnswerReader.read(query, sent.clone(), 0);
        assertThat(again.addresses()).isEqualTo(answer.addresses());
        assertThat(again.rcode()).isEqualTo(answer.rcode());
        byte[] settled = again.wire(7, query.nameBytes(), -1); // odd types are put in order by the first writing
        assertThat(AnswerReader.read(query, settled.clone(), 0).wire(7, query.nameBytes(), -1))
                .isEqualTo(settled);
        assertThat(answer.wire(8, query.nameBytes(), Long.MAX_VALUE / 2)).hasSameSizeAs(sent);
    }
}
