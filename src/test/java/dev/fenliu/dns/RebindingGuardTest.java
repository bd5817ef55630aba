package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RebindingGuardTest {
    private final RebindingGuard guard = new RebindingGuard(Set.of("corp.example"));

    private Answer checked(String name, int type, String record) throws Exception {
        Query query = Replies.query(name, type);
        byte[] message = Replies.to(Replies.asked(name, type), 0, name + ". 60 IN " + record);
        return guard.check(query, AnswerReader.read(query, message, 0));
    }

    @ParameterizedTest
    @CsvSource({
        "www.example.test, 1, A 192.168.1.1",
        "www.example.test, 1, A 10.0.0.1",
        "www.example.test, 1, A 127.0.0.1",
        "www.example.test, 1, A 0.0.0.0",
        "www.example.test, 1, A 169.254.169.254",
        "www.example.test, 28, AAAA fd00::1",
        "www.example.test, 28, AAAA fe80::1",
        "www.example.test, 28, AAAA ::1",
        "www.example.test, 28, AAAA 64:ff9b::c0a8:101",
        "www.example.test, 65, 'HTTPS 1 . ipv4hint=198.51.100.1,10.0.0.1'",
        "www.example.test, 65, HTTPS 1 . alpn=h2 ipv6hint=fd00::1",
        "www.example.test, 64, SVCB 1 www.example.test. ipv4hint=10.0.0.1",
        "notcorp.example, 1, A 10.0.0.1",
        "corp.example.test, 1, A 10.0.0.1",
        "1.2.0.192.in-addr.arpa, 1, A 10.0.0.1"
    })
    void a_public_name_has_no_private_address(String name, int type, String record) throws Exception {
        Answer answer = checked(name, type, record);
        assertThat(answer.withheld()).contains("private-names").contains(name);
        assertThat(answer.allAddresses()).isEmpty();
        assertThat(answer.rcode()).isZero();
        assertThat(answer.wire(7, Replies.query(name, type).nameBytes(), 0)).hasSize(12 + name.length() + 2 + 4);
    }

    @ParameterizedTest
    @CsvSource({
        "www.example.test, 1, A 198.51.100.1",
        "www.example.test, 28, AAAA 2001:db8::1",
        "www.example.test, 65, HTTPS 1 . alpn=h2 ipv4hint=198.51.100.1",
        "www.example.test, 65, HTTPS 0 other.example.test.",
        "www.example.test, 16, TXT 10.0.0.1",
        "corp.example, 1, A 10.0.0.1",
        "wiki.corp.example, 1, A 10.0.0.1",
        "nas.lan, 1, A 192.168.1.1",
        "printer, 1, A 192.168.1.1"
    })
    void every_other_answer_is_as_it_was(String name, int type, String record) throws Exception {
        assertThat(checked(name, type, record).withheld()).isNull();
    }
}
