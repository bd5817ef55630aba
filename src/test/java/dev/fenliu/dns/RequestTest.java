package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.hostile.Mutations;
import dev.fenliu.hostile.Table;
import dev.fenliu.model.Addresses;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** What clients send, and what they get, read by a codec that is not ours. */
class RequestTest {
    private static final byte[] ASKED = Replies.asked("c000.example.test", Query.A);
    private static final String TAIL = "04d0 00000000 ";

    private static Request request(String recipe, boolean datagram) {
        Request request = Request.read(AnswerRecipe.bytes(recipe, ASKED), datagram);
        assertThat(request).isNotNull();
        return request;
    }

    private static Message read(byte[] reply) throws IOException {
        return new Message(reply);
    }

    private static Answer addresses(Request request, int count) {
        InetAddress address = Addresses.of(new byte[] {(byte) 198, 51, 100, 7});
        return Answer.addresses(request.query(), Collections.nCopies(count, address), 300, 0);
    }

    private static ExtendedErrorCodeOption error(Message reply) {
        OPTRecord opt = reply.getOPT();
        assertThat(opt).isNotNull();
        return (ExtendedErrorCodeOption) opt.getOptions(15).get(0);
    }

    static Stream<Table.Case> cases() {
        return Table.cases("dns-queries.txt");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void a_message_gets_what_it_deserves(Table.Case one) throws Exception {
        byte[] message = AnswerRecipe.bytes(one.sent(), ASKED);
        for (boolean datagram : new boolean[] {true, false}) {
            Request request = Request.read(message.clone(), datagram);
            if (one.expected().equals("silence")) {
                assertThat(request).isNull();
                continue;
            }
            assertThat(request).isNotNull();
            if (one.expected().equals("served")) {
                assertThat(request.ownAnswer()).isEmpty();
            } else {
                Message reply = read(request.ownAnswer().orElseThrow());
                assertThat(reply.getRcode()).isEqualTo(Integer.parseInt(one.expected()));
                assertThat(reply.getHeader().getFlag(Flags.QR)).isTrue();
                assertThat(reply.getHeader().getID()).isEqualTo(Query.u16(message, 0));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void every_beginning_and_every_changed_byte_is_answered_or_left_alone(Table.Case one) throws Exception {
        byte[] message = AnswerRecipe.bytes(one.sent(), ASKED);
        if (message.length > 200) {
            return;
        }
        List<byte[]> spoilt = new ArrayList<>(Mutations.truncations(message));
        spoilt.addAll(Mutations.flips(message));
        for (byte[] bytes : spoilt) {
            Request request = Request.read(bytes, true);
            if (request != null) {
                byte[] reply = request.ownAnswer().orElseGet(() -> request.reply(addresses(request, 1), 0, null));
                assertThat(read(reply).getHeader().getFlag(Flags.QR)).isTrue();
                assertThat(reply.length).isLessThanOrEqualTo(1232);
                request.name();
            }
        }
    }

    @Test
    void the_name_comes_back_as_it_was_written() throws Exception {
        Request request = request("ID 0100 0001 0000 0000 0000 N:WwW.Example.tesT 0001 0001", true);
        assertThat(request.name().orElseThrow().value()).isEqualTo("www.example.test");
        Message reply = read(request.reply(addresses(request, 1), 0, null));
        assertThat(reply.getQuestion().getName().toString()).isEqualTo("WwW.Example.tesT.");
        assertThat(reply.getSection(Section.ANSWER).toString()).contains("198.51.100.7");
        assertThat(reply.getOPT()).isNull();
    }

    @Test
    void what_does_not_fit_into_a_datagram_is_cut_to_the_question() throws Exception {
        Request plain = request("ID 0100 0001 0000 0000 0000 Q", true);
        assertThat(read(plain.reply(addresses(plain, 29), 0, null)).getSection(Section.ANSWER))
                .hasSize(29);
        Message cut = read(plain.reply(addresses(plain, 30), 0, null));
        assertThat(cut.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(cut.getSection(Section.ANSWER)).isEmpty();

        Request large = request("ID 0100 0001 0000 0000 0001 Q 00 0029 ffff 00000000 0000", true);
        assertThat(large.reply(addresses(large, 73), 0, null)).hasSizeLessThanOrEqualTo(1232);
        assertThat(read(large.reply(addresses(large, 73), 0, null)).getSection(Section.ANSWER))
                .hasSize(73);
        Message cutToo = read(large.reply(addresses(large, 75), 0, null));
        assertThat(cutToo.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(cutToo.getOPT().getPayloadSize()).isEqualTo(1232);

        Request stream = request("ID 0100 0001 0000 0000 0000 Q", false);
        assertThat(read(stream.reply(addresses(stream, 3000), 0, null)).getSection(Section.ANSWER))
                .hasSize(3000);
    }

    @Test
    void an_error_is_explained_to_who_speaks_edns_only() throws Exception {
        Request plain = request("ID 0100 0001 0000 0000 0000 Q", true);
        String why = "blocked by the rule at c.yaml:8";
        Message bare = read(plain.blocked(DnsOptions.Blocked.NXDOMAIN, why));
        assertThat(bare.getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(bare.getOPT()).isNull();

        Request edns = request("ID 0100 0001 0000 0000 0001 Q 00 0029 " + TAIL + "0000", true);
        Message told = read(edns.blocked(DnsOptions.Blocked.NXDOMAIN, why));
        assertThat(error(told).getErrorCode()).isEqualTo(15);
        assertThat(error(told).getText()).isEqualTo(why);

        Message zero = read(edns.blocked(DnsOptions.Blocked.ZERO, why));
        assertThat(zero.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(zero.getSection(Section.ANSWER).toString()).contains("0.0.0.0");
        assertThat(error(zero).getText()).isEqualTo(why);
    }

    @Test
    void a_long_explanation_is_cut_between_two_characters() throws Exception {
        Request edns = request("ID 0100 0001 0000 0000 0001 Q 00 0029 " + TAIL + "0000", true);
        String why = "x" + "分流".repeat(100);
        String text = error(read(edns.reply(2, new ExtendedError(23, why)))).getText();
        assertThat(why).startsWith(text);
        assertThat(text).hasSize(80);
    }

    @Test
    void who_pads_gets_a_padded_answer_on_a_stream() throws Exception {
        String padded = "ID 0100 0001 0000 0000 0001 Q 00 0029 " + TAIL + "[ 000c 0004 00000000 ]";
        Request stream = request(padded, false);
        assertThat(stream.reply(addresses(stream, 1), 0, null)).hasSize(468);
        assertThat(stream.reply(addresses(stream, 40), 0, null)).hasSize(2 * 468);
        assertThat(read(stream.reply(addresses(stream, 40), 0, null)).getSection(Section.ANSWER))
                .hasSize(40);
        Request datagram = request(padded, true);
        assertThat(datagram.reply(addresses(datagram, 1), 0, null)).hasSizeLessThan(100);
    }

    @Test
    void names_of_no_network_are_asked_for_nowhere() throws Exception {
        for (String name : List.of("use-application-dns.net", "x.onion", "x.invalid")) {
            Request request = Request.read(Replies.asked(name, Query.A), true);
            assertThat(read(request.ownAnswer().orElseThrow()).getRcode()).isEqualTo(Rcode.NXDOMAIN);
        }
        Request discovery = Request.read(Replies.asked("_dns.resolver.arpa", 64), true);
        assertThat(read(discovery.ownAnswer().orElseThrow()).getRcode()).isEqualTo(Rcode.NOERROR);
    }
}
