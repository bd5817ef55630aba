package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

class HintsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "65 | HTTPS 1 . alpn=h2,h3 ipv4hint=198.51.100.1,198.51.100.2 ech=AAAA ipv6hint=2001:db8::1"
                        + " | 1 . alpn=h2,h3 ech=AAAA",
                "64 | SVCB 2 svc.example.test. port=8443 ipv4hint=198.51.100.1 | 2 svc.example.test. port=8443",
                "65 | HTTPS 1 . mandatory=alpn,ipv4hint alpn=h2 ipv4hint=198.51.100.1 | 1 . alpn=h2",
                "65 | HTTPS 1 . mandatory=alpn alpn=h2 ipv6hint=2001:db8::1 | 1 . mandatory=alpn alpn=h2",
                "65 | HTTPS 0 other.example.test. | 0 other.example.test.",
                "16 | TXT \"198.51.100.1\" | \"198.51.100.1\"",
            })
    void all_but_the_hints_is_as_it_was(int type, String record, String left) throws Exception {
        Query query = Replies.query("www.example.test", type);
        byte[] message = Replies.to(
                Replies.asked("www.example.test", type),
                0,
                "www.example.test. 60 IN CNAME end.example.test.",
                "end.example.test. 50 IN " + record,
                "end.example.test. 50 IN " + record.replaceFirst("(HTTPS|SVCB) [12]", "$1 9"));
        Answer answer = AnswerReader.read(query, message, 0).withoutHints();
        assertThat(answer.allAddresses()).isEmpty();
        assertThat(answer.ttl()).isEqualTo(50);
        Message sent = new Message(answer.wire(7, query.nameBytes(), 10_000_000_000L));
        assertThat(sent.getSection(Section.ANSWER).stream()
                        .map(Record::rdataToString)
                        .limit(2))
                .containsExactly("end.example.test.", left);
        assertThat(sent.getSection(Section.ANSWER).stream().map(Record::getTTL).collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(50L, 40L);
    }
}
